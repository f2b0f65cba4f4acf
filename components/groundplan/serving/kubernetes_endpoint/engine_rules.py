"""Validates the arguments that depend on the engine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.kubernetes_endpoint import resolution, server
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine

RUNTIME = "the serving runtime sets it"
OTHER_ENGINE = "it configures another engine"
NOT_KSERVE = {
    "image": RUNTIME,
    "port": RUNTIME,
    "health_path": RUNTIME,
    "health_check_timeout_seconds": RUNTIME,
    "run_as_user": RUNTIME,
    "allow_root": RUNTIME,
    "writable_paths": RUNTIME,
    "shared_memory_gib": RUNTIME,
    "volume_size_gb": "KServe's storage initializer has its own volume",
    "vllm": OTHER_ENGINE,
    "canary": "in Standard mode KServe ignores canaryTrafficPercent, which needs Knative",
}
"""The canary: KServe v0.20.0, reconcilers/knative/ksvc_reconciler.go."""
NOT_VLLM = {
    "port": "vLLM's is 8000",
    "health_path": "vLLM's is /health",
    "kserve": OTHER_ENGINE,
}
NOT_CONTAINER = {"vllm": OTHER_ENGINE, "kserve": OTHER_ENGINE}
UNUSED: Mapping[EndpointEngine, Mapping[str, str]] = {
    EndpointEngine.KSERVE: NOT_KSERVE,
    EndpointEngine.VLLM: NOT_VLLM,
    EndpointEngine.CONTAINER: NOT_CONTAINER,
}
"""Engine -> arguments that it does not use -> why."""


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of the arguments for the engine that serves."""
    engine, values = resolution.engine(args), dict(args)
    problems = [
        Problem(
            key,
            _shortened(values[key]),
            f"nothing with {engine.value}: {why}",
            f"remove it, or use another engine than {engine.value}",
        )
        for key, why in UNUSED[engine].items()
        if key in values
    ]
    if engine is EndpointEngine.CONTAINER and "image" not in args:
        allowed = "the image of the container that serves"
        problems.append(Problem("image", MISSING, allowed, "set image"))
    if engine is EndpointEngine.VLLM:
        problems += _vllm(args)
    if engine is EndpointEngine.KSERVE:
        return [*problems, *_kserve(args)]
    return problems + _root(args)


def _root(args: KubernetesEndpointArgs) -> list[Problem]:
    user, allowed_root = args.get("run_as_user"), args.get("allow_root", False)
    if user == 0 and not allowed_root:
        allowed = "at least 1: 0 is root, which needs allow_root: true"
        fix = "use the ID of another user, or set allow_root where the image requires root"
        return [Problem("run_as_user", user, allowed, fix)]
    if allowed_root and user != 0:
        allowed = "false, unless run_as_user is 0"
        return [Problem("allow_root", True, allowed, "remove it")]
    return []


def _vllm(args: KubernetesEndpointArgs) -> list[Problem]:
    vllm, count = args.get("vllm", {}), resolution.accelerators(args)
    problems = [*_source(args), *flag_problems("arguments", args.get("arguments", ()))]
    if count < 1:
        allowed = "at least 1 with vllm: its image requires NVIDIA GPUs"
        value = args.get("accelerators", MISSING)
        problems.append(Problem("accelerators", value, allowed, "use 1 or more"))
    key, size = "vllm.tensor_parallel_size", vllm.get("tensor_parallel_size")
    if size is not None and count >= 1 and (size < 1 or count % size):
        problems.append(
            Problem(key, size, f"a number that divides accelerators ({count})", f"use {count}")
        )
    elif size is not None and size < 1:
        problems.append(Problem(key, size, "at least 1", "remove it, and set accelerators"))
    share = vllm.get("gpu_memory_utilization")
    if share is not None and not 0 < share <= 1:
        allowed = "a number above 0 and up to 1: a fraction of the accelerators' memory"
        problems.append(Problem("vllm.gpu_memory_utilization", share, allowed, "use 0.9"))
    length = vllm.get("max_model_len")
    return problems + whole_number("vllm.max_model_len", length, 1, 100_000_000, "tokens")


def _source(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    """Yields whether the model has not exactly one source, or one that may change."""
    vllm, data = args.get("vllm", {}), args.get("model_data")
    if data is None and "model" not in vllm:
        allowed = "a folder of the artifact bucket, or vllm.model on the hub"
        yield Problem("model_data", MISSING, allowed, "set model_data or vllm.model")
    if data is not None and "model" in vllm:
        allowed = "model_data or vllm.model, not both"
        yield Problem("vllm.model", vllm["model"], allowed, "remove one of them")
    if data is not None and not data.endswith("/"):
        yield folder_problem("model_data", data)
    if "model" in vllm and "revision" not in vllm:
        allowed = "a commit of the model on the hub: branches change between two pods"
        yield Problem("vllm.revision", MISSING, allowed, "set it to the commit")
    if "model" not in vllm:
        for key, value in vllm.items():
            if key in ("revision", "hub_token"):
                allowed = "nothing without vllm.model"
                yield Problem(f"vllm.{key}", _shortened(value), allowed, "remove it")


def folder_problem(key: str, data: str) -> Problem:
    """Returns the problem of an archive with vLLM."""
    allowed = (
        "a folder with vllm, which ends in /: vLLM streams safetensors files and unpacks no archive"
    )
    return Problem(key, data, allowed, "upload the unpacked model and use its folder")


def flag_problems(key: str, arguments: Sequence[Any]) -> list[Problem]:
    """Returns the problems of vLLM's flags that the component sets itself."""
    problems = []
    for index, text in enumerate(arguments):
        flag = text.split("=", 1)[0] if isinstance(text, str) else ""
        if flag not in server.OWN_FLAGS:
            continue
        allowed = "a flag that the endpoint does not set itself"
        fix = "remove it, and use the arguments of vllm and of the endpoint"
        if flag == "--api-key":
            allowed = "no secret: everybody who may read pods would see it"
            fix = "use vllm.api_key, and change the key"
        # The value is not shown: it could be a key.
        problems.append(Problem(f"{key}[{index}]", flag, allowed, fix))
    return problems


def _kserve(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    if "kserve" not in args:
        fix = 'set kserve: {"model_format": "sklearn"}'
        yield Problem("kserve", MISSING, "the model's format", fix)
    if "model_data" not in args:
        allowed = "the key of the model in the artifact bucket"
        yield Problem("model_data", MISSING, allowed, "set model_data")
    protocol = args.get("kserve", {}).get("protocol_version")
    if protocol not in (None, "v1", "v2", "grpc-v2"):
        yield Problem("kserve.protocol_version", protocol, "v1, v2, grpc-v2", "use v2")


def _shortened(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else "..."
