"""The Kubernetes objects around the pods, as plain data: Deployment, Service,
disruption budget, namespace."""

import math
from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.kubernetes.pod_security import PREFIX, PodSecurity
from groundplan.serving.kubernetes_endpoint import pods, workload
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec
from groundplan.serving.kubernetes_endpoint.workload import Track, Workload

SERVICE_PORT = 80


def deployment(work: Workload, service_account: pulumi.Input[str]) -> dict[str, Any]:
    """Returns the spec of a Deployment that replaces pods without an outage."""
    return {
        "replicas": work.replicas,
        "revisionHistoryLimit": 3,
        "minReadySeconds": work.rollout.min_ready_seconds,
        "progressDeadlineSeconds": work.rollout.timeout_seconds,
        "selector": {"matchLabels": work.labels},
        "strategy": strategy(work),
        "template": {
            "metadata": {"labels": work.labels, "annotations": work.annotations},
            "spec": pods.spec(work, service_account),
        },
    }


def strategy(work: Workload) -> dict[str, Any]:
    """Returns how pods are replaced."""
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {
            "maxSurge": work.rollout.max_surge,
            "maxUnavailable": work.rollout.max_unavailable,
        },
    }


def timeout_seconds(work: Workload) -> int:
    """Returns how long Pulumi waits for a whole rollout; its default is ten minutes
    (pulumi-kubernetes, provider/pkg/await/deployment.go). Kubernetes reports a rollout
    without progress earlier."""
    at_once = max(1, work.rollout.max_surge + work.rollout.max_unavailable)
    return math.ceil(work.max_replicas / at_once) * work.rollout.timeout_seconds + 600


def service(selector: Mapping[str, str]) -> dict[str, Any]:
    """Returns the spec of a Service, for calls from the cluster and for load
    balancers."""
    return {
        "type": "ClusterIP",
        "selector": dict(selector),
        "ports": [{"name": "http", "port": SERVICE_PORT, "targetPort": "http", "protocol": "TCP"}],
    }


def service_selector(spec: EndpointSpec) -> Mapping[str, str]:
    """Returns the labels that the endpoint's own Service selects.

    Without an ingress, which weighs requests, it selects the candidate's pods too, and
    those of releases always.
    """
    both = spec.canary_percent > 0 and spec.ingress is None
    both = both or (spec.release is not None and spec.candidate is not None)
    return workload.selector(spec.name, None if both else Track.STABLE)


def disruption_budget(endpoint: str) -> dict[str, Any]:
    """Returns the spec of a PodDisruptionBudget: node drains evict one pod at a time,
    and unhealthy pods do not block them."""
    return {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": workload.selector(endpoint)},
    }


def namespace_labels(spec: EndpointSpec) -> Mapping[str, str]:
    """Returns the Pod Security Standards that the endpoint's own namespace enforces:
    the strictest, except for KServe's runtimes and for root."""
    loose = spec.engine is EndpointEngine.KSERVE or spec.stable.run_as_user == 0
    enforced = PodSecurity.BASELINE if loose else PodSecurity.RESTRICTED
    return {
        f"{PREFIX}/enforce": enforced.value,
        f"{PREFIX}/warn": PodSecurity.RESTRICTED.value,
    }
