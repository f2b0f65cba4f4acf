"""Alarms on metrics that are sums over the cores or the GPUs of an instance, so that
their thresholds grow with the instance type.

SageMaker's `CPUUtilization` is the sum over the cores: 400 % where four are busy;
`GPUUtilization` and `GPUMemoryUtilization` are sums over the GPUs (Amazon SageMaker AI
Developer Guide, "metrics in Amazon CloudWatch").
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan import catalog
from groundplan.facts import instances
from groundplan.manifest.model import Resource
from groundplan.manifest.symbol_names import names
from groundplan.risk.context import ChangeContext, objects

NAMESPACES = (
    "/aws/sagemaker/Endpoints",
    "/aws/sagemaker/InferenceComponents",
    "/aws/sagemaker/TrainingJobs",
    "/aws/sagemaker/ProcessingJobs",
    "/aws/sagemaker/TransformJobs",
)
UNITS = {"CPUUtilization": "core", "GPUUtilization": "GPU", "GPUMemoryUtilization": "GPU"}
"""Metric -> what it is a sum over."""

VARIANTS = ("productionVariants", "shadowProductionVariants")


@dataclass(frozen=True)
class Sum:
    """What an alarm's metric is a sum over, before and after."""

    unit: str
    before: int | None
    """The number of cores or GPUs; `None` where it isn't known."""
    after: int | None


def summed(context: ChangeContext) -> Sum | None:
    """Returns what the metric of an alarm is a sum over; `None` for any other
    metric."""
    old, new = _metric(context.old), _metric(context.new)
    unit = UNITS.get(str(new.get("metricName")))
    if unit is None or {old.get("namespace"), new.get("namespace")} - {*NAMESPACES}:
        return None
    plan = context.plan
    return Sum(
        unit,
        _number(old, plan.resources_before, unit),
        _number(new, plan.resources_after, unit),
    )


def _metric(alarm: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the metric that the threshold is compared with; empty where that is the
    result of an expression."""
    if alarm.get("metricName"):
        return alarm
    queries = objects(alarm.get("metricQueries"))
    returned = [query for query in queries if query.get("returnData") or len(queries) == 1]
    metrics = objects(returned[0].get("metric")) if len(returned) == 1 else []
    return metrics[0] if metrics else {}


def _number(metric: Mapping[str, Any], resources: Iterable[Resource], unit: str) -> int | None:
    """Returns the cores or GPUs of an instance of the variant that the metric's
    dimensions name."""
    dimensions = metric.get("dimensions")
    if not isinstance(dimensions, Mapping):
        return None
    every = list(resources)
    types = {
        str(variant.get("instanceType"))
        for config in _configurations(dimensions.get("EndpointName"), every)
        for key in VARIANTS
        for variant in objects(config.inputs.get(key))
        if variant.get("variantName") == dimensions.get("VariantName")
    }
    found = instances.find(types.pop()) if len(types) == 1 else None
    if found is None:
        return None
    return found.vcpus if unit == "core" else found.accelerator_count or None


def _configurations(endpoint: Any, resources: list[Resource]) -> Iterator[Resource]:
    """Yields the configuration of the endpoint of a name."""
    mentioned = set(names(endpoint))
    for resource in resources:
        if catalog.key(resource.type) != "sagemaker.Endpoint":
            continue
        if resource.name in mentioned or (endpoint and resource.inputs.get("name") == endpoint):
            wanted = resource.inputs.get("endpointConfigName")
            of = set(names(wanted))
            yield from (
                config
                for config in resources
                if catalog.key(config.type) == "sagemaker.EndpointConfiguration"
                and (config.name in of or (wanted and config.inputs.get("name") == wanted))
            )
