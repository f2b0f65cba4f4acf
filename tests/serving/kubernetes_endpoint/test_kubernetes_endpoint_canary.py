"""The candidate of a KubernetesEndpoint, and its share of the requests."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy, policy

ARTIFACTS = {
    "bucket_name": "models",
    "bucket_arn": "arn:aws:s3:::models",
    "kms_key_arn": "arn:aws:kms:us-east-1:1:key/k",
}
IN_BUCKET = {"artifacts": ARTIFACTS, "cluster_name": "training"}
CONTAINER: Any = {"image": "docker.io/acme/fraud:1", "environment": {"LEVEL": "info", "MODE": "a"}}
NEW: Any = {"percent": 33, "image": "docker.io/acme/fraud:2"}
INGRESS: Any = {
    "host": "fraud.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
    "authentication": {"jwt": {"issuer": "https://issuer", "jwks_endpoint": "https://issuer/keys"}},
    "from_networks": ["10.0.0.0/16"],
}


def endpoint(args: Any, **more: Any) -> Plan:
    overrides: Any = {**args, **more}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", overrides, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


def spec(plan: Plan, name: str) -> Any:
    (resource,) = [r for r in plan.manifest if r.name == name]
    return resource.inputs["spec"]


def container(plan: Plan, name: str) -> Any:
    return spec(plan, name)["template"]["spec"]["containers"][0]


def test_a_candidate_has_its_own_pods_and_changes_no_stable_ones() -> None:
    plan = endpoint(CONTAINER, canary={**NEW, "environment": {"MODE": "b"}, "arguments": ["--new"]})
    before = endpoint(CONTAINER)

    assert spec(plan, "fraud-deployment") == spec(before, "fraud-deployment")
    candidate = container(plan, "fraud-canary-deployment")
    assert candidate["image"] == "docker.io/acme/fraud:2"
    assert candidate["args"] == ["--new"]
    assert {"name": "MODE", "value": "b"} in candidate["env"]
    assert {"name": "LEVEL", "value": "info"} in candidate["env"]
    labels = {"app.kubernetes.io/name": "fraud", "app.kubernetes.io/component": "canary"}
    assert spec(plan, "fraud-canary-deployment")["selector"] == {"matchLabels": labels}
    assert spec(plan, "fraud-canary-service")["selector"] == labels


@pytest.mark.parametrize(
    ("replicas", "percent", "pods"), [(2, 33, 1), (3, 25, 1), (9, 10, 1), (8, 20, 2), (2, 50, 2)]
)
def test_without_ingress_the_numbers_of_pods_are_the_share(
    replicas: int, percent: int, pods: int
) -> None:
    plan = endpoint(CONTAINER, replicas=replicas, canary={**NEW, "percent": percent})
    assert spec(plan, "fraud-canary-deployment")["replicas"] == pods
    assert spec(plan, "fraud-service")["selector"] == {"app.kubernetes.io/name": "fraud"}


def test_at_zero_percent_the_candidate_has_no_requests_but_a_service() -> None:
    plan = endpoint(CONTAINER, canary={**NEW, "percent": 0})
    assert spec(plan, "fraud-service")["selector"]["app.kubernetes.io/component"] == "stable"
    assert spec(plan, "fraud-canary-service")["selector"]["app.kubernetes.io/component"] == "canary"
    assert spec(plan, "fraud-canary-deployment")["replicas"] == 1


@pytest.mark.parametrize(
    ("overrides", "pods"),
    [({"percent": 5}, 1), ({"percent": 50}, 5), ({"percent": 5, "replicas": 3}, 3)],
)
def test_with_an_ingress_the_share_is_a_weight_and_the_pods_are_sized_by_it(
    overrides: Any, pods: int
) -> None:
    plan = endpoint(CONTAINER, replicas=10, ingress=INGRESS, canary={**NEW, **overrides})
    assert spec(plan, "fraud-canary-deployment")["replicas"] == pods
    assert spec(plan, "fraud-service")["selector"]["app.kubernetes.io/component"] == "stable"


def test_a_load_balancer_splits_by_weight() -> None:
    plan = endpoint(CONTAINER, ingress=INGRESS, canary={**NEW, "percent": 10})
    ingress = plan.one("kubernetes:networking.k8s.io/v1:Ingress").inputs
    assert ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.split"] == (
        '{"forwardConfig": {"targetGroups": [{"serviceName": "fraud", "servicePort": 80, '
        '"weight": 90}, '
        '{"serviceName": "fraud-canary", "servicePort": 80, "weight": 10}]}, "type": "forward"}'
    )
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"] == {"service": {"name": "split", "port": {"name": "use-annotation"}}}


def test_a_gateway_splits_by_weight() -> None:
    gateway = {
        "host": "f.example.com",
        "kind": "gateway",
        "gateway": {"name": "public", "listener": "https"},
    }
    asked = {
        **gateway,
        "authentication": INGRESS["authentication"],
        "from_networks": ["10.0.0.0/16"],
    }
    plan = endpoint(CONTAINER, ingress=asked, canary={**NEW, "percent": 10})
    (rule,) = plan.one("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute").inputs["spec"]["rules"]
    assert rule["backendRefs"] == [
        {"name": "fraud", "port": 80, "weight": 90},
        {"name": "fraud-canary", "port": 80, "weight": 10},
    ]
    groups = plan.all("kubernetes:gateway.k8s.aws/v1:TargetGroupConfiguration")
    assert {name: r.inputs["spec"]["targetReference"]["name"] for name, r in groups.items()} == {
        "fraud-target-group": "fraud",
        "fraud-canary-target-group": "fraud-canary",
    }


def test_a_candidate_of_another_model_may_be_read_too() -> None:
    canary = {"percent": 33, "model_data": "models/boosted/1/"}
    plan = endpoint(CONTAINER, **IN_BUCKET, model_data="models/fraud/3/", canary=canary)
    statements = policy(plan.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert statements["ReadObjects"]["Resource"] == "arn:aws:s3:::models/models/fraud/*"
    assert statements["ReadObjects2"]["Resource"] == "arn:aws:s3:::models/models/boosted/*"
    assert statements["ListObjects2"]["Condition"] == {
        "StringLike": {"s3:prefix": "models/boosted/*"}
    }
    (loader,) = spec(plan, "fraud-canary-deployment")["template"]["spec"]["initContainers"]
    assert "s3://models/models/boosted/1/" in loader["args"]


def test_a_candidate_that_loads_a_model_has_egress_where_the_stable_pods_need_none() -> None:
    def ports(plan: Plan) -> list[int]:
        return [
            port["port"]
            for rule in spec(plan, "fraud-network-policy")["egress"]
            for port in rule["ports"]
        ]

    canary = {"percent": 33, "model_data": "models/fraud/4/"}
    assert ports(endpoint(CONTAINER)) == [53, 53]
    assert ports(endpoint(CONTAINER, **IN_BUCKET, canary=canary)) == [53, 53, 443, 80]


def test_another_version_of_the_same_model_needs_no_other_permissions() -> None:
    canary = {"percent": 33, "model_data": "models/fraud/4/"}
    plan = endpoint(CONTAINER, **IN_BUCKET, model_data="models/fraud/3/", canary=canary)
    assert "ReadObjects2" not in policy(plan.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])


@pytest.mark.parametrize(
    ("base", "canary", "begin"),
    [
        (
            {"vllm": {"model": "Qwen/Qwen3-8B", "revision": "aaa"}},
            {"revision": "bbb"},
            ["Qwen/Qwen3-8B", "--revision=bbb"],
        ),
        (
            {"vllm": {"model": "Qwen/Qwen3-8B", "revision": "aaa"}},
            {"model": "Qwen/Qwen4-8B", "revision": "ccc"},
            ["Qwen/Qwen4-8B", "--revision=ccc"],
        ),
        (
            {**IN_BUCKET, "model_data": "models/qwen/3/"},
            {"model_data": "models/qwen/4/"},
            ["s3://models/models/qwen/4/", "--load-format=runai_streamer"],
        ),
        (
            {**IN_BUCKET, "model_data": "models/qwen/3/"},
            {"model": "Qwen/Qwen4-8B", "revision": "ccc"},
            ["Qwen/Qwen4-8B", "--revision=ccc"],
        ),
        (
            {"vllm": {"model": "Qwen/Qwen3-8B", "revision": "aaa"}, **IN_BUCKET},
            {"model_data": "models/qwen/4/"},
            ["s3://models/models/qwen/4/", "--load-format=runai_streamer"],
        ),
    ],
)
def test_a_candidate_of_vllm_is_another_model(base: Any, canary: Any, begin: list[str]) -> None:
    plan = endpoint({"engine": "vllm", "accelerators": 1, **base}, canary={"percent": 33, **canary})
    flags = container(plan, "fraud-canary-deployment")["args"]
    assert flags[0] == begin[0]
    assert begin[1] in flags
    assert len([flag for flag in flags if flag.startswith(("--revision", "--load-format"))]) == 1
    # Clients ask for the same name, whichever answers.
    assert "--served-model-name=fraud" in flags


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_all_objects_are_valid_for_kubernetes(version: str) -> None:
    plan = endpoint(CONTAINER, ingress=INGRESS, canary=NEW, scaling={"max": 4})
    kinds = [
        r for r in plan.manifest if r.type.startswith("kubernetes:") and "coreos" not in r.type
    ]
    assert len(kinds) == 10
    for resource in kinds:
        kubernetes_validate.validate(resource.inputs, version, strict=True)
