"""Bounds of a KubernetesEndpoint's numbers, texts and lists; proposed fixes are
valid."""

import re
from typing import Any

import pytest
from groundplan.arguments import Unknown, defaults_of, hints_of, read
from groundplan.context import Context
from groundplan.problems import Problem
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.spec import resolve
from groundplan.serving.kubernetes_endpoint.validation import validate

CONTEXT = Context("fraud", "ml", "dev", has_kubernetes_provider=True)
ARTIFACTS = {"bucket_name": "b", "bucket_arn": "arn:aws:s3:::b", "kms_key_arn": Unknown()}
CONTAINER: Any = {"image": "docker.io/acme/fraud:1"}
VLLM: Any = {
    "engine": "vllm",
    "accelerators": 2,
    "vllm": {"model": "Qwen/Qwen3-8B", "revision": "b968826d"},
}
KSERVE: Any = {
    "engine": "kserve",
    "kserve": {"model_format": "sklearn"},
    "model_data": "models/iris/3/",
    "artifacts": ARTIFACTS,
    "cluster_name": Unknown(),
}
ALB: Any = {
    "host": "f.example.com",
    "certificate_arn": Unknown(),
    "from_networks": ["10.0.0.0/16"],
    "authentication": {"jwt": {"issuer": "https://issuer", "jwks_endpoint": "https://keys"}},
}
CANARY: Any = {"percent": 33, "image": "docker.io/acme/fraud:2"}


def problems(args: Any) -> list[Problem]:
    """The problems of arguments; those of their shape are none."""
    valid, shape = read(KubernetesEndpointArgs, args)
    assert shape == []
    return validate(valid, CONTEXT)


def changed(args: Any, path: str, value: Any) -> Any:
    """The arguments with another value at a dotted path."""
    first, _, rest = path.partition(".")
    return {**args, first: changed(args.get(first, {}), rest, value) if rest else value}


INGRESS: Any = {**CONTAINER, "ingress": ALB}
WITH_METRICS: Any = {**CONTAINER, "metrics": {}}
QUERY: Any = {
    **CONTAINER,
    "scaling": {"max": 4, "metric": "query", "query": "x", "target": 1, "keda": True},
}

BOUNDS: list[tuple[Any, str, list[Any], list[Any]]] = [
    # arguments, key, refused values, accepted values
    (CONTAINER, "port", [-1, 0, 1023, 65_536], [1024, 65_535]),
    (CONTAINER, "replicas", [-1, 0, 1001], [1, 1000]),
    (CONTAINER, "accelerators", [-1, 17], [0, 16]),
    (CONTAINER, "cpu", [-1, 0, 1000.5], [0.1, 1000]),
    (CONTAINER, "memory_gib", [-1, 0], [1]),
    (CONTAINER, "shared_memory_gib", [-1, 2], [0, 1]),
    (CONTAINER, "volume_size_gb", [-1, 0, 16_385], [1, 16_384]),
    (CONTAINER, "run_as_user", [-1, 0], [1, 1000]),
    ({**CONTAINER, "allow_root": True}, "run_as_user", [], [0]),
    (CONTAINER, "health_check_timeout_seconds", [-1, 0, 59, 7201], [60, 7200]),
    (CONTAINER, "request_timeout_seconds", [-1, 0, 3601], [1, 3600]),
    (CONTAINER, "rollout.max_surge", [-1, 101], [1, 100]),
    (CONTAINER, "rollout.max_unavailable", [-1, 101], [0, 1]),
    (CONTAINER, "rollout.min_ready_seconds", [-1, 3601], [0, 30]),
    (CONTAINER, "rollout.timeout_seconds", [-1, 0, 86_401], [900, 86_400]),
    ({**CONTAINER, "scaling": {"max": 4}}, "scaling.min", [-1, 0], [1, 2]),
    (CONTAINER, "scaling.max", [-1, 0, 1, 1001], [2, 1000]),
    (QUERY, "scaling.target", [-1, 0], [0.5, 2]),
    ({**CONTAINER, "scaling": {"max": 4}}, "scaling.target", [-1, 0, 0.5, 101], [1, 100]),
    ({**CONTAINER, "scaling": {"max": 4}}, "scaling.scale_in_cooldown_seconds", [-1, 3601], [0]),
    ({**INGRESS, "canary": CANARY}, "canary.percent", [-1, 51], [0, 50]),
    ({**INGRESS, "canary": CANARY}, "canary.replicas", [-1, 0, 1001], [1, 1000]),
    (VLLM, "vllm.tensor_parallel_size", [-1, 0, 3], [1, 2]),
    ({**CONTAINER, "engine": "vllm"}, "vllm.tensor_parallel_size", [0], []),
    (VLLM, "vllm.max_model_len", [-1, 0], [1]),
    (VLLM, "vllm.gpu_memory_utilization", [-0.1, 0, 1.1], [0.1, 1]),
    (WITH_METRICS, "alarms.max_error_percent", [-1, 0, 101], [0.5, 100]),
    (WITH_METRICS, "alarms.max_latency_ms", [-1, 0], [0.5]),
    (VLLM, "alarms.max_first_token_ms", [-1, 0], [0.5]),
    (VLLM, "alarms.max_waiting_requests", [-1, 0], [1]),
    (VLLM, "alarms.evaluation_minutes", [-1, 0, 61], [1, 60]),
    # Texts.
    (CONTAINER, "image", ["", "fraud"], []),
    (CONTAINER, "endpoint_name", ["", "Fraud"], ["fraud"]),
    (CONTAINER, "namespace", ["", "Risk"], ["risk"]),
    (CONTAINER, "pool", ["a b"], ["gpu"]),
    (CONTAINER, "priority_class", [""], ["serving"]),
    (CONTAINER, "health_path", ["", "ping"], ["/ping"]),
    ({**CONTAINER, "namespace": "risk"}, "service_account", [""], ["risk"]),
    (KSERVE, "cluster_name", [""], ["training"]),
    (KSERVE, "kserve.model_format", [""], ["onnx"]),
    (KSERVE, "kserve.runtime", [""], ["own"]),
    (VLLM, "vllm.model", [""], ["a/b"]),
    (VLLM, "vllm.revision", [""], ["main"]),
    (VLLM, "vllm.served_model_name", [""], ["chat"]),
    (VLLM, "vllm.quantization", [""], ["fp8"]),
    (WITH_METRICS, "metrics.path", ["", "metrics"], ["/stats"]),
    (WITH_METRICS, "metrics.requests", ["", "http requests"], ["http:requests_total"]),
    (WITH_METRICS, "metrics.latency", ["", "latency_bucket"], ["latency_seconds"]),
    (VLLM, "alarms.runbooks_url", ["", "runbooks"], ["https://example.com/runbooks"]),
    (INGRESS, "ingress.host", ["", "https://f.example.com"], ["*.example.com"]),
    (INGRESS, "ingress.class_name", [""], ["alb"]),
    (INGRESS, "ingress.paths", [[]], [["/"]]),
    # An empty list would be no restriction.
    (INGRESS, "ingress.allowed_networks", [[]], [["10.0.0.0/8"]]),
    (INGRESS, "ingress.from_namespaces", [["Gateways"]], [["gateways"]]),
    ({**CONTAINER, "canary": CANARY}, "canary.environment", [{"A-B": "c"}], [{"A": ""}]),
]


@pytest.mark.parametrize(("args", "key", "refused", "accepted"), BOUNDS)
def test_bounds(args: Any, key: str, refused: list[Any], accepted: list[Any]) -> None:
    for value in refused:
        keys = [problem.key for problem in problems(changed(args, key, value))]
        assert [k for k in keys if k.startswith(key)], value
    for value in accepted:
        assert problems(changed(args, key, value)) == [], value


def test_empty_values_that_kubernetes_accepts() -> None:
    args = {
        **CONTAINER,
        "environment": {"A": ""},
        "node_labels": {"example.com/gpu": ""},
        "taints": [{"key": "team", "value": ""}],
        "arguments": [""],
    }
    assert problems(args) == []


def test_secrets_have_a_name_and_a_key() -> None:
    args = {**CONTAINER, "secrets": {"TOKEN": {"name": "", "key": ""}}}
    assert {problem.key for problem in problems(args)} == {
        "secrets.TOKEN.name",
        "secrets.TOKEN.key",
    }


@pytest.mark.parametrize(("args", "key", "refused", "accepted"), BOUNDS)
def test_a_proposed_value_is_accepted(
    args: Any, key: str, refused: list[Any], accepted: list[Any]
) -> None:
    for value in refused:
        for problem in problems(changed(args, key, value)):
            match = re.match(r"use (\S+?)(?:,|$| or more)", problem.fix)
            if match is None or problem.key != key:
                continue
            text = match[1]
            fixed = float(text) if re.fullmatch(r"[\d.]+", text) else text
            wrong = {p.key: p for p in problems(changed(args, key, fixed))}
            assert key not in wrong, (problem, fixed)


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({**CONTAINER, "replicas": 1, "rollout": {"max_surge": 0}}, "rollout.max_surge"),
        ({**CONTAINER, "rollout": {"timeout_seconds": 10}}, "rollout.timeout_seconds"),
        ({**CONTAINER, "scaling": {"max": 1}}, "scaling.max"),
        ({**CONTAINER, "scaling": {"min": 3, "max": 4}}, "scaling.min"),
        ({**CONTAINER, "canary": {**CANARY, "percent": 10}}, "canary.percent"),
        ({**CONTAINER, "canary": CANARY, "scaling": {"max": 4}}, "canary.percent"),
        ({**CONTAINER, "memory_gib": 1, "shared_memory_gib": 4}, "shared_memory_gib"),
    ],
)
def test_a_proposed_number_solves_the_problem(args: Any, key: str) -> None:
    (problem,) = problems(args)
    assert problem.key == key
    fixed = int(re.findall(r"use (\d+)", problem.fix)[0])
    assert problems(changed(args, key, fixed)) == []


def test_a_path_that_is_proposed_for_vllm_is_one_that_its_key_protects() -> None:
    key = {"name": "clients", "key": "key"}
    open_ingress = {name: value for name, value in ALB.items() if name != "authentication"}
    args = changed({**VLLM, "ingress": {**open_ingress, "paths": ["v2"]}}, "vllm.api_key", key)
    (problem,) = problems(args)
    assert problem.fix == "use /v1, or set authentication"


def test_a_network_with_host_bits_is_corrected() -> None:
    (problem,) = problems(changed(INGRESS, "ingress.from_networks", ["10.0.0.1/16"]))
    assert problem.fix == "use 10.0.0.0/16"


def test_defaults_are_in_the_specification() -> None:
    valid, _ = read(KubernetesEndpointArgs, CONTAINER)
    spec = resolve(valid, CONTEXT)
    table = defaults_of(KubernetesEndpointArgs)
    assert set(table) <= set(hints_of(KubernetesEndpointArgs))
    assert (spec.stable.replicas, spec.stable.port) == (table["replicas"], table["port"])
    assert (spec.name, spec.namespace, spec.creates_namespace) == ("fraud", "fraud", True)


@pytest.mark.parametrize(("args", "user"), [(VLLM, 2000), (CONTAINER, None)])
def test_the_user_is_vllms_or_the_images(args: Any, user: int | None) -> None:
    valid, _ = read(KubernetesEndpointArgs, args)
    assert resolve(valid, CONTEXT).stable.run_as_user == user
