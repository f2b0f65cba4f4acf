"""What adds and removes pods: a HorizontalPodAutoscaler by cores, or a ScaledObject of
KEDA by a Prometheus query.

Keys of KEDA: CustomResourceDefinition of kedacore/keda@8b4f083c (2026-08-20),
pkg/scalers/prometheus_scaler.go. Never to zero: no Service holds a request for a pod
that isn't there, and vLLM can't count one that never came. KEDA's HTTP add-on would
hold it, but not for the minutes that a model takes to load.
"""

from typing import Any

from groundplan.kubernetes.prometheus import NAMESPACE, RELEASE
from groundplan.serving.kubernetes_endpoint import workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric
from groundplan.serving.kubernetes_endpoint.series import of_pods
from groundplan.serving.kubernetes_endpoint.workload import Track

KEDA = "keda.sh/v1alpha1"
PROMETHEUS = f"http://{RELEASE}-prometheus.{NAMESPACE}.svc:9090"
"""The Service of kube-prometheus-stack's release."""

COOLDOWN_SECONDS = 300
TARGETS = {
    PodScalingMetric.CPU: 70.0,
    PodScalingMetric.WAITING_REQUESTS: 2.0,
    PodScalingMetric.RUNNING_REQUESTS: 32.0,
}
VLLM_METRICS = {
    PodScalingMetric.WAITING_REQUESTS: "vllm:num_requests_waiting",
    PodScalingMetric.RUNNING_REQUESTS: "vllm:num_requests_running",
}
"""Gauges of vLLM 0.30 (docs.vllm.ai/en/v0.30.0/design/metrics)."""


def metric(args: KubernetesEndpointArgs) -> PodScalingMetric:
    """What decides."""
    default = PodScalingMetric.WAITING_REQUESTS if workload.is_vllm(args) else PodScalingMetric.CPU
    return args.get("scaling", {}).get("metric", default)


def target(args: KubernetesEndpointArgs) -> float:
    """The metric's value for each pod. A `query` has none by default; the rules ask for
    one."""
    return args.get("scaling", {}).get("target", TARGETS.get(metric(args), 1.0))


def autoscaler(deployment: str, args: KubernetesEndpointArgs) -> dict[str, Any]:
    """The spec of a HorizontalPodAutoscaler (autoscaling/v2)."""
    low, high = workload.limits(args)
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicas": low,
        "maxReplicas": high,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": round(target(args))},
                },
            }
        ],
        "behavior": _behavior(args),
    }


def scaled_object(
    deployment: str, endpoint: str, namespace: str, args: KubernetesEndpointArgs
) -> dict[str, Any]:
    """The spec of a ScaledObject."""
    scaling, (low, high) = args["scaling"], workload.limits(args)
    chosen = metric(args)
    pods = of_pods(namespace, endpoint, Track.STABLE)
    query = (
        scaling["query"]
        if chosen is PodScalingMetric.QUERY
        else f"sum({VLLM_METRICS[chosen]}{{{pods}}})"
    )
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicaCount": low,
        "maxReplicaCount": high,
        "pollingInterval": 15,
        # Where Prometheus doesn't answer, nothing that serves goes.
        "fallback": {"failureThreshold": 3, "replicas": low, "behavior": "currentReplicasIfHigher"},
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(args)}},
        "triggers": [
            {
                "type": "prometheus",
                "metricType": "AverageValue",
                "metadata": {
                    "serverAddress": scaling.get("prometheus_url", PROMETHEUS),
                    "query": query,
                    "threshold": f"{target(args):g}",
                    # An error, and no zero, where there are no series: pods that nobody
                    # scrapes aren't idle.
                    "ignoreNullValues": "false",
                },
            }
        ],
    }


def _behavior(args: KubernetesEndpointArgs) -> dict[str, Any]:
    """Out at once, in slowly and one by one: a pod that goes takes a loaded model with
    it."""
    seconds = args.get("scaling", {}).get("scale_in_cooldown_seconds", COOLDOWN_SECONDS)
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0},
        "scaleDown": {
            "stabilizationWindowSeconds": seconds,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
        },
    }
