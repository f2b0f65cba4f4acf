"""What the monitoring watches of the other sections."""

from typing import Any

from description import Reference
from groundplan.facts import instances
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from settings import TrainingSettings

LIMITS = ("max_error_percent", "max_latency_ms")


def endpoint(name: str, args: ModelEndpointArgs) -> dict[str, Any]:
    """Returns an endpoint as the monitoring watches it.

    Alarms notify people at the thresholds that roll a release back.
    """
    alarms = args.get("alarms", {})
    limits = {key: value for key, value in alarms.items() if key in LIMITS}
    watched = {"endpoint_name": Reference(name, "endpoint_name"), **limits}
    if "instance_type" in args:
        watched["instance_type"] = args["instance_type"]
    return watched


def has_gpus(training: TrainingSettings) -> bool:
    """Returns whether a pool has NVIDIA GPUs, as far as its instance type is known."""
    pools = training.get("pools", {}).values()
    found = [instances.find(pool["instance_type"]) for pool in pools if "instance_type" in pool]
    return any(instance and instance.has_gpu for instance in found)
