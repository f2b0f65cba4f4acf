"""The container that serves: what it is started with, by engine.

vLLM's flags and variables: docs.vllm.ai/en/v0.30.0, "vllm serve", "Environment
Variables", "Loading models with Run:ai Model Streamer" and "Security". S3 is read by
the AWS SDKs with their default credentials, and so by EKS Pod Identity
(run-ai/runai-model-streamer, cpp/s3/client/client.cc).
"""

from typing import Any

import pulumi

from groundplan.serving.kubernetes_endpoint import images, workload
from groundplan.serving.kubernetes_endpoint.args import (
    KubernetesEndpointArgs,
    KubernetesSecretArgs,
)
from groundplan.serving.kubernetes_endpoint.workload import Workload

TMP = "/tmp"  # noqa: S108 (the container's own)
MODEL_FOLDER = "/opt/ml/model"
"""Where SageMaker puts a model (Developer Guide, "Custom Inference Code with Hosting
Services")."""

VLLM_HOME, VLLM_USER = "/home/vllm", 2000
"""The home and the number of the user `vllm` in its image (vllm-project/vllm#40275)."""

OWN_FLAGS = (
    "--api-key",
    "--data-parallel-size",
    "--dtype",
    "--gpu-memory-utilization",
    "--host",
    "--load-format",
    "--max-model-len",
    "--model",
    "--port",
    "--quantization",
    "--revision",
    "--served-model-name",
    "--shutdown-timeout",
    "--tensor-parallel-size",
)
"""vLLM's flags that the component sets, or that would put a secret where everybody sees
it."""


def image(work: Workload) -> pulumi.Input[str]:
    """The container's image."""
    return work.args.get("image", images.VLLM)


def start(work: Workload) -> dict[str, Any]:
    """`command` and `args` of the container."""
    own = list(work.args.get("arguments", ()))
    if not workload.is_vllm(work.args):
        return {"args": own} if own else {}
    return {"command": ["vllm", "serve"], "args": [*_vllm(work), *own]}


def environment(work: Workload) -> list[dict[str, Any]]:
    """The container's variables, in the order of their names."""
    args = work.args
    values: dict[str, Any] = {"HOME": TMP}
    secrets = dict(args.get("secrets", {}))
    if workload.is_vllm(args):
        values = _vllm_environment(args)
        # By the environment and not by --api-key: a process list shows flags.
        kept: dict[str, Any] = {**args.get("vllm", {})}
        names = {"api_key": "VLLM_API_KEY", "hub_token": "HF_TOKEN"}
        secrets |= {name: kept[key] for key, name in names.items() if key in kept}
    values |= args.get("environment", {})
    found = [{"name": name, "value": value} for name, value in values.items()]
    found += [{"name": name, "valueFrom": _secret(secret)} for name, secret in secrets.items()]
    return sorted(found, key=lambda variable: str(variable["name"]))


def _vllm(work: Workload) -> list[Any]:
    args = work.args
    vllm, count = args.get("vllm", {}), workload.accelerators(args)
    streams = "model_data" in args
    spread = vllm.get("tensor_parallel_size", count)
    flags: dict[str, Any] = {
        "port": workload.VLLM_PORT,
        "served-model-name": vllm.get("served_model_name", work.endpoint),
        "revision": vllm.get("revision"),
        "load-format": "runai_streamer" if streams else None,
        "tensor-parallel-size": spread,
        "data-parallel-size": count // spread if count > spread else None,
        "max-model-len": vllm.get("max_model_len"),
        "gpu-memory-utilization": vllm.get("gpu_memory_utilization"),
        "dtype": vllm["dtype"].value if "dtype" in vllm else None,
        "quantization": vllm.get("quantization"),
        # By default it drops what it is working on when it is told to stop.
        "shutdown-timeout": workload.request_seconds(args),
    }
    model = workload.model_uri(args) if streams else vllm["model"]
    return [model, *(f"--{flag}={value}" for flag, value in flags.items() if value is not None)]


def _vllm_environment(args: KubernetesEndpointArgs) -> dict[str, Any]:
    values: dict[str, Any] = {
        "HOME": VLLM_HOME,
        # PyTorch looks its user up, which other images than vLLM's own may not know by
        # that number.
        "USER": "vllm",
        "VLLM_NO_USAGE_STATS": "1",
    }
    if "model_data" in args:
        values["HF_HUB_OFFLINE"] = "1"
        # Without a limit it holds a whole file in memory (run-ai/runai-model-streamer,
        # docs/src/env-vars.md).
        values["RUNAI_STREAMER_MEMORY_LIMIT"] = str(workload.memory_gib(args) * 1024**3 // 2)
    return values


def _secret(secret: KubernetesSecretArgs) -> dict[str, Any]:
    return {"secretKeyRef": {"name": secret["name"], "key": secret["key"]}}
