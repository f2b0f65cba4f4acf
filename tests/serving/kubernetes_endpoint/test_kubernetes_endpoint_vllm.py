"""A KubernetesEndpoint that serves a language model with vLLM."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.serving.kubernetes_endpoint import images
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy, policy

ARTIFACTS = {
    "bucket_name": "models",
    "bucket_arn": "arn:aws:s3:::models",
    "kms_key_arn": "arn:aws:kms:us-east-1:1:key/k",
}
COMMIT = "b968826d9c46dd6066d109eabc6255188de91218"
FROM_BUCKET: Any = {
    "engine": "vllm",
    "model_data": "models/qwen/3/",
    "artifacts": ARTIFACTS,
    "cluster_name": "training",
    "accelerators": 2,
}
FROM_HUB: Any = {
    "engine": "vllm",
    "image": "docker.io/vllm/vllm-openai:v0.31.0",
    "accelerators": 8,
    "vllm": {
        "model": "Qwen/Qwen3-8B",
        "revision": COMMIT,
        "hub_token": {"name": "hub", "key": "token"},
        "served_model_name": "qwen",
        "tensor_parallel_size": 4,
        "max_model_len": 32768,
        "gpu_memory_utilization": 0.85,
        "dtype": "bfloat16",
        "quantization": "fp8",
        "api_key": {"name": "clients", "key": "key"},
    },
    "arguments": ["--enable-prefix-caching"],
    "environment": {"VLLM_LOGGING_LEVEL": "WARNING"},
}


def endpoint(args: Any) -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("qwen", args, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


@pytest.fixture(scope="module")
def from_bucket() -> Plan:
    return endpoint(FROM_BUCKET)


@pytest.fixture(scope="module")
def from_hub() -> Plan:
    return endpoint(FROM_HUB)


def pod(plan: Plan) -> Any:
    return plan.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]


def test_weights_are_streamed_from_the_bucket(from_bucket: Plan) -> None:
    spec = pod(from_bucket)
    (container,) = spec["containers"]
    assert container["image"] == images.VLLM
    assert container["command"] == ["vllm", "serve"]
    assert container["args"] == [
        "s3://models/models/qwen/3/",
        "--port=8000",
        "--served-model-name=qwen",
        "--load-format=runai_streamer",
        "--tensor-parallel-size=2",
        "--shutdown-timeout=600",
    ]
    assert container["env"] == [
        {"name": "HF_HUB_OFFLINE", "value": "1"},
        {"name": "HOME", "value": "/home/vllm"},
        {"name": "RUNAI_STREAMER_MEMORY_LIMIT", "value": str(12 * 1024**3)},
        {"name": "USER", "value": "vllm"},
        {"name": "VLLM_NO_USAGE_STATS", "value": "1"},
    ]
    assert spec["initContainers"] == []


def test_all_flags_are_vllms_own(from_hub: Plan) -> None:
    (container,) = pod(from_hub)["containers"]
    assert container["args"] == [
        "Qwen/Qwen3-8B",
        "--port=8000",
        "--served-model-name=qwen",
        f"--revision={COMMIT}",
        "--tensor-parallel-size=4",
        "--data-parallel-size=2",
        "--max-model-len=32768",
        "--gpu-memory-utilization=0.85",
        "--dtype=bfloat16",
        "--quantization=fp8",
        "--shutdown-timeout=600",
        "--enable-prefix-caching",
    ]


def test_keys_come_from_secrets_and_never_as_flags(from_hub: Plan) -> None:
    (container,) = pod(from_hub)["containers"]
    assert container["env"] == [
        {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}},
        {"name": "HOME", "value": "/home/vllm"},
        {"name": "USER", "value": "vllm"},
        {"name": "VLLM_API_KEY", "valueFrom": {"secretKeyRef": {"name": "clients", "key": "key"}}},
        {"name": "VLLM_LOGGING_LEVEL", "value": "WARNING"},
        {"name": "VLLM_NO_USAGE_STATS", "value": "1"},
    ]


def test_it_runs_as_its_own_user_with_folders_it_can_write_to(
    from_bucket: Plan, from_hub: Plan
) -> None:
    for plan, size in ((from_bucket, "30G"), (from_hub, "100G")):
        spec = pod(plan)
        assert spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 2000,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
        assert spec["containers"][0]["volumeMounts"] == [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
            {"name": "home", "mountPath": "/home/vllm"},
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108
        ]
        assert spec["volumes"] == [
            {"name": "tmp", "emptyDir": {"sizeLimit": size}},
            {"name": "home", "emptyDir": {"sizeLimit": size}},
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}},
        ]


def test_a_large_model_has_time_to_load(from_bucket: Plan) -> None:
    container, spec = (
        pod(from_bucket)["containers"][0],
        from_bucket.one("kubernetes:apps/v1:Deployment").inputs["spec"],
    )
    probe = container["startupProbe"]
    assert probe["httpGet"] == {"path": "/health", "port": "http"}
    assert probe["periodSeconds"] * probe["failureThreshold"] == 1800
    assert spec["progressDeadlineSeconds"] == 3600


def test_accelerators_bring_cores_and_memory(from_bucket: Plan) -> None:
    (container,) = pod(from_bucket)["containers"]
    assert container["resources"] == {
        "requests": {
            "cpu": "6",
            "memory": "24Gi",
            "nvidia.com/gpu": "2",
            "ephemeral-storage": "30G",
        },
        "limits": {"memory": "24Gi", "nvidia.com/gpu": "2"},
    }


def test_only_a_model_of_the_bucket_needs_aws(from_bucket: Plan, from_hub: Plan) -> None:
    assert not [r for r in from_hub.manifest if r.type.startswith("aws:")]
    assert {r.name for r in from_bucket.manifest if r.type.startswith("aws:")} == {
        "qwen-access",
        "qwen-access-policy",
        "qwen-identity",
    }


def test_pods_may_read_the_model_and_its_versions_and_nothing_else(from_bucket: Plan) -> None:
    statements = policy(from_bucket.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert set(statements) == {"ReadObjects", "ListObjects", "LocateBucket", "DecryptObjects"}
    assert statements["ReadObjects"]["Resource"] == "arn:aws:s3:::models/models/qwen/*"
    assert statements["ListObjects"]["Condition"] == {"StringLike": {"s3:prefix": "models/qwen/*"}}
    assert not [
        action
        for s in statements.values()
        for action in s["Action"]
        if "Put" in action or "Delete" in action
    ]


def test_the_role_is_associated_with_the_pods_by_pod_identity(from_bucket: Plan) -> None:
    association = from_bucket.one("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert association.inputs["clusterName"] == "training"
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (
        "qwen",
        "qwen",
    )
    assert association.inputs["roleArn"] == "${qwen-access.arn}"
    assert association.inputs["tags"] == {"groundplan:component": "qwen"}
    assert "qwen-access-policy" in from_bucket.dependencies(association)
    assert (
        "pods.eks.amazonaws.com" in from_bucket.one("aws:iam/role:Role").inputs["assumeRolePolicy"]
    )


def test_the_hub_is_reached_by_https(from_hub: Plan) -> None:
    egress = from_hub.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]["egress"]
    assert [[port["port"] for port in rule["ports"]] for rule in egress] == [[53, 53], [443]]


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_all_objects_are_valid_for_kubernetes(
    from_bucket: Plan, from_hub: Plan, version: str
) -> None:
    for plan in (from_bucket, from_hub):
        for resource in plan.manifest:
            if resource.type.startswith("kubernetes:") and "coreos" not in resource.type:
                kubernetes_validate.validate(resource.inputs, version, strict=True)
