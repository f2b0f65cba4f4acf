"""On what and on how many instances an endpoint runs: the rules and defaults."""

from typing import NotRequired, TypedDict

from groundplan.facts import instances
from groundplan.problems import Problem

INVOCATIONS_PER_INSTANCE = 600
"""Requests a minute and instance that autoscaling aims at by default: half of what an instance does that peaks at 20 a second.

AWS's formula is peak requests per second x safety factor x 60, the factor 0.5 to begin with (SageMaker AI Developer Guide,
"Load testing your auto scaling configuration"). Too low a target costs at most the `max_instances`; too high a one never
scales.
"""


class ScalingArgs(TypedDict):
    """How many instances an endpoint may have. Changing any of it updates autoscaling in place."""

    min_instances: NotRequired[int]
    """The fewest instances. Default: `instance_count`."""
    max_instances: NotRequired[int]
    """The most instances, and so the most that the endpoint costs. Default: twice `instance_count`. Equal to `min_instances`,
    it turns autoscaling off."""
    invocations_per_instance: NotRequired[int]
    """Requests a minute that one instance should get; above it, instances are added. Default: 600. Measure it: peak requests
    per second of one instance x 0.5 x 60."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds between two removals of instances. Default: 300."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds between two additions of instances. Default: 60."""


def limits(instance_count: int, scaling: ScalingArgs) -> tuple[int, int]:
    """The fewest and the most instances."""
    return scaling.get("min_instances", instance_count), scaling.get("max_instances", 2 * instance_count)


def problems(instance_type: str | None, instance_count: int, scaling: ScalingArgs, volume_key: bool) -> list[Problem]:
    """Whether the instance type exists and takes a volume key (if there is one), and whether the counts fit each other."""
    found = instances.sagemaker_problems("instance_type", instance_type)
    found += _at_least("instance_count", instance_count, 1)
    found += _at_least("scaling.invocations_per_instance", scaling.get("invocations_per_instance"), 1)
    found += _at_least("scaling.scale_in_cooldown_seconds", scaling.get("scale_in_cooldown_seconds"), 0)
    found += _at_least("scaling.scale_out_cooldown_seconds", scaling.get("scale_out_cooldown_seconds"), 0)
    # Scaling to zero takes inference components (SageMaker AI Developer Guide, "Scale an endpoint to zero instances").
    found += _at_least("scaling.min_instances", scaling.get("min_instances"), 1)
    low, high = limits(instance_count, scaling)
    if low > instance_count:
        fix = f"lower it or raise instance_count to {low}"
        found.append(Problem("scaling.min_instances", low, f"at most {instance_count}, the instance_count", fix))
    if high < instance_count:
        fix = f"raise it to {instance_count} or lower instance_count"
        found.append(Problem("scaling.max_instances", high, f"at least {instance_count}, the instance_count", fix))
    if volume_key and instance_type and has_local_nvme(instance_type):
        allowed = f"nothing with {instance_type}: its volume is local NVMe, which the instance's own hardware encrypts"
        found.append(Problem("kms_key_arn", "a key", allowed, "remove it or use an instance type without local NVMe"))
    return found


def has_local_nvme(instance_type: str) -> bool:
    """Whether the instances keep their data on local NVMe; SageMaker refuses a KMS key for it.

    Source: API reference `CreateEndpointConfig`, `KmsKeyId`.
    """
    facts = instances.find(instance_type)
    return facts is not None and facts.local_nvme_gb > 0


def _at_least(key: str, value: int | None, low: int) -> list[Problem]:
    if value is None or value >= low:
        return []
    return [Problem(key, value, f"a whole number, at least {low}", f"use {low} or more")]
