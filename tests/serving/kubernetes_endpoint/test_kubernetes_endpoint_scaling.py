"""How a KubernetesEndpoint scales out and in."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy

CONTAINER: Any = {"image": "docker.io/acme/fraud:1"}
VLLM: Any = {
    "engine": "vllm",
    "accelerators": 1,
    "vllm": {"model": "Qwen/Qwen3-8B", "revision": "b968826d"},
}
HPA, SCALED = (
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
)
BEHAVIOR = {
    "scaleUp": {"stabilizationWindowSeconds": 0},
    "scaleDown": {
        "stabilizationWindowSeconds": 300,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
    },
}


def endpoint(args: Any, **more: Any) -> Plan:
    arguments: Any = {**args, **more}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("llm", arguments, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


def test_without_scaling_there_are_replicas_pods() -> None:
    plan = endpoint(CONTAINER, replicas=3)
    assert not plan.all(HPA)
    assert not plan.all(SCALED)
    assert plan.one("kubernetes:apps/v1:Deployment").inputs["spec"]["replicas"] == 3


def test_a_container_scales_by_cpu() -> None:
    plan = endpoint(CONTAINER, scaling={"max": 6})
    autoscaler = plan.one(HPA, "llm-autoscaler").inputs
    assert autoscaler["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "llm"},
        "minReplicas": 2,
        "maxReplicas": 6,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 70},
                },
            }
        ],
        "behavior": BEHAVIOR,
    }
    for version in ("1.35", "1.36"):
        kubernetes_validate.validate(autoscaler, version, strict=True)


def test_pulumi_ignores_the_number_of_pods_with_an_autoscaler() -> None:
    plan = endpoint(CONTAINER, scaling={"max": 6})
    deployment = plan.one("kubernetes:apps/v1:Deployment")
    assert deployment.option("ignoreChanges") == ["spec.replicas"]
    assert deployment.inputs["spec"]["replicas"] == 2
    assert "llm-deployment" in plan.dependencies(plan.one(HPA))


def test_an_equal_minimum_and_maximum_disable_scaling() -> None:
    plan = endpoint(CONTAINER, scaling={"max": 2})
    assert not plan.all(HPA)
    assert plan.one("kubernetes:apps/v1:Deployment").option("ignoreChanges") in (None, [])


@pytest.mark.parametrize(
    ("metric", "series", "threshold"),
    [
        (None, "vllm:num_requests_waiting", "2"),
        ("waiting-requests", "vllm:num_requests_waiting", "2"),
        ("running-requests", "vllm:num_requests_running", "32"),
    ],
)
def test_vllm_scales_by_its_requests_with_keda(
    metric: str | None, series: str, threshold: str
) -> None:
    arguments = {"min": 1, "max": 4, "keda": True} | ({"metric": metric} if metric else {})
    scaled = endpoint(VLLM, scaling=arguments).one(SCALED, "llm-autoscaler").inputs["spec"]
    assert scaled == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "llm"},
        "minReplicaCount": 1,
        "maxReplicaCount": 4,
        "pollingInterval": 15,
        "fallback": {"failureThreshold": 3, "replicas": 1, "behavior": "currentReplicasIfHigher"},
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": BEHAVIOR}},
        "triggers": [
            {
                "type": "prometheus",
                "metricType": "AverageValue",
                "metadata": {
                    "serverAddress": "http://kube-prometheus-stack-prometheus.monitoring.svc:9090",
                    "query": f'sum({series}{{namespace="llm",app_kubernetes_io_name="llm",'
                    'app_kubernetes_io_component="stable"})',
                    "threshold": threshold,
                    "ignoreNullValues": "false",
                },
            }
        ],
    }


def test_a_query_is_used_unchanged() -> None:
    arguments = {
        "max": 4,
        "metric": "query",
        "query": "sum(rate(x[1m]))",
        "target": 2.5,
        "keda": True,
        "prometheus_url": "http://prometheus.other.svc",
        "scale_in_cooldown_seconds": 600,
    }
    scaled = endpoint(CONTAINER, accelerators=1, scaling=arguments).one(SCALED).inputs["spec"]
    (trigger,) = scaled["triggers"]
    assert trigger["metadata"]["query"] == "sum(rate(x[1m]))"
    assert trigger["metadata"]["threshold"] == "2.5"
    assert trigger["metadata"]["serverAddress"] == "http://prometheus.other.svc"
    behavior = scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 600
