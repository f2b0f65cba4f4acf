"""The arguments that a KubernetesEndpoint refuses, before any resource is
registered."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import deploy

ARTIFACTS = {
    "bucket_name": "models",
    "bucket_arn": "arn:aws:s3:::models",
    "kms_key_arn": "arn:aws:kms:us-east-1:1:key/k",
}
IN_BUCKET: Any = {"artifacts": ARTIFACTS, "cluster_name": "training"}
SECRET = {"name": "clients", "key": "key"}
JWT = {"jwt": {"issuer": "https://issuer", "jwks_endpoint": "https://issuer/keys"}}

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c"
CONTAINER: Any = {"image": "docker.io/acme/fraud:1"}
HUB = {"model": "Qwen/Qwen3-8B", "revision": "b968826d"}
VLLM: Any = {"engine": "vllm", "accelerators": 2, "vllm": HUB}
KSERVE: Any = {
    "engine": "kserve",
    "kserve": {"model_format": "sklearn"},
    "model_data": "models/iris/3/",
    **IN_BUCKET,
}
ALB: Any = {
    "host": "f.example.com",
    "certificate_arn": CERTIFICATE,
    "from_networks": ["10.0.0.0/16"],
    "authentication": JWT,
}
GATEWAY: Any = {
    "kind": "gateway",
    "host": "f.example.com",
    "gateway": {"name": "public", "listener": "https"},
    "from_namespaces": ["gateways"],
    "authentication": JWT,
}
NEW: Any = {"percent": 33, "image": "docker.io/acme/fraud:2"}


def without(overrides: Any, key: str) -> Any:
    return {name: value for name, value in overrides.items() if name != key}


def refused(args: Any, name: str = "fraud") -> dict[str, str]:
    """Returns the key of each problem -> its text."""

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint(name, args, pulumi.ResourceOptions(provider=provider))

    with pytest.raises(InvalidArguments) as caught:
        deploy(program)
    manifest = caught.value.manifest  # type: ignore[attr-defined]
    assert [r.type for r in manifest if r.custom] == ["pulumi:providers:kubernetes"]
    for problem in caught.value.problems:
        # A range, or a list of choices, is its own fix.
        assert problem.fix or problem.allowed.startswith(("a whole number from", "auto, ")), problem
    return {problem.key: str(problem) for problem in caught.value.problems}


@pytest.mark.parametrize(
    "args",
    [CONTAINER, VLLM, KSERVE, {**CONTAINER, "ingress": ALB}, {**CONTAINER, "ingress": GATEWAY}],
)
def test_the_base_arguments_are_valid(args: Any) -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", args, pulumi.ResourceOptions(provider=provider))

    deploy(program)


def test_a_provider_is_required() -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: KubernetesEndpoint("fraud", CONTAINER))
    (problem,) = caught.value.problems
    assert problem.key == "opts.provider"


@pytest.mark.parametrize(
    ("args", "key", "says"),
    [
        # The engine.
        ({}, "image", "is missing"),
        ({"image": "docker.io/acme/fraud:latest"}, "image", "latest"),
        ({"image": "fraud"}, "image", "REGISTRY/REPOSITORY:TAG"),
        ({**CONTAINER, "vllm": HUB}, "vllm", "nothing with container"),
        ({**CONTAINER, "kserve": {"model_format": "sklearn"}}, "kserve", "nothing with container"),
        ({**VLLM, "port": 9000}, "port", "vLLM's is 8000"),
        ({**VLLM, "health_path": "/ping"}, "health_path", "vLLM's is /health"),
        ({**VLLM, "kserve": {"model_format": "sklearn"}}, "kserve", "another engine"),
        *[
            ({**KSERVE, key: value}, key, "nothing with kserve")
            for key, value in {
                "image": "docker.io/acme/fraud:1",
                "port": 9000,
                "health_path": "/ping",
                "health_check_timeout_seconds": 600,
                "run_as_user": 1000,
                "allow_root": True,
                "writable_paths": ["/cache"],
                "shared_memory_gib": 1,
                "volume_size_gb": 10,
                "vllm": HUB,
            }.items()
        ],
        ({**KSERVE, "canary": NEW}, "canary", "canaryTrafficPercent"),
        (without(KSERVE, "kserve"), "kserve", "is missing"),
        ({"engine": "kserve", "kserve": {"model_format": "sklearn"}}, "model_data", "is missing"),
        (
            {**KSERVE, "kserve": {"model_format": "sklearn", "protocol_version": "v3"}},
            "kserve.protocol_version",
            "v2",
        ),
        # vLLM.
        (without(VLLM, "accelerators"), "accelerators", "at least 1"),
        (without(VLLM, "vllm"), "model_data", "vllm.model"),
        ({**VLLM, "vllm": {"model": "Qwen/Qwen3-8B"}}, "vllm.revision", "is missing"),
        ({**VLLM, **IN_BUCKET, "model_data": "models/qwen/3/"}, "vllm.model", "not both"),
        (
            {**VLLM, "vllm": {}, **IN_BUCKET, "model_data": "models/qwen/3/model.tar.gz"},
            "model_data",
            "safetensors",
        ),
        (
            {**VLLM, "vllm": {"hub_token": SECRET}, **IN_BUCKET, "model_data": "models/q/3/"},
            "vllm.hub_token",
            "nothing",
        ),
        (
            {**VLLM, "vllm": {**HUB, "tensor_parallel_size": 3}},
            "vllm.tensor_parallel_size",
            "divides accelerators (2)",
        ),
        (
            {**VLLM, "vllm": {**HUB, "gpu_memory_utilization": 90.0}},
            "vllm.gpu_memory_utilization",
            "up to 1",
        ),
        ({**VLLM, "vllm": {**HUB, "max_model_len": 0}}, "vllm.max_model_len", "from 1"),
        ({**VLLM, "vllm": {**HUB, "dtype": "int4"}}, "vllm.dtype", "bfloat16"),
        ({**VLLM, "arguments": ["--port=9000"]}, "arguments[0]", "does not set itself"),
        ({**VLLM, "arguments": ["--api-key", "sk-1"]}, "arguments[0]", "no secret: everybody"),
        # The model and who may read it.
        ({**CONTAINER, "model_data": "models/fraud/3/"}, "artifacts", "is missing"),
        ({**CONTAINER, **IN_BUCKET}, "model_data", "is missing"),
        (
            {**CONTAINER, "artifacts": ARTIFACTS, "model_data": "models/fraud/3/"},
            "cluster_name",
            "pod identity",
        ),
        ({**CONTAINER, "cluster_name": "training"}, "artifacts", "is missing"),
        (
            {**CONTAINER, **IN_BUCKET, "model_data": "s3://models/fraud/3/"},
            "model_data",
            "inside the bucket",
        ),
        # Names and places.
        ({**CONTAINER, "endpoint_name": "Fraud_1"}, "endpoint_name", "lower-case"),
        ({**CONTAINER, "endpoint_name": "f" * 51}, "endpoint_name", "at most 50"),
        ({**CONTAINER, "namespace": "Risk"}, "namespace", "lower-case"),
        ({**CONTAINER, "reached_from": ["web", "a b"]}, "reached_from[1]", "a namespace"),
        ({**CONTAINER, "service_account": "risk"}, "service_account", "an existing namespace"),
        ({**CONTAINER, "pool": "gpu", "node_labels": {"a": "b"}}, "node_labels", "not both"),
        ({**CONTAINER, "pool": "a b"}, "pool", "name of a pool"),
        ({**CONTAINER, "node_labels": {"a b": "c"}}, "node_labels.a b", "a Kubernetes label"),
        ({**CONTAINER, "taints": [{"key": "a b", "value": ""}]}, "taints[0]", "a Kubernetes label"),
        # Sizes.
        ({**CONTAINER, "replicas": 0}, "replicas", "from 1"),
        ({**CONTAINER, "accelerators": 17}, "accelerators", "to 16"),
        (
            {**CONTAINER, "accelerator": "amd.com/gpu"},
            "accelerator",
            "nothing without accelerators",
        ),
        ({**CONTAINER, "accelerators": 1, "accelerator": "gpu"}, "accelerator", "vendor's domain"),
        ({**CONTAINER, "cpu": 0.0}, "cpu", "above 0"),
        ({**CONTAINER, "memory_gib": 0}, "memory_gib", "from 1"),
        ({**CONTAINER, "shared_memory_gib": 2}, "shared_memory_gib", "less than memory_gib (2)"),
        ({**CONTAINER, "volume_size_gb": 0}, "volume_size_gb", "from 1"),
        (
            {**CONTAINER, "health_check_timeout_seconds": 10},
            "health_check_timeout_seconds",
            "from 60",
        ),
        ({**CONTAINER, "request_timeout_seconds": 3601}, "request_timeout_seconds", "to 3600"),
        # The container.
        ({**CONTAINER, "port": 80}, "port", "from 1024"),
        ({**CONTAINER, "health_path": "ping"}, "health_path", "begins with /"),
        ({**CONTAINER, "run_as_user": -1}, "run_as_user", "from 0"),
        ({**CONTAINER, "run_as_user": 0}, "run_as_user", "set allow_root where the image"),
        ({**VLLM, "run_as_user": 0}, "run_as_user", "0 is root"),
        ({**CONTAINER, "run_as_user": 0, "allow_root": False}, "run_as_user", "0 is root"),
        ({**CONTAINER, "allow_root": True}, "allow_root", "unless run_as_user is 0"),
        ({**CONTAINER, "run_as_user": 7, "allow_root": True}, "allow_root", "remove it"),
        ({**CONTAINER, "writable_paths": ["cache"]}, "writable_paths[0]", "a folder"),
        ({**CONTAINER, "writable_paths": ["/var/../etc"]}, "writable_paths[0]", "a folder"),
        (
            {**CONTAINER, "environment": {"A-B": "c"}},
            "environment.A-B",
            "the name of an environment variable",
        ),
        (
            {**CONTAINER, "environment": {"A": "b"}, "secrets": {"A": SECRET}},
            "secrets.A",
            "environment does not set",
        ),
        # Rollouts.
        (
            {**CONTAINER, "rollout": {"max_surge": 0}},
            "rollout.max_surge",
            "no pod could be replaced",
        ),
        (
            {**CONTAINER, "rollout": {"max_unavailable": 2}},
            "rollout.max_unavailable",
            "none that serves",
        ),
        (
            {**CONTAINER, "replicas": 1, "rollout": {"max_unavailable": 1}},
            "rollout.max_unavailable",
            "none that serves",
        ),
        (
            {**CONTAINER, "rollout": {"timeout_seconds": 630}},
            "rollout.timeout_seconds",
            "more than 630",
        ),
        (
            {**CONTAINER, "rollout": {"min_ready_seconds": 4000}},
            "rollout.min_ready_seconds",
            "to 3600",
        ),
        # Scaling.
        (
            {**CONTAINER, "scaling": {"min": 0, "max": 4}},
            "scaling.min",
            "no object holds a request",
        ),
        ({**CONTAINER, "scaling": {"min": 3, "max": 4}}, "scaling.min", "at most 2"),
        ({**CONTAINER, "scaling": {"max": 1}}, "scaling.max", "at least 2"),
        (
            {**CONTAINER, "accelerators": 1, "scaling": {"max": 4}},
            "scaling.metric",
            "says nothing of the load",
        ),
        (
            {**VLLM, "scaling": {"max": 4, "metric": "cpu"}},
            "scaling.metric",
            "says nothing of the load",
        ),
        ({**VLLM, "scaling": {"max": 4}}, "scaling.keda", "does not query Prometheus"),
        (
            {**VLLM, "prometheus": False, "scaling": {"max": 4, "keda": True}},
            "scaling.prometheus_url",
            "is missing",
        ),
        (
            {**CONTAINER, "scaling": {"max": 4, "metric": "running-requests", "keda": True}},
            "scaling.metric",
            "without vllm",
        ),
        (
            {**CONTAINER, "scaling": {"max": 4, "metric": "query", "target": 1, "keda": True}},
            "scaling.query",
            "PromQL",
        ),
        (
            {**CONTAINER, "scaling": {"max": 4, "metric": "query", "query": "x", "keda": True}},
            "scaling.target",
            "for each pod",
        ),
        (
            {**CONTAINER, "scaling": {"max": 4, "query": "x"}},
            "scaling.query",
            "nothing with the metric cpu",
        ),
        ({**CONTAINER, "scaling": {"max": 4, "target": 0}}, "scaling.target", "above 0"),
        ({**CONTAINER, "scaling": {"max": 4, "target": 150}}, "scaling.target", "from 1 to 100"),
        (
            {**CONTAINER, "scaling": {"max": 4, "scale_in_cooldown_seconds": 9000}},
            "scaling.scale_in_cooldown_seconds",
            "3600",
        ),
        # A candidate.
        ({**CONTAINER, "canary": {**NEW, "percent": 51}}, "canary.percent", "from 0 to 50"),
        (
            {**CONTAINER, "canary": {**NEW, "percent": 10}},
            "canary.percent",
            "about 33 without ingress: 1 of 3 pods",
        ),
        (
            {**CONTAINER, "canary": NEW, "scaling": {"max": 4}},
            "canary.percent",
            "autoscaling changes them",
        ),
        (
            {**CONTAINER, "canary": {**NEW, "replicas": 2}},
            "canary.replicas",
            "nothing without ingress",
        ),
        ({**CONTAINER, "canary": {"percent": 33}}, "canary", "what changes"),
        (
            {**CONTAINER, "canary": {**NEW, "image": "docker.io/acme/fraud"}},
            "canary.image",
            "latest",
        ),
        (
            {**CONTAINER, "canary": {"percent": 33, "model_data": "m/1/"}},
            "canary.model_data",
            "nothing without artifacts",
        ),
        ({**CONTAINER, "canary": {**NEW, "model": "a/b"}}, "canary.model", "nothing without vllm"),
        ({**VLLM, "canary": {"percent": 33, "model": "a/b"}}, "canary.revision", "is missing"),
        (
            {**VLLM, "canary": {"percent": 33, "arguments": ["--api-key=sk"]}},
            "canary.arguments[0]",
            "no secret",
        ),
        # An ingress.
        (
            {**CONTAINER, "ingress": without(ALB, "authentication")},
            "ingress.authentication",
            "everybody may call is refused",
        ),
        (
            {**VLLM, "ingress": without(ALB, "authentication")},
            "ingress.authentication",
            "or vllm.api_key",
        ),
        (
            {**CONTAINER, "ingress": {**ALB, "authentication": {}}},
            "ingress.authentication",
            "exactly one",
        ),
        (
            {**CONTAINER, "ingress": without(ALB, "certificate_arn")},
            "ingress.certificate_arn",
            "are encrypted",
        ),
        (
            {**CONTAINER, "ingress": without(ALB, "from_networks")},
            "ingress.from_networks",
            "the network policy denies",
        ),
        (
            {**CONTAINER, "ingress": {**ALB, "from_networks": ["10.0.0.1/16"]}},
            "ingress.from_networks[0]",
            "CIDR",
        ),
        (
            {**CONTAINER, "ingress": {**ALB, "allowed_networks": ["all"]}},
            "ingress.allowed_networks[0]",
            "CIDR",
        ),
        (
            {**CONTAINER, "ingress": {**ALB, "paths": ["invocations"]}},
            "ingress.paths[0]",
            "begins with /",
        ),
        (
            {**CONTAINER, "ingress": {**ALB, "gateway": GATEWAY["gateway"]}},
            "ingress.gateway",
            "nothing with alb",
        ),
        ({**CONTAINER, "ingress": without(GATEWAY, "gateway")}, "ingress.gateway", "is missing"),
        (
            {**CONTAINER, "ingress": {**GATEWAY, "certificate_arn": CERTIFICATE}},
            "ingress.certificate_arn",
            "has its own",
        ),
        (
            {**CONTAINER, "ingress": {**GATEWAY, "scheme": "internal"}},
            "ingress.scheme",
            "has its own",
        ),
        (
            {
                **VLLM,
                "vllm": {**HUB, "api_key": SECRET},
                "ingress": {**without(ALB, "authentication"), "paths": ["/v1", "/pause"]},
            },
            "ingress.paths[1]",
            "vLLM checks its key for no other path",
        ),
        # Alerts.
        (
            {**CONTAINER, "alarms": {"max_error_percent": 2.0}},
            "alarms.max_error_percent",
            "nothing without metrics",
        ),
        (
            {**CONTAINER, "alarms": {"max_latency_ms": 500.0}},
            "alarms.max_latency_ms",
            "nothing without metrics",
        ),
        (
            {**CONTAINER, "alarms": {"max_first_token_ms": 500.0}},
            "alarms.max_first_token_ms",
            "nothing without vllm",
        ),
        (
            {**CONTAINER, "alarms": {"max_waiting_requests": 5}},
            "alarms.max_waiting_requests",
            "nothing without vllm",
        ),
        (
            {**VLLM, "alarms": {"max_error_percent": 101.0}},
            "alarms.max_error_percent",
            "above 0 and up to 100",
        ),
        ({**VLLM, "alarms": {"max_first_token_ms": 0.0}}, "alarms.max_first_token_ms", "above 0"),
        ({**VLLM, "alarms": {"evaluation_minutes": 0}}, "alarms.evaluation_minutes", "from 1"),
        (
            {**VLLM, "prometheus": False, "alarms": {"evaluation_minutes": 5}},
            "alarms",
            "prometheus is false",
        ),
        ({**VLLM, "prometheus": False, "metrics": {}}, "metrics", "prometheus is false"),
    ],
)
def test_invalid_arguments_are_refused_by_key(args: Any, key: str, says: str) -> None:
    reported = refused(args)
    assert list(reported) == [key]
    assert says in reported[key]


def test_a_key_in_arguments_is_not_repeated() -> None:
    assert "sk-secret" not in str(refused({**VLLM, "arguments": ["--api-key=sk-secret"]}))


def test_all_problems_are_reported_at_once() -> None:
    wrong: Any = {
        "engine": "vllm",
        "image": "docker.io/vllm/vllm-openai:latest",
        "replicas": 0,
        "imagee": "x",
        "rollout": {"max_surge": 0, "max_unavailable": 0},
        "scaling": {"min": 0, "max": 9, "metric": "cpu"},
        "ingress": {"host": "f.example.com"},
        "alarms": {"max_error_percent": 200.0},
    }
    assert set(refused(wrong)) >= {
        "imagee",
        "image",
        "model_data",
        "accelerators",
        "replicas",
        "rollout.max_surge",
        "scaling.min",
        "ingress.authentication",
        "ingress.certificate_arn",
        "ingress.from_networks",
        "alarms.max_error_percent",
    }
