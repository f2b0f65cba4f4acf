"""The autoscalers of an endpoint, as plain data: a HorizontalPodAutoscaler by CPU, or a
ScaledObject of KEDA by a Prometheus query.

Keys of KEDA: CustomResourceDefinition of kedacore/keda@8b4f083c (2026-08-20),
pkg/scalers/prometheus_scaler.go. Never to zero: no Service holds a request for a pod
that does not exist, and vLLM cannot count a request that never arrived. KEDA's HTTP
add-on would hold it, but not for the minutes that a model takes to load.
"""

from typing import Any

from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric
from groundplan.serving.kubernetes_endpoint.series import of_pods
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec, Scaling
from groundplan.serving.kubernetes_endpoint.workload import Track

KEDA = "keda.sh/v1alpha1"

VLLM_METRICS = {
    PodScalingMetric.WAITING_REQUESTS: "vllm:num_requests_waiting",
    PodScalingMetric.RUNNING_REQUESTS: "vllm:num_requests_running",
}
"""Gauges of vLLM 0.30 (docs.vllm.ai/en/v0.30.0/design/metrics)."""


def autoscaler(deployment: str, scaling: Scaling) -> dict[str, Any]:
    """Returns the spec of a HorizontalPodAutoscaler (autoscaling/v2)."""
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicas": scaling.min,
        "maxReplicas": scaling.max,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": round(scaling.target)},
                },
            }
        ],
        "behavior": _behavior(scaling),
    }


def scaled_object(spec: EndpointSpec, scaling: Scaling) -> dict[str, Any]:
    """Returns the spec of a ScaledObject."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": spec.main_service}
    return {
        "scaleTargetRef": target,
        "minReplicaCount": scaling.min,
        "maxReplicaCount": scaling.max,
        "pollingInterval": 15,
        # While Prometheus does not respond, no serving pod is removed.
        "fallback": {
            "failureThreshold": 3,
            "replicas": scaling.min,
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(scaling)}},
        "triggers": [
            {
                "type": "prometheus",
                "metricType": "AverageValue",
                "metadata": {
                    "serverAddress": scaling.prometheus_url,
                    "query": _query(spec, scaling),
                    "threshold": f"{scaling.target:g}",
                    # An error, and not zero, where there are no series: pods that are
                    # not scraped are not idle.
                    "ignoreNullValues": "false",
                },
            }
        ],
    }


def _query(spec: EndpointSpec, scaling: Scaling) -> str:
    if scaling.query is not None:
        return scaling.query
    pods = of_pods(spec.namespace, spec.name, Track.STABLE)
    return f"sum({VLLM_METRICS[scaling.metric]}{{{pods}}})"


def _behavior(scaling: Scaling) -> dict[str, Any]:
    """Returns the scaling behavior: out at once, in slowly and one pod at a time, since
    each pod holds a loaded model."""
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0},
        "scaleDown": {
            "stabilizationWindowSeconds": scaling.cooldown_seconds,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
        },
    }
