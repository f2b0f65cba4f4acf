"""The container that serves: its command, arguments and environment, by engine.

vLLM's flags and variables: docs.vllm.ai/en/v0.30.0, "vllm serve", "Environment
Variables", "Loading models with Run:ai Model Streamer" and "Security". S3 is read by
the AWS SDKs with their default credentials, and so by EKS Pod Identity
(run-ai/runai-model-streamer, cpp/s3/client/client.cc).
"""

from typing import Any

from groundplan.serving.kubernetes_endpoint import release
from groundplan.serving.kubernetes_endpoint.workload import SecretKey, Vllm, Workload

TMP = "/tmp"  # noqa: S108 (the container's own)
MODEL_FOLDER = "/opt/ml/model"
"""Where SageMaker mounts a model (Developer Guide, "Custom Inference Code with Hosting
Services")."""

VLLM_HOME = "/home/vllm"
"""The home of the user `vllm` in its image (vllm-project/vllm#40275)."""

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
"""vLLM's flags that the component sets, or that would expose a secret."""


def start(work: Workload) -> dict[str, Any]:
    """Returns `command` and `args` of the container."""
    if work.vllm is not None:
        return {
            "command": ["vllm", "serve"],
            "args": [*_vllm_arguments(work, work.vllm), *work.arguments],
        }
    return {"args": list(work.arguments)} if work.arguments else {}


def environment(work: Workload) -> list[dict[str, Any]]:
    """Returns the container's environment variables, sorted by name."""
    values: dict[str, Any] = {"HOME": TMP}
    secrets = dict(work.secrets)
    if work.vllm is not None:
        values = _vllm_environment(work)
        # By the environment and not by --api-key: process lists show flags.
        keys = {"VLLM_API_KEY": work.vllm.api_key, "HF_TOKEN": work.vllm.hub_token}
        secrets |= {name: key for name, key in keys.items() if key is not None}
    values |= work.environment
    found = release.variables(archive=False) if work.released and work.vllm is not None else []
    variables = [*found, *({"name": name, "value": value} for name, value in values.items())]
    variables += [
        {"name": name, "valueFrom": _secret_reference(key)} for name, key in secrets.items()
    ]
    return sorted(variables, key=lambda variable: str(variable["name"]))


def _vllm_arguments(work: Workload, vllm: Vllm) -> list[Any]:
    count, size = work.accelerators, vllm.tensor_parallel_size
    streams = work.model_uri is not None
    flags: dict[str, Any] = {
        "port": work.port,
        "served-model-name": vllm.served_model_name,
        "revision": vllm.revision,
        "load-format": "runai_streamer" if streams else None,
        "tensor-parallel-size": size,
        "data-parallel-size": count // size if count > size else None,
        "max-model-len": vllm.max_model_len,
        "gpu-memory-utilization": vllm.gpu_memory_utilization,
        "dtype": vllm.dtype.value if vllm.dtype is not None else None,
        "quantization": vllm.quantization,
        # By default it aborts running requests when it is terminated.
        "shutdown-timeout": work.request_seconds,
    }
    model = work.model_uri if streams else vllm.model
    return [model, *(f"--{flag}={value}" for flag, value in flags.items() if value is not None)]


def _vllm_environment(work: Workload) -> dict[str, Any]:
    values: dict[str, Any] = {
        "HOME": VLLM_HOME,
        # PyTorch looks its user up, which other images than vLLM's own may not know by
        # that ID.
        "USER": "vllm",
        "VLLM_NO_USAGE_STATS": "1",
    }
    if work.model_data is not None:
        values["HF_HUB_OFFLINE"] = "1"
        # Without a limit it holds a whole file in memory (run-ai/runai-model-streamer,
        # docs/src/env-vars.md).
        values["RUNAI_STREAMER_MEMORY_LIMIT"] = str(work.memory_gib * 1024**3 // 2)
    return values


def _secret_reference(secret: SecretKey) -> dict[str, Any]:
    return {"secretKeyRef": {"name": secret.name, "key": secret.key}}
