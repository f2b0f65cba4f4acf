"""What the monitoring watches of the other sections."""

from typing import Any

from description import Reference
from groundplan.context import Context
from groundplan.facts import instances
from groundplan.serving.model_endpoint import alarm_limits
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.spec import resolve
from groundplan.serving.model_endpoint.variants import Variant
from settings import Settings, TrainingSettings


def endpoint(name: str, args: ModelEndpointArgs) -> dict[str, Any]:
    """Returns the arguments of a watched endpoint.

    Alarms notify people at the thresholds that roll a release back.
    """
    spec = resolve(args, Context(name, "", ""))
    # The endpoint's own validation reports these.
    problems = alarm_limits.problems(args.get("alarms", {}), spec.kind, spec.variants)
    wrong = {problem.key.removeprefix("alarms.") for problem in problems}
    limits = {
        "max_error_percent": spec.alarms.error_percent,
        "max_latency_ms": spec.alarms.latency_ms,
    }
    return {
        "endpoint_name": Reference(name, "endpoint_name"),
        "kind": spec.kind,
        "variants": [_variant(variant) for variant in spec.variants],
        **{key: limit for key, limit in limits.items() if limit is not None and key not in wrong},
    }


def _variant(variant: Variant) -> dict[str, Any]:
    """Returns a variant, with its instance type if the number of its cores is known."""
    instance_type = variant.instance_type or ""
    known = instances.find(instance_type) is not None
    return {"name": variant.name, **({"instance_type": instance_type} if known else {})}


def has_gpus(training: TrainingSettings) -> bool:
    """Returns whether a pool has NVIDIA GPUs, as far as its instance type is known."""
    pools = training.get("pools", {}).values()
    found = [instances.find(pool["instance_type"]) for pool in pools if "instance_type" in pool]
    return any(instance and instance.has_gpu for instance in found)


def has_keda(settings: Settings) -> bool:
    """Returns whether KEDA queries Prometheus for a service."""
    services = settings.get("services", {}).values()
    return any(service.get("scaling", {}).get("keda") for service in services)
