"""Extract, transform, load: jobs of AWS Glue, by their DPU hours."""

from collections.abc import Iterator, Mapping

from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import Charge, Context, Estimator, Unknown, mapping
from groundplan.manifest.model import Resource

OTHER_PRICES = ("glueray",)
"""Commands whose unit is another one: memory-optimized DPU hours (AWS Glue pricing
page)."""


def job(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """DPU hours of the runs of a job."""
    command = mapping(resource.inputs.get("command")).get("name")
    if command in OTHER_PRICES:
        yield Unknown("no price for Ray jobs")
        return
    if resource.inputs.get("executionClass") not in (None, "STANDARD"):
        yield Unknown("no price for jobs that wait for spare capacity (FLEX)")
        return
    hours = ctx.assume("glue_dpu_hours", resource)
    yield ctx.charge("glue-dpu-hour", hours, f"{amount_text(hours)} DPU hours")


ESTIMATORS: Mapping[str, Estimator] = {"glue-job": job}
