"""The three kinds of SageMaker endpoint, and the arguments that each of them excludes.

Source: SageMaker AI Developer Guide, "Supported features" (its table of inference
options), "Serverless Inference" (feature exclusions), "Exclusions" (of shadow tests),
and "Monitor asynchronous endpoint" (metrics).
"""

from collections.abc import Mapping
from typing import Any

from groundplan.problems import Problem
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.choices import EndpointKind

NO_INSTANCES = "it has no instances"
EXCLUDED: Mapping[EndpointKind, Mapping[str, str]] = {
    EndpointKind.REAL_TIME: {},
    EndpointKind.SERVERLESS: {
        "instance_type": NO_INSTANCES,
        "instance_count": NO_INSTANCES,
        "scaling": f"{NO_INSTANCES}: autoscaling applies to serverless.provisioned_concurrency",
        "volume_size_gb": NO_INSTANCES,
        "model_download_timeout_seconds": NO_INSTANCES,
        "health_check_timeout_seconds": NO_INSTANCES,
        "inference_ami_version": NO_INSTANCES,
        "routing": NO_INSTANCES,
        "rollout": "SageMaker shifts all traffic at once and evaluates no alarms",
        "network": "SageMaker can't place it in a VPC",
        "network_isolation": "SageMaker can't isolate it from networks",
        "capture": "SageMaker captures requests of real-time endpoints only",
        "variants": "it has one variant",
        "shadow": "shadow variants are for real-time endpoints only",
    },
    EndpointKind.ASYNCHRONOUS: {
        "capture": "SageMaker captures requests of real-time endpoints only; those of an "
        "asynchronous endpoint are in the bucket anyway",
        "variants": "it has one variant",
        "shadow": "shadow variants are for real-time endpoints only",
        "routing": "its instances read requests from a queue",
    },
}
"""The arguments that a kind of endpoint can't have -> why."""


def kind_of(args: ModelEndpointArgs) -> EndpointKind:
    """Returns the kind of the endpoint."""
    if "serverless" in args:
        return EndpointKind.SERVERLESS
    return EndpointKind.ASYNCHRONOUS if "asynchronous" in args else EndpointKind.REAL_TIME


def problems(args: ModelEndpointArgs, kind: EndpointKind) -> list[Problem]:
    """Returns the arguments that the kind of endpoint can't have."""
    if "serverless" in args and "asynchronous" in args:
        allowed = "serverless or asynchronous, not both: a queue needs instances that process it"
        fix = "remove asynchronous, or remove serverless"
        return [Problem("asynchronous", args["asynchronous"], allowed, fix)]
    return [
        Problem(key, args[key], f"nothing with {kind.value}: {why}", f"remove {key}")  # type: ignore[literal-required]
        for key, why in EXCLUDED[kind].items()
        if key in args and not _is_off(key, args)
    ]


def _is_off(key: str, args: ModelEndpointArgs) -> bool:
    """Returns whether an argument turns off a feature that the kind doesn't have."""
    value: Any = dict(args).get(key)
    if key == "capture":
        return bool(value.get("percent") == 0)
    return key == "network_isolation" and value is False
