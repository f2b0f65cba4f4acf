"""SageMaker: training jobs, and the servers that track experiments."""

from collections.abc import Iterator, Mapping

from groundplan.cost.assumptions import HOURS, amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Span,
    Unknown,
    is_true,
    mapping,
    number,
)
from groundplan.manifest.model import Resource

RUNTIME_SECONDS = 86_400
"""The default maximum runtime of a training job (SageMaker API,
StoppingCondition: MaxRuntimeInSeconds)."""


def job(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """One run a month, of at most its maximum runtime, which includes retries. One that
    has ended costs nothing more."""
    cluster = mapping(resource.inputs.get("resourceConfig"))
    kind, count = cluster.get("instanceType"), number(cluster.get("instanceCount", 1))
    spot = is_true(resource.inputs.get("enableManagedSpotTraining"))
    if not isinstance(kind, str) or "${" in kind or count is None:
        yield Unknown("its instances aren't known")
        return
    allowed = mapping(resource.inputs.get("stoppingCondition")).get(
        "maxRuntimeInSeconds", RUNTIME_SECONDS
    )
    seconds = number(allowed)
    if seconds is None:
        yield Unknown("its maximum runtime isn't known")
        return
    ctx.note("training jobs", "one run a month; the least is none, the most its maximum runtime")
    hours = Span.around(
        0, min(ctx.assume("training_hours", resource), seconds / 3600), seconds / 3600
    )
    paid = hours.times(count)
    yield ctx.at(
        ctx.prices.training_hour(kind),
        ctx.spot(paid) if spot else paid,
        f"{count:g} x {kind}{', spot,' if spot else ''} for {hours} h",
    )
    size = number(cluster.get("volumeSizeInGb"))
    if size:
        used = hours.times(count * size / HOURS)
        yield ctx.charge(
            "sagemaker-volume-gb-month", used, f"{count:g} x {amount_text(size)} GB for as long"
        )
    if number(cluster.get("keepAlivePeriodInSeconds")):
        yield Unknown("no price for instances that are kept alive after the run")


def tracking_server(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A managed MLflow server that is never stopped, and its metadata of runs."""
    size, metadata = (
        str(resource.inputs.get("trackingServerSize") or "Small"),
        ctx.assume("tracking_gb", resource),
    )
    yield ctx.hours(f"mlflow-{size.lower()}-hour", 1, f"MLflow server, {size}")
    yield ctx.charge(
        "mlflow-metadata-gb-month", metadata, f"{amount_text(metadata)} GB of metadata"
    )


ESTIMATORS: Mapping[str, Estimator] = {
    "mlflow-tracking-server": tracking_server,
    "training-job": job,
}
