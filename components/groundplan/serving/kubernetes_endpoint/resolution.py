"""Resolves single arguments whose defaults depend on other arguments. `spec.resolve`
and the validation share these functions, which need no valid arguments."""

import math
from collections.abc import Mapping
from typing import Any, cast

import pulumi

from groundplan.arguments import with_defaults
from groundplan.serving.kubernetes_endpoint.args import (
    KubernetesEndpointArgs,
    KubernetesRolloutArgs,
    KubernetesScalingArgs,
)
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine, PodScalingMetric

VLLM_PORT, VLLM_HEALTH_PATH = 8000, "/health"
CORES_PER_ACCELERATOR, MEMORY_GIB_PER_ACCELERATOR = 3, 12
"""What the smallest GPU instances, with 4 cores and 16 GiB (g4dn.xlarge, g5.xlarge,
g6.xlarge), have available beside the node's own software."""
SHARED_MEMORY_GIB = 2
"""As in vLLM's own example, for tensor parallelism (docs/deployment/k8s.md)."""
START_SECONDS = 1800
"""Time before a pod's first health check: a GPU node (5 to 10 minutes), the download of
its image and of the model."""

TARGETS: Mapping[PodScalingMetric, float] = {
    PodScalingMetric.CPU: 70.0,
    PodScalingMetric.WAITING_REQUESTS: 2.0,
    PodScalingMetric.RUNNING_REQUESTS: 32.0,
}


def argument(args: KubernetesEndpointArgs, key: str) -> Any:
    """Returns an argument, or its constant default."""
    return with_defaults(KubernetesEndpointArgs, args)[key]


def engine(args: KubernetesEndpointArgs) -> EndpointEngine:
    """Returns what serves."""
    return cast(EndpointEngine, argument(args, "engine"))


def is_vllm(args: KubernetesEndpointArgs) -> bool:
    """Returns whether vLLM serves."""
    return engine(args) is EndpointEngine.VLLM


def replicas(args: KubernetesEndpointArgs) -> int:
    """Returns the number of pods without autoscaling."""
    return cast(int, argument(args, "replicas"))


def candidate_replicas(args: KubernetesEndpointArgs) -> int:
    """Returns the number of the candidate's pods, at least one."""
    canary, stable = args["canary"], replicas(args)
    percent = canary.get("percent", 0)
    if "ingress" in args:
        return canary.get("replicas", max(1, math.ceil(stable * percent / 100)))
    return max(1, round(stable * percent / (100 - percent))) if 0 < percent < 100 else 1


def limits(args: KubernetesEndpointArgs) -> tuple[int, int]:
    """Returns the minimum and the maximum number of pods."""
    scaling, count = args.get("scaling"), replicas(args)
    return (scaling.get("min", count), scaling.get("max", count)) if scaling else (count, count)


def scales(args: KubernetesEndpointArgs) -> bool:
    """Returns whether an autoscaler changes the number of pods."""
    low, high = limits(args)
    return low != high


def metric(args: KubernetesEndpointArgs) -> PodScalingMetric:
    """Returns the metric that pods are scaled by."""
    default = PodScalingMetric.WAITING_REQUESTS if is_vllm(args) else PodScalingMetric.CPU
    return cast(PodScalingMetric, args.get("scaling", {}).get("metric", default))


def scaling(args: KubernetesEndpointArgs) -> dict[str, Any]:
    """Returns `scaling` with its constant defaults."""
    return with_defaults(KubernetesScalingArgs, args.get("scaling"))


def rollout(args: KubernetesEndpointArgs) -> dict[str, Any]:
    """Returns `rollout` with all defaults."""
    timeout = startup_seconds(args) + START_SECONDS
    filled = with_defaults(KubernetesRolloutArgs, args.get("rollout"))
    return {"timeout_seconds": timeout, **filled}


def bucket_name(args: KubernetesEndpointArgs) -> pulumi.Input[str]:
    """Returns the name of the bucket of the models."""
    if "object_store" in args:
        return args["object_store"]["bucket_name"]
    return args["artifacts"]["bucket_name"]


def has_bucket(args: KubernetesEndpointArgs) -> bool:
    """Returns whether there is a bucket of models."""
    return "artifacts" in args or "object_store" in args


def accelerators(args: KubernetesEndpointArgs) -> int:
    """Returns the accelerators of each pod."""
    return cast(int, argument(args, "accelerators"))


def cpu(args: KubernetesEndpointArgs) -> float:
    """Returns the cores of each pod."""
    return args.get("cpu", max(1, CORES_PER_ACCELERATOR * accelerators(args)))


def memory_gib(args: KubernetesEndpointArgs) -> int:
    """Returns the memory of each pod, in GiB."""
    return args.get("memory_gib", MEMORY_GIB_PER_ACCELERATOR * accelerators(args) or 2)


def shared_memory_gib(args: KubernetesEndpointArgs) -> int:
    """Returns the shared memory of each pod, in GiB."""
    return args.get("shared_memory_gib", SHARED_MEMORY_GIB if accelerators(args) else 0)


def loads_from_hub(args: KubernetesEndpointArgs) -> bool:
    """Returns whether the model comes from the Hugging Face Hub."""
    return "model" in args.get("vllm", {})


def volume_size_gb(args: KubernetesEndpointArgs) -> int:
    """Returns the ephemeral storage for the model, in GB."""
    return args.get("volume_size_gb", 100 if loads_from_hub(args) else 30)


def startup_seconds(args: KubernetesEndpointArgs) -> int:
    """Returns the seconds until a pod has to pass its first health check."""
    return args.get("health_check_timeout_seconds", 1800 if is_vllm(args) else 600)


def request_seconds(args: KubernetesEndpointArgs) -> int:
    """Returns the maximum duration of a request in seconds."""
    return args.get("request_timeout_seconds", 600 if is_vllm(args) else 60)


def ingress_paths(args: KubernetesEndpointArgs) -> list[str]:
    """Returns the path prefixes that an ingress routes.

    vLLM checks its API key below /v1 only, and other paths stop or change the server
    (docs.vllm.ai, "Security").
    """
    return list(args["ingress"].get("paths", ["/v1"] if is_vllm(args) else ["/"]))
