"""SageMaker: endpoints, by their configuration and their autoscaling, and notebook
instances."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.aws.appautoscaling import TARGET
from groundplan.catalog.aws.sagemaker import ENDPOINT_CONFIGURATION
from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Span,
    Unknown,
    mapping,
    mappings,
    names,
    number,
)
from groundplan.manifest.model import Resource

VARIANT = re.compile(r"endpoint/(.+)/variant/([^/]+)")
"""The resource id of a variant in Application Auto Scaling."""

NOTEBOOK_GB = 5
"""The default size of a notebook instance's volume (SageMaker API,
CreateNotebookInstance: VolumeSizeInGB)."""


def endpoint(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Yields the instances of all variants, at the count they begin with, within what
    auto-scaling allows."""
    configuration = ctx.referenced(resource, "endpointConfigName", ENDPOINT_CONFIGURATION.token)
    if configuration is None:
        yield Unknown("its configuration is not in the plan")
        return
    variants = mappings(configuration.inputs.get("productionVariants"))
    variants += mappings(configuration.inputs.get("shadowProductionVariants"))
    if not variants:
        yield Unknown("its variants aren't known")
    for variant in variants:
        if variant.get("serverlessConfig"):
            yield _serverless(resource, mapping(variant["serverlessConfig"]), ctx)
        else:
            yield from _variant(resource, variant, ctx)


def _serverless(resource: Resource, settings: Mapping[str, Any], ctx: Context) -> Charge:
    """A variant that is charged for the duration of its requests, by its memory."""
    memory = number(settings.get("memorySizeInMb"))
    if settings.get("provisionedConcurrency"):
        return Unknown("no price for serverless variants with provisioned concurrency")
    if memory is None:
        return Unknown("the memory of a serverless variant isn't known")
    used = (
        ctx.assume("serverless_requests", resource)
        * ctx.assume("serverless_seconds", resource)
        * memory
        / 1024
    )
    return ctx.charge(
        "sagemaker-serverless-gb-second", used, f"{amount_text(used)} GB and seconds, serverless"
    )


def _variant(resource: Resource, variant: Mapping[str, Any], ctx: Context) -> Iterator[Charge]:
    count = _count(resource, variant, ctx)
    kind = variant.get("instanceType")
    if count is None or not isinstance(kind, str) or "${" in kind:
        yield Unknown("the instances of a variant aren't known")
        return
    ctx.note("endpoints", "at the instances they begin with; the range is what auto-scaling allows")
    yield ctx.always_on(ctx.prices.endpoint_hour(kind), count, f"{count} x {kind}")
    size = number(variant.get("volumeSizeInGb", variant.get("volumeSize")))
    if size:
        yield ctx.charge("sagemaker-volume-gb-month", count.times(size), f"{count} x {size:g} GB")


def _count(resource: Resource, variant: Mapping[str, Any], ctx: Context) -> Span | None:
    begins = number(variant.get("initialInstanceCount"))
    managed = mapping(variant.get("managedInstanceScaling"))
    least, most = number(managed.get("minInstanceCount")), number(managed.get("maxInstanceCount"))
    target = _target(resource, str(variant.get("variantName")), ctx)
    if target:
        least, most = (
            number(target.inputs.get("minCapacity")),
            number(target.inputs.get("maxCapacity")),
        )
    expected = begins if begins is not None else least
    if expected is None:
        return None
    return Span.around(
        expected if least is None else least, expected, expected if most is None else most
    )


def _target(resource: Resource, variant: str, ctx: Context) -> Resource | None:
    """Returns the scaling target of a variant: by the names in its resource id, or by
    the resource that this refers to."""
    targets = ctx.index("variants", _targets)
    matches = (
        targets.get((name, variant)) or targets.get((name, ""))
        for name in (*names(resource), resource.urn)
    )
    return next((target for target in matches if target), None)


def _targets(ctx: Context) -> dict[tuple[str, str], Resource]:
    """Endpoint (its name, or its URN) and variant -> the scaling target; an unnamed
    variant where the id isn't known yet."""
    targets: dict[tuple[str, str], Resource] = {}
    for target in ctx.of_type(TARGET.token):
        parts = VARIANT.fullmatch(str(target.inputs.get("resourceId")))
        name, variant = parts.groups() if parts else ("", "")
        for key in (name, *target.property_dependencies.get("resourceId", ())):
            if key:
                targets.setdefault((key, variant), target)
    return targets


def notebook(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A notebook instance that is never stopped, and its volume."""
    kind = str(resource.inputs.get("instanceType"))
    yield ctx.always_on(ctx.prices.notebook_hour(kind), 1, f"1 x {kind}")
    size = number(resource.inputs.get("volumeSize", NOTEBOOK_GB))
    if size is None:
        yield Unknown("its volume's size isn't known")
    else:
        yield ctx.charge("sagemaker-volume-gb-month", size, f"{size:g} GB")


ESTIMATORS: Mapping[str, Estimator] = {
    "sagemaker-endpoint": endpoint,
    "sagemaker-notebook": notebook,
}
