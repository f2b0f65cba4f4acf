"""A KubernetesEndpoint that KServe serves, in its Standard mode."""

from typing import Any

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
MINIMAL: Any = {
    "engine": "kserve",
    "kserve": {"model_format": "sklearn"},
    "model_data": "models/iris/3/",
    "artifacts": ARTIFACTS,
    "cluster_name": "training",
}


def endpoint(**more: Any) -> Plan:
    overrides: Any = {**MINIMAL, **more}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("iris", overrides, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return endpoint()


def service(plan: Plan) -> Any:
    return plan.one(
        "kubernetes:serving.kserve.io/v1beta1:InferenceService", "iris-inference-service"
    ).inputs


def test_kserve_creates_the_deployment_and_the_service(minimal: Plan) -> None:
    assert not minimal.all("kubernetes:apps/v1:Deployment")
    assert not minimal.all("kubernetes:core/v1:Service")
    outputs = minimal.one("groundplan:index:KubernetesEndpoint").outputs
    assert (outputs["serviceName"], outputs["url"]) == (
        "iris-predictor",
        "http://iris-predictor.iris.svc",
    )
    assert outputs["engine"] == "kserve"


def test_the_mode_needs_no_knative_and_creates_no_ingress(minimal: Plan) -> None:
    assert service(minimal)["metadata"] == {
        "name": "iris",
        "namespace": "iris",
        "labels": {
            "app.kubernetes.io/name": "iris",
            "app.kubernetes.io/component": "stable",
            "networking.kserve.io/visibility": "cluster-local",
        },
        "annotations": {
            "serving.kserve.io/deploymentMode": "Standard",
            "serving.kserve.io/autoscalerClass": "none",
        },
    }


def test_the_predictor_has_kserves_own_keys(minimal: Plan) -> None:
    predictor = service(minimal)["spec"]["predictor"]
    spread = predictor.pop("topologySpreadConstraints")
    assert [one["topologyKey"] for one in spread] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    assert predictor == {
        "nodeSelector": {},
        "tolerations": [],
        "minReplicas": 2,
        "maxReplicas": 2,
        "timeout": 60,
        "deploymentStrategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
        },
        "labels": {"app.kubernetes.io/name": "iris", "app.kubernetes.io/component": "stable"},
        "annotations": {"groundplan/model-version": "models/iris/3/"},
        "serviceAccountName": "iris",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 120,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "model": {
            "modelFormat": {"name": "sklearn"},
            "storageUri": "s3://models/models/iris/3/",
            "args": [],
            "env": [],
            "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
        },
    }


def test_a_runtime_and_its_protocol_can_be_chosen() -> None:
    plan = endpoint(
        kserve={
            "model_format": "xgboost",
            "format_version": "1",
            "runtime": "kserve-mlserver",
            "protocol_version": "v2",
        },
        arguments=["--workers=2"],
        environment={"LEVEL": "info"},
        accelerators=1,
        pool="gpu",
    )
    predictor = service(plan)["spec"]["predictor"]
    assert predictor["nodeSelector"] == {"groundplan/pool": "gpu"}
    model = predictor["model"]
    assert model["modelFormat"] == {"name": "xgboost", "version": "1"}
    assert (model["runtime"], model["protocolVersion"]) == ("kserve-mlserver", "v2")
    assert (model["args"], model["env"]) == (["--workers=2"], [{"name": "LEVEL", "value": "info"}])
    assert model["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_kserve_scales_by_cpu_itself() -> None:
    plan = endpoint(scaling={"max": 6, "target": 60})
    assert service(plan)["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "hpa"
    predictor = service(plan)["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 6)
    assert (predictor["scaleMetric"], predictor["scaleTarget"]) == ("cpu", 60)
    assert not plan.all("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")


def test_by_a_query_keda_scales_kserves_deployment() -> None:
    plan = endpoint(
        scaling={"max": 6, "metric": "query", "query": "sum(waiting)", "target": 4, "keda": True}
    )
    assert (
        service(plan)["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "external"
    )
    scaled = plan.one("kubernetes:keda.sh/v1alpha1:ScaledObject").inputs["spec"]
    assert scaled["scaleTargetRef"]["name"] == "iris-predictor"


def test_its_storage_initializer_may_call_head_bucket(minimal: Plan) -> None:
    statements = policy(minimal.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert statements["HeadBucket"] == {
        "Sid": "HeadBucket",
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::models",
        "Condition": {"Null": {"s3:prefix": "true"}},
    }
    assert statements["ReadObjects"]["Resource"] == "arn:aws:s3:::models/models/iris/*"


def test_the_namespace_allows_kserves_runtimes(minimal: Plan) -> None:
    labels = minimal.one("kubernetes:core/v1:Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_alerts_watch_kserves_deployment(minimal: Plan) -> None:
    rules = minimal.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs["spec"][
        "groups"
    ][0]["rules"]
    assert all('deployment="iris-predictor"' in rule["expr"] for rule in rules)


def test_pods_wait_for_what_they_may_read(minimal: Plan) -> None:
    needs = minimal.dependencies(
        minimal.one("kubernetes:serving.kserve.io/v1beta1:InferenceService")
    )
    assert {"iris-identity", "iris-network-policy"} <= needs
