"""The Kubernetes objects around the pods, as plain data: Deployment, Service,
disruption budget, namespace."""

import math
from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.serving.kubernetes_endpoint import pods, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.workload import Track, Workload

SERVICE_PORT = 80
START_SECONDS = 1800
"""For what comes before a pod's first health check: a GPU node (5 to 10 minutes), its
image and the model."""
MIN_READY_SECONDS = 30


def deployment(work: Workload, service_account: pulumi.Input[str]) -> dict[str, Any]:
    """The spec of a Deployment that replaces pods without a gap."""
    rollout = work.args.get("rollout", {})
    return {
        "replicas": work.replicas,
        "revisionHistoryLimit": 3,
        "minReadySeconds": rollout.get("min_ready_seconds", MIN_READY_SECONDS),
        "progressDeadlineSeconds": progress_seconds(work.args),
        "selector": {"matchLabels": work.labels},
        "strategy": strategy(work.args),
        "template": {"metadata": {"labels": work.labels}, "spec": pods.spec(work, service_account)},
    }


def strategy(args: KubernetesEndpointArgs) -> dict[str, Any]:
    """How pods are replaced."""
    surge, missing = steps(args)
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing},
    }


def steps(args: KubernetesEndpointArgs) -> tuple[int, int]:
    """Pods that may be there on top, and that may be missing."""
    rollout = args.get("rollout", {})
    return rollout.get("max_surge", 1), rollout.get("max_unavailable", 0)


def progress_seconds(args: KubernetesEndpointArgs) -> int:
    """How long nothing may happen before a rollout has failed."""
    return args.get("rollout", {}).get(
        "timeout_seconds", workload.startup_seconds(args) + START_SECONDS
    )


def patience_seconds(work: Workload) -> int:
    """How long Pulumi waits for a rollout in all; by itself it gives up after ten
    minutes (pulumi-kubernetes, provider/pkg/await/deployment.go). Kubernetes says so
    earlier where there is no progress."""
    at_once = max(1, sum(steps(work.args)))
    most = max(work.replicas, workload.limits(work.args)[1])
    return math.ceil(most / at_once) * progress_seconds(work.args) + 600


def service(selector: Mapping[str, str]) -> dict[str, Any]:
    """The spec of a Service, for calls from within the cluster and for load balancers."""
    return {
        "type": "ClusterIP",
        "selector": dict(selector),
        "ports": [{"name": "http", "port": SERVICE_PORT, "targetPort": "http", "protocol": "TCP"}],
    }


def shared_by_pods(args: KubernetesEndpointArgs) -> bool:
    """Whether the Service sends requests to a candidate too, for want of something that
    knows weights."""
    return "canary" in args and "ingress" not in args and args["canary"]["percent"] > 0


def disruption_budget(endpoint: str) -> dict[str, Any]:
    """One pod at a time, when nodes are drained; sick ones don't hold a drain up."""
    return {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": dict(workload.selector(endpoint))},
    }


def service_selector(endpoint: str, args: KubernetesEndpointArgs) -> Mapping[str, str]:
    """The pods behind the endpoint's own Service."""
    return workload.selector(endpoint, None if shared_by_pods(args) else Track.STABLE)


def namespace_labels(args: KubernetesEndpointArgs) -> Mapping[str, str]:
    """What the endpoint's own namespace enforces (Pod Security Standards): our pods
    meet the strictest, KServe's runtimes and root don't."""
    loose = workload.engine(args) is EndpointEngine.KSERVE or args.get("run_as_user") == 0
    prefix = "pod-security.kubernetes.io"
    return {
        f"{prefix}/enforce": "baseline" if loose else "restricted",
        f"{prefix}/warn": "restricted",
    }
