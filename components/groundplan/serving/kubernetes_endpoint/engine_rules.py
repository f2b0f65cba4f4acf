"""What each engine needs and can't have."""

from typing import Any

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.kubernetes_endpoint import kserve, server, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine

RUNTIME = "the serving runtime brings it"
NOT_KSERVE = {
    "image": RUNTIME,
    "port": RUNTIME,
    "health_path": RUNTIME,
    "health_check_timeout_seconds": RUNTIME,
    "run_as_user": RUNTIME,
    "writable_paths": RUNTIME,
    "shared_memory_gib": RUNTIME,
    "volume_size_gb": "KServe's storage initializer has its own",
    "vllm": "it is another engine",
    "canary": kserve.CANARY.removeprefix("none with kserve: "),
}
NOT_VLLM = {
    "port": "vLLM's is 8000",
    "health_path": "vLLM's is /health",
    "kserve": "it is another engine",
}
NOT_CONTAINER = {"vllm": "it is another engine", "kserve": "it is another engine"}
NOT = {
    EndpointEngine.KSERVE: NOT_KSERVE,
    EndpointEngine.VLLM: NOT_VLLM,
    EndpointEngine.CONTAINER: NOT_CONTAINER,
}


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """What is wrong with the arguments for the engine that serves."""
    engine, given = workload.engine(args), dict(args)
    found = [
        Problem(
            key,
            _plain(given[key]),
            f"nothing with {engine.value}: {why}",
            f"remove it, or use another engine than {engine.value}",
        )
        for key, why in NOT[engine].items()
        if key in given
    ]
    if engine is EndpointEngine.CONTAINER and "image" not in args:
        found.append(
            Problem("image", MISSING, "the image of the container that serves", "give image")
        )
    if engine is EndpointEngine.VLLM:
        found += _vllm(args)
    if engine is EndpointEngine.KSERVE:
        found += _kserve(args)
    return found


def _vllm(args: KubernetesEndpointArgs) -> list[Problem]:
    vllm, count = args.get("vllm", {}), workload.accelerators(args)
    found = _where_from(args) + flag_problems("arguments", args.get("arguments", ()))
    if count < 1:
        allowed = "at least 1 with vllm: its image is for NVIDIA GPUs"
        found.append(
            Problem("accelerators", args.get("accelerators", MISSING), allowed, "give 1 or more")
        )
    spread = vllm.get("tensor_parallel_size")
    if spread is not None and count >= 1 and (spread < 1 or count % spread):
        allowed = f"a number that divides accelerators ({count})"
        found.append(Problem("vllm.tensor_parallel_size", spread, allowed, f"use {count}"))
    share = vllm.get("gpu_memory_utilization")
    if share is not None and not 0 < share <= 1:
        allowed = "a number above 0 and up to 1: a share of the accelerators' memory"
        found.append(Problem("vllm.gpu_memory_utilization", share, allowed, "use 0.9"))
    return found + whole_number(
        "vllm.max_model_len", vllm.get("max_model_len"), 1, 100_000_000, "tokens"
    )


def _where_from(args: KubernetesEndpointArgs) -> list[Problem]:
    """Whether the model is in one place, and always the same."""
    vllm, data = args.get("vllm", {}), args.get("model_data")
    found = []
    if data is None and "model" not in vllm:
        allowed = "a folder of the artifact bucket, or vllm.model on the hub"
        found.append(Problem("model_data", MISSING, allowed, "give model_data or vllm.model"))
    if data is not None and "model" in vllm:
        allowed = "model_data or vllm.model, not both"
        found.append(Problem("vllm.model", vllm["model"], allowed, "remove one of them"))
    if data is not None and not data.endswith("/"):
        allowed = "a folder with vllm, which ends in /: vLLM streams safetensors files and unpacks nothing"
        found.append(
            Problem("model_data", data, allowed, "upload the unpacked model and give its folder")
        )
    if "model" in vllm and "revision" not in vllm:
        allowed = "a commit of the model on the hub: its branches change between two pods"
        found.append(Problem("vllm.revision", MISSING, allowed, "give the commit"))
    if "model" not in vllm:
        hubs = {key: value for key, value in vllm.items() if key in ("revision", "hub_token")}
        found += [
            Problem(f"vllm.{key}", _plain(hubs[key]), "nothing without vllm.model", "remove it")
            for key in hubs
        ]
    return found


def flag_problems(key: str, given: Any) -> list[Problem]:
    """Flags of vLLM that are not the user's to set."""
    found = []
    for index, text in enumerate(given):
        flag = text.split("=", 1)[0] if isinstance(text, str) else ""
        if flag not in server.OWN_FLAGS:
            continue
        allowed, fix = (
            "a flag that the endpoint doesn't set itself",
            f"remove it: the arguments of vllm say {flag[2:]}",
        )
        if flag == "--api-key":
            allowed, fix = (
                "no secret in the open: everybody who may read pods would see it",
                "use vllm.api_key, and change the key",
            )
        # The value isn't shown: it could be a key.
        found.append(Problem(f"{key}[{index}]", flag, allowed, fix))
    return found


def _kserve(args: KubernetesEndpointArgs) -> list[Problem]:
    found = []
    if "kserve" not in args:
        found.append(
            Problem(
                "kserve", MISSING, "the model's format", 'give kserve: {"model_format": "sklearn"}'
            )
        )
    if "model_data" not in args:
        found.append(
            Problem(
                "model_data", MISSING, "the model's place in the artifact bucket", "give model_data"
            )
        )
    protocol = args.get("kserve", {}).get("protocol_version")
    if protocol not in (None, "v1", "v2", "grpc-v2"):
        found.append(Problem("kserve.protocol_version", protocol, "v1, v2, grpc-v2", "use v2"))
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else "..."
