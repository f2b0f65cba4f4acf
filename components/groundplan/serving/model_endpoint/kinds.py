"""The three kinds of SageMaker endpoint, and what each of them can't have.

Source: SageMaker AI Developer Guide, "Supported features" (its table of inference
options), "Serverless Inference" (feature exclusions), "Exclusions" (of shadow tests),
and "Monitor asynchronous endpoint" (metrics).
"""

from enum import Enum
from typing import TYPE_CHECKING, Any

from groundplan.problems import Problem

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs


class EndpointKind(str, Enum):
    """How an endpoint answers."""

    REAL_TIME = "real-time"
    """At once, from instances that are always on."""
    SERVERLESS = "serverless"
    """At once, from capacity that is paid by request."""
    ASYNCHRONOUS = "asynchronous"
    """Later and into a bucket, from a queue."""


NO_INSTANCES = "it has no instances"
NOT_SERVERLESS = {
    "instance_type": NO_INSTANCES,
    "instance_count": NO_INSTANCES,
    "scaling": f"{NO_INSTANCES}: what can scale is serverless.provisioned_concurrency",
    "volume_size_gb": NO_INSTANCES,
    "model_download_timeout_seconds": NO_INSTANCES,
    "health_check_timeout_seconds": NO_INSTANCES,
    "inference_ami_version": NO_INSTANCES,
    "routing": NO_INSTANCES,
    "rollout": "SageMaker moves it all at once and looks at no alarms",
    "network": "SageMaker can't put it into a VPC",
    "network_isolation": "SageMaker can't cut it off from networks",
    "capture": "SageMaker captures of real-time endpoints only",
    "variants": "it has one variant",
    "shadow": "shadow variants are for real-time endpoints only",
}
NOT_ASYNCHRONOUS = {
    "capture": "SageMaker captures of real-time endpoints only; requests and responses are in the bucket anyway",
    "variants": "it has one variant",
    "shadow": "shadow variants are for real-time endpoints only",
    "routing": "its instances take requests from a queue",
}
INVOCATION_METRICS = ("invocations_per_instance", "concurrent_requests_per_instance")


def kind_of(args: "ModelEndpointArgs") -> EndpointKind:
    """The kind of endpoint that `args` describe."""
    if "serverless" in args:
        return EndpointKind.SERVERLESS
    return EndpointKind.ASYNCHRONOUS if "asynchronous" in args else EndpointKind.REAL_TIME


def problems(args: "ModelEndpointArgs") -> list[Problem]:
    """What the kind of endpoint that `args` describe can't have."""
    kind = kind_of(args)
    if "serverless" in args and "asynchronous" in args:
        allowed = "serverless or asynchronous, not both: a queue needs instances that work it off"
        return [Problem("asynchronous", args["asynchronous"], allowed, "remove one of them")]
    forbidden = {
        EndpointKind.SERVERLESS: NOT_SERVERLESS,
        EndpointKind.ASYNCHRONOUS: NOT_ASYNCHRONOUS,
    }.get(kind, {})
    found = []
    for key, why in forbidden.items():
        value = _wanted(args, key)
        if value is not None:
            allowed = f"nothing with {kind.value}: {why}"
            found.append(Problem(key, value, allowed, f"remove it or {kind.value}"))
    return found + _scaling(args, kind)


def _wanted(args: "ModelEndpointArgs", key: str) -> Any:
    """What is asked for; to ask for no capture or no isolation is to ask for nothing."""
    if key == "capture" and args.get("capture", {}).get("percent") == 0:
        return None
    if key == "network_isolation" and args.get("network_isolation") is False:
        return None
    return args.get(key)


def _scaling(args: "ModelEndpointArgs", kind: EndpointKind) -> list[Problem]:
    scaling = args.get("scaling", {})
    if kind is EndpointKind.REAL_TIME and "backlog_per_instance" in scaling:
        allowed = "nothing on a real-time endpoint, which has no queue"
        fix = "use scaling.invocations_per_instance or scaling.concurrent_requests_per_instance"
        return [
            Problem("scaling.backlog_per_instance", scaling["backlog_per_instance"], allowed, fix)
        ]
    if kind is not EndpointKind.ASYNCHRONOUS:
        return []
    return [
        Problem(
            f"scaling.{key}",
            scaling[key],  # type: ignore[literal-required]
            "nothing on an asynchronous endpoint, which SageMaker doesn't measure by invocations",
            "use scaling.backlog_per_instance",
        )
        for key in INVOCATION_METRICS
        if key in scaling
    ]
