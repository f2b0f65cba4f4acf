"""On what and on how many instances a variant runs: the rules and defaults."""

from typing import TYPE_CHECKING, NotRequired, TypedDict

from groundplan.facts import instances
from groundplan.problems import MISSING, Problem
from groundplan.serving.model_endpoint.kinds import EndpointKind

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.variants import Variant

INVOCATIONS_PER_INSTANCE = 600
"""Requests a minute and instance that autoscaling aims at by default: half of what an
instance does that peaks at 20 a second.

AWS's formula is peak requests per second x safety factor x 60, the factor 0.5 to begin
with (SageMaker AI Developer Guide, "Load testing your auto scaling configuration"). Too
low a target costs at most the `max_instances`; too high a one never scales.
"""
BACKLOG_PER_INSTANCE = 5
"""Requests in the queue for each instance, as in AWS's example (Developer Guide,
"Autoscale an asynchronous endpoint")."""


class ScalingArgs(TypedDict):
    """How many instances an endpoint may have. Changing any of it updates autoscaling
    in place."""

    min_instances: NotRequired[int]
    """The fewest instances. Default: `instance_count`; 0 for an asynchronous endpoint,
    which the first request wakes."""
    max_instances: NotRequired[int]
    """The most instances, and so the most that the endpoint costs. Default: twice
    `instance_count`. Equal to `min_instances`, it turns autoscaling off."""
    invocations_per_instance: NotRequired[int]
    """Requests a minute that one instance should get; above it, instances are added.
    Default: 600. Measure it: peak requests per second of one instance x 0.5 x 60. Not
    for asynchronous endpoints."""
    concurrent_requests_per_instance: NotRequired[int]
    """Requests that one instance should work on at once, in place of
    `invocations_per_instance`: for language models, whose requests differ much in
    length. SageMaker measures it every ten seconds. Default: none. Not for asynchronous
    endpoints."""
    backlog_per_instance: NotRequired[int]
    """Requests in the queue that one instance should have to work off; above it,
    instances are added. Default: 5. Only for asynchronous endpoints."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds between two removals of instances. Default: 300."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds between two additions of instances. Default: 60."""


def limits(
    instance_count: int, scaling: ScalingArgs, kind: EndpointKind = EndpointKind.REAL_TIME
) -> tuple[int, int]:
    """The fewest and the most instances."""
    low = 0 if kind is EndpointKind.ASYNCHRONOUS else instance_count
    return scaling.get("min_instances", low), scaling.get("max_instances", 2 * instance_count)


def problems(variant: "Variant", kind: EndpointKind) -> list[Problem]:
    """Whether the instance type exists, and whether the counts fit each other."""
    key, scaling = variant.key("scaling"), variant.scaling
    found = _type(variant, kind) + _at_least(
        variant.key("instance_count"), variant.instance_count, 1
    )
    found += _at_least(
        f"{key}.invocations_per_instance", scaling.get("invocations_per_instance"), 1
    )
    found += _at_least(
        f"{key}.concurrent_requests_per_instance",
        scaling.get("concurrent_requests_per_instance"),
        1,
    )
    found += _at_least(f"{key}.backlog_per_instance", scaling.get("backlog_per_instance"), 1)
    found += _at_least(
        f"{key}.scale_in_cooldown_seconds", scaling.get("scale_in_cooldown_seconds"), 0
    )
    found += _at_least(
        f"{key}.scale_out_cooldown_seconds", scaling.get("scale_out_cooldown_seconds"), 0
    )
    if "invocations_per_instance" in scaling and "concurrent_requests_per_instance" in scaling:
        allowed = "one metric to scale by: this or scaling.invocations_per_instance"
        value = scaling["concurrent_requests_per_instance"]
        found.append(
            Problem(f"{key}.concurrent_requests_per_instance", value, allowed, "remove one of them")
        )
    # A real-time endpoint scales to zero with inference components only (SageMaker AI
    # Developer Guide, "Scale an endpoint to zero instances"), an asynchronous one as it
    # is.
    found += _at_least(
        f"{key}.min_instances",
        scaling.get("min_instances"),
        0 if kind is EndpointKind.ASYNCHRONOUS else 1,
    )
    return found + _range(variant, kind, key)


def volume_problems(variant: "Variant", volume_key: bool, volume_size: int | None) -> list[Problem]:
    """Whether the volume can be what it should be: local NVMe has a size and an
    encryption of its own."""
    # Source: API reference `CreateEndpointConfig`, `KmsKeyId`; `ProductionVariant`,
    # `VolumeSizeInGB`.
    if not variant.has_local_nvme:
        return []
    fix = "remove it or use an instance type without local NVMe"
    found = []
    if volume_key:
        allowed = f"nothing with {variant.instance_type}: its volume is local NVMe, which the instance's own hardware encrypts"
        found.append(Problem("kms_key_arn", "a key", allowed, fix))
    if volume_size is not None:
        allowed = (
            f"nothing with {variant.instance_type}: its volume is local NVMe, whose size is fixed"
        )
        found.append(Problem("volume_size_gb", volume_size, allowed, fix))
    return found


def _type(variant: "Variant", kind: EndpointKind) -> list[Problem]:
    key = variant.key("instance_type")
    if variant.instance_type is None:
        return [
            Problem(
                key, MISSING, "a SageMaker instance type: ml.m5.large", f"give {key}, or serverless"
            )
        ]
    found = instances.sagemaker_problems(key, variant.instance_type)
    if variant.is_inf1 and (kind is EndpointKind.ASYNCHRONOUS or variant.path == "shadow."):
        what = (
            "an asynchronous endpoint" if kind is EndpointKind.ASYNCHRONOUS else "a shadow variant"
        )
        allowed = f"no Inf1 instance for {what}: SageMaker excludes them"
        found.append(
            Problem(
                key,
                variant.instance_type,
                allowed,
                "use another instance type, such as ml.inf2.xlarge",
            )
        )
    return found


def _range(variant: "Variant", kind: EndpointKind, key: str) -> list[Problem]:
    found, count, of_count = [], variant.instance_count, variant.key("instance_count")
    low, high = limits(count, variant.scaling, kind)
    if low > count:
        fix = f"lower it or raise {of_count} to {low}"
        found.append(Problem(f"{key}.min_instances", low, f"at most {count}, the {of_count}", fix))
    if high < count:
        fix = f"raise it to {count} or lower {of_count}"
        found.append(
            Problem(f"{key}.max_instances", high, f"at least {count}, the {of_count}", fix)
        )
    return found


def _at_least(key: str, value: int | None, low: int) -> list[Problem]:
    if value is None or value >= low:
        return []
    return [Problem(key, value, f"a whole number, at least {low}", f"use {low} or more")]
