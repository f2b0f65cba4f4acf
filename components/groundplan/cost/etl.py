"""Extract, transform, load: jobs of AWS Glue, by their DPU hours."""

from collections.abc import Iterator, Mapping

from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Span,
    Unknown,
    mapping,
    number,
)
from groundplan.manifest.model import Resource

OTHER_PRICES = ("glueray",)
"""Commands whose unit is another one: memory-optimized DPU hours (AWS Glue pricing
page)."""


DPU = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}
"""Data processing units of a worker (AWS Glue Developer Guide, "Configuring job
properties", worker types)."""
CHECKS = "groundplan:index:ModelMonitoring"


def job(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """DPU hours of the runs of a job."""
    command = mapping(resource.inputs.get("command")).get("name")
    if command in OTHER_PRICES:
        yield Unknown("no price for Ray jobs")
        return
    if resource.inputs.get("executionClass") not in (None, "STANDARD"):
        yield Unknown("no price for jobs that wait for spare capacity (FLEX)")
        return
    component = ctx.manifest.by_urn.get(resource.parent or "")
    if component is not None and component.type == CHECKS:
        checks = number(component.outputs.get("checksPerMonth"))
        dpu = _dpu(resource)
        if checks and dpu and not ctx.assumptions.is_set("glue_dpu_hours", resource.name):
            yield _checks(resource, checks, dpu, ctx)
            return
    hours = ctx.assume("glue_dpu_hours", resource)
    yield ctx.charge("glue-dpu-hour", hours, f"{amount_text(hours)} DPU hours")


def _dpu(resource: Resource) -> float | None:
    workers = number(resource.inputs.get("numberOfWorkers"))
    size = DPU.get(str(resource.inputs.get("workerType")))
    return None if workers is None or size is None else workers * size


def _checks(resource: Resource, checks: float, dpu: float, ctx: Context) -> Charge:
    """Returns the scheduled checks of an endpoint: as many as its schedule has, each up
    to its timeout and tried again at the most."""
    minutes = ctx.assume("glue_check_minutes", resource)
    timeout = number(resource.inputs.get("timeout"))
    tries = 1 + (number(resource.inputs.get("maxRetries")) or 0)
    longest = minutes if timeout is None else timeout
    hours, most = (checks * m / 60 * dpu for m in (min(minutes, longest), longest * tries))
    span = Span.around(hours, hours, most)
    words = (
        f"{amount_text(checks)} checks of {amount_text(dpu)} DPU, {amount_text(hours)} DPU hours"
    )
    return ctx.charge("glue-dpu-hour", span, words)


ESTIMATORS: Mapping[str, Estimator] = {"glue-job": job}
