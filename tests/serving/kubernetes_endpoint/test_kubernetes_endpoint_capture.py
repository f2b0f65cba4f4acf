"""Captured requests and responses of a KubernetesEndpoint."""

from functools import cache
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.model_monitoring.analysis import collector
from groundplan.serving.kubernetes_endpoint import capture
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy, policy

BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
CAPTURE: dict[str, Any] = {"image": "docker.io/acme/monitoring:1", "percent": 20}
STORE = {"bucket_name": "ml", "endpoint_url": "http://minio.minio.svc:9000", "secret": "store"}
SERVED: dict[str, Any] = {"image": "docker.io/acme/fraud:1", "capture": CAPTURE}
ON_EKS: dict[str, Any] = {**SERVED, "artifacts": BUCKET, "cluster_name": "ml"}
ELSEWHERE: dict[str, Any] = {
    **SERVED,
    "namespace": "fraud",
    "capture": {**CAPTURE, "object_store": STORE},
}


def deployed(args: dict[str, Any]) -> Plan:
    arguments: Any = args

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", arguments, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


@cache
def on_eks() -> Plan:
    return deployed({**ON_EKS, "canary": {"percent": 33, "image": "docker.io/acme/fraud:2"}})


def pod(plan: Plan, name: str = "fraud-deployment") -> Any:
    return plan.one("kubernetes:apps/v1:Deployment", name).inputs["spec"]["template"]["spec"]


def named(found: Any) -> dict[str, Any]:
    containers = [*found["initContainers"], *found["containers"]]
    return {container["name"]: container for container in containers}


def test_requests_pass_through_the_agent_to_the_server() -> None:
    found = named(pod(on_eks()))
    assert found["agent"]["ports"][0] == {"name": "http", "containerPort": 9081, "protocol": "TCP"}
    assert {"--port=9081", "--component-port=8080"} <= set(found["agent"]["args"])
    assert f"--log-url=http://127.0.0.1:{collector.PORT}/" in found["agent"]["args"]
    assert found["server"]["ports"][0]["name"] == "server"
    assert found["server"]["readinessProbe"]["httpGet"] == {"path": "/ping", "port": "server"}
    service = on_eks().one("kubernetes:core/v1:Service", "fraud-service").inputs["spec"]
    assert service["ports"][0]["targetPort"] == "http"


def test_what_captures_is_there_before_the_server_and_until_it_has_ended() -> None:
    found = pod(on_eks())
    sidecars = {c["name"]: c["restartPolicy"] for c in found["initContainers"]}
    assert sidecars == {"collector": "Always", "agent": "Always"}
    without = pod(deployed({"image": "docker.io/acme/fraud:1"}))
    more = found["terminationGracePeriodSeconds"] - without["terminationGracePeriodSeconds"]
    assert more == capture.END_SECONDS
    assert without["initContainers"] == []


def test_each_track_has_its_folder() -> None:
    for name, track in (("fraud-deployment", "stable"), ("fraud-canary-deployment", "canary")):
        arguments = named(pod(on_eks(), name))["collector"]["args"]
        assert arguments == [f"s3://artifacts-1/capture/fraud/{track}", "20", "9082"]


def test_what_captures_is_restricted() -> None:
    for name in ("agent", "collector"):
        context = named(pod(on_eks()))[name]["securityContext"]
        assert context["runAsUser"] == 65532
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_the_role_writes_below_the_captures_of_the_endpoint_only() -> None:
    statements = policy(on_eks().one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert statements["WriteObjects"]["Resource"] == "arn:aws:s3:::artifacts-1/capture/fraud/*"
    assert statements.keys() == {"WriteObjects", "EncryptObjects"}


def test_prometheus_reaches_the_server_and_callers_the_agent() -> None:
    spec = on_eks().one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    ports = [rule["ports"][0]["port"] for rule in spec["ingress"]]
    assert ports == [9081, 8080]
    assert spec["ingress"][0]["from"] == [{"podSelector": {}}]
    peer = spec["ingress"][1]["from"][0]["namespaceSelector"]["matchLabels"]
    assert peer == {"kubernetes.io/metadata.name": "monitoring"}


@pytest.mark.parametrize(("args", "port"), [(ON_EKS, 443), (ELSEWHERE, 9000)])
def test_the_network_lets_the_collector_reach_its_store(args: dict[str, Any], port: int) -> None:
    spec = deployed(args).one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert [r["ports"][0]["port"] for r in spec["egress"][1:2]] == [port]


def test_another_store_needs_nothing_of_aws() -> None:
    plan = deployed(ELSEWHERE)
    assert [r.type for r in plan.manifest if r.type.startswith("aws:")] == []
    found = named(pod(plan))["collector"]
    assert found["args"][0] == "s3://ml/capture/fraud/stable"
    variables = {variable["name"]: variable for variable in found["env"]}
    assert variables["AWS_ENDPOINT_URL_S3"]["value"] == STORE["endpoint_url"]
    secret = variables["AWS_ACCESS_KEY_ID"]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": "store", "key": "AWS_ACCESS_KEY_ID"}


@pytest.mark.parametrize(
    ("args", "keys"),
    [
        (SERVED, ["artifacts"]),
        ({**ELSEWHERE, "namespace": None}, ["namespace"]),
        ({**ON_EKS, "port": 9081}, ["port"]),
        ({**ON_EKS, "capture": {**CAPTURE, "percent": 0}}, ["capture.percent"]),
        ({**ON_EKS, "capture": {**CAPTURE, "prefix": ""}}, ["capture.prefix"]),
        ({**ON_EKS, "capture": {**CAPTURE, "image": "x:latest"}}, ["capture.image"]),
        (
            {**ON_EKS, "engine": "kserve", "kserve": {"model_format": "sklearn"},
             "model_data": "models/fraud/3/", "image": None},
            ["capture"],
        ),
    ],
)  # fmt: skip
def test_what_is_refused(args: dict[str, Any], keys: list[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deployed({key: value for key, value in args.items() if value is not None})
    assert [problem.key for problem in caught.value.problems] == keys


def test_arguments_that_are_missing_are_problems_and_no_errors() -> None:
    with pytest.raises(InvalidArguments) as caught:
        deployed({**SERVED, "capture": {"object_store": {}}})
    keys = {problem.key for problem in caught.value.problems}
    assert {"capture.image", "capture.object_store.secret", "namespace"} <= keys
