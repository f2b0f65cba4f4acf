"""What pods of an endpoint run: the arguments with their defaults filled in, of those
that serve and of a candidate."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import pulumi

from groundplan.kubernetes.device_resources import GPU
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine

NAME_LABEL = "app.kubernetes.io/name"
TRACK_LABEL = "app.kubernetes.io/component"

REPLICAS = 2
PORT, HEALTH_PATH = 8080, "/ping"
"""SageMaker's contract (SageMaker AI Developer Guide, "Custom Inference Code with
Hosting Services"): an image for a `ModelEndpoint` serves here too. KServe's runtimes
have the same port."""
VLLM_PORT, VLLM_HEALTH = 8000, "/health"

CORES_PER_ACCELERATOR, MEMORY_PER_ACCELERATOR = 3, 12
"""What the smallest GPU instances, with 4 cores and 16 GiB (g4dn.xlarge, g5.xlarge,
g6.xlarge), have left beside the node's own software."""
SHARED_MEMORY_GIB = 2
"""As in vLLM's own example, for tensor parallelism (docs/deployment/k8s.md)."""


class Track(str, Enum):
    """Which of the two sets of pods."""

    STABLE = "stable"
    CANARY = "canary"


@dataclass(frozen=True)
class Workload:
    """One set of pods."""

    endpoint: str
    """The endpoint's name."""
    track: Track
    args: KubernetesEndpointArgs
    """The endpoint's arguments; for a candidate, with its own in place of them."""
    replicas: int

    @property
    def name(self) -> str:
        """What the Deployment is called."""
        return (
            self.endpoint if self.track is Track.STABLE else f"{self.endpoint}-{self.track.value}"
        )

    @property
    def labels(self) -> dict[str, str]:
        """What tells these pods from all others."""
        return {NAME_LABEL: self.endpoint, TRACK_LABEL: self.track.value}


def stable(endpoint: str, args: KubernetesEndpointArgs) -> Workload:
    """The pods that serve."""
    return Workload(endpoint, Track.STABLE, args, replicas(args))


def candidate(endpoint: str, args: KubernetesEndpointArgs) -> Workload | None:
    """The candidate's pods, if there is one."""
    if "canary" not in args:
        return None
    given: Mapping[str, Any] = dict(args["canary"])
    merged: dict[str, Any] = {**args, **_some(given, "image", "model_data", "arguments")}
    if "environment" in given:
        merged["environment"] = {**args.get("environment", {}), **given["environment"]}
    vllm: dict[str, Any] = {**args.get("vllm", {}), **_some(given, "model", "revision")}
    # A model has one place: the candidate's own takes that of what serves away.
    if "model" in given:
        merged.pop("model_data", None)
    elif "model_data" in given:
        vllm = {key: value for key, value in vllm.items() if key not in ("model", "revision")}
    if vllm or "vllm" in args:
        merged["vllm"] = vllm
    return Workload(
        endpoint, Track.CANARY, cast(KubernetesEndpointArgs, merged), canary_replicas(args)
    )


def _some(given: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: given[key] for key in keys if key in given}


def canary_replicas(args: KubernetesEndpointArgs) -> int:
    """How many pods a candidate has: as many as its share takes, at least one."""
    given, own = args["canary"], replicas(args)
    percent = given.get("percent", 0)
    if "ingress" in args:
        return given.get("replicas", max(1, math.ceil(own * percent / 100)))
    return max(1, round(own * percent / (100 - percent))) if 0 < percent < 100 else 1


def engine(args: KubernetesEndpointArgs) -> EndpointEngine:
    """What serves."""
    return args.get("engine", EndpointEngine.CONTAINER)


def is_vllm(args: KubernetesEndpointArgs) -> bool:
    return engine(args) is EndpointEngine.VLLM


def replicas(args: KubernetesEndpointArgs) -> int:
    return args.get("replicas", REPLICAS)


def port(args: KubernetesEndpointArgs) -> int:
    return VLLM_PORT if is_vllm(args) else args.get("port", PORT)


def health_path(args: KubernetesEndpointArgs) -> str:
    return VLLM_HEALTH if is_vllm(args) else args.get("health_path", HEALTH_PATH)


def accelerators(args: KubernetesEndpointArgs) -> int:
    return args.get("accelerators", 0)


def accelerator(args: KubernetesEndpointArgs) -> str:
    return args.get("accelerator", GPU)


def cpu(args: KubernetesEndpointArgs) -> float:
    return args.get("cpu", max(1, CORES_PER_ACCELERATOR * accelerators(args)))


def memory_gib(args: KubernetesEndpointArgs) -> int:
    return args.get("memory_gib", MEMORY_PER_ACCELERATOR * accelerators(args) or 2)


def shared_memory_gib(args: KubernetesEndpointArgs) -> int:
    return args.get("shared_memory_gib", SHARED_MEMORY_GIB if accelerators(args) else 0)


def volume_size_gb(args: KubernetesEndpointArgs) -> int:
    return args.get("volume_size_gb", 100 if from_hub(args) else 30)


def from_hub(args: KubernetesEndpointArgs) -> bool:
    """Whether the model comes from the Hugging Face Hub."""
    return "model" in args.get("vllm", {})


def startup_seconds(args: KubernetesEndpointArgs) -> int:
    return args.get("health_check_timeout_seconds", 1800 if is_vllm(args) else 600)


def request_seconds(args: KubernetesEndpointArgs) -> int:
    return args.get("request_timeout_seconds", 600 if is_vllm(args) else 60)


def model_uri(args: KubernetesEndpointArgs) -> pulumi.Output[str]:
    """Where the model is in S3. A folder keeps its slash: without, KServe would take
    `3` for the beginning of `30` too."""
    return pulumi.Output.format(
        "s3://{0}/{1}", args["artifacts"]["bucket_name"], args["model_data"]
    )


def scales(args: KubernetesEndpointArgs) -> bool:
    """Whether something other than Pulumi says how many pods there are."""
    low, high = limits(args)
    return low != high


def limits(args: KubernetesEndpointArgs) -> tuple[int, int]:
    """The fewest and the most pods."""
    scaling, own = args.get("scaling"), replicas(args)
    return (scaling.get("min", own), scaling.get("max", own)) if scaling else (own, own)


def selector(endpoint: str, track: Track | None = None) -> Mapping[str, str]:
    """The pods of one track, or of both."""
    return {NAME_LABEL: endpoint, **({TRACK_LABEL: track.value} if track else {})}
