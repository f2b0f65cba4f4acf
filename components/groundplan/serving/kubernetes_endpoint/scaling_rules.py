"""Validates the autoscaling of an endpoint."""

from collections.abc import Iterator

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric
from groundplan.web_addresses import http_problems

MAX_PODS = 1000
OF_VLLM = (PodScalingMetric.WAITING_REQUESTS, PodScalingMetric.RUNNING_REQUESTS)


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `scaling`."""
    if "scaling" not in args:
        return []
    cooldown = args["scaling"].get("scale_in_cooldown_seconds")
    url = args["scaling"].get("prometheus_url")
    return [
        *http_problems("scaling.prometheus_url", url, "http://prometheus.monitoring.svc:9090"),
        *whole_number("scaling.scale_in_cooldown_seconds", cooldown, 0, 3600, "seconds"),
        *_limits(args),
        *_metric(args),
        *_query(args),
        *_target(args),
    ]


def _limits(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    replicas, (low, high) = resolution.replicas(args), resolution.limits(args)
    if "min" in args["scaling"] and low < 1:
        allowed = (
            "at least 1: no object holds a request while there are no pods, and a model takes "
            "minutes to load"
        )
        fix = "use 1; an asynchronous ModelEndpoint scales to zero"
        yield Problem("scaling.min", low, allowed, fix)
    if low > replicas:
        allowed = f"at most {replicas}, the replicas"
        yield Problem("scaling.min", low, allowed, f"use {replicas}, or raise replicas")
    if high < replicas:
        allowed = f"at least {replicas}, the replicas"
        yield Problem("scaling.max", high, allowed, f"use {replicas}, or lower replicas")
    elif high > MAX_PODS:
        yield from whole_number("scaling.max", high, 1, MAX_PODS, "pods")


def _metric(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    scaling, metric = args["scaling"], resolution.metric(args)
    vllm = resolution.is_vllm(args)
    if metric is PodScalingMetric.CPU and resolution.accelerators(args):
        allowed = (
            "another metric than cpu for pods with accelerators: their CPU says nothing of the "
            "load of the accelerators"
        )
        fix = "waiting-requests, with keda true" if vllm else "query, with keda, query and target"
        yield Problem("scaling.metric", metric.value, allowed, f"use {fix}")
    if metric in OF_VLLM and not vllm:
        allowed = "cpu or query without vllm, which exports that metric"
        fix = "use query, with query and target"
        yield Problem("scaling.metric", metric.value, allowed, fix)
    if metric is PodScalingMetric.CPU:
        return
    if not scaling.get("keda", False):
        allowed = f"true for {metric.value}: Kubernetes' own autoscaler does not query Prometheus"
        value = scaling.get("keda", MISSING)
        yield Problem("scaling.keda", value, allowed, "install KEDA and set keda to true")
    if "prometheus_url" not in scaling and not resolution.argument(args, "prometheus"):
        allowed = "the URL of Prometheus, where prometheus is false"
        yield Problem("scaling.prometheus_url", MISSING, allowed, "set prometheus_url")


def _query(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    scaling, metric = args["scaling"], resolution.metric(args)
    if metric is PodScalingMetric.QUERY:
        required = {
            "query": "a PromQL query that returns one number",
            "target": "the number for each pod above which pods are added",
        }
        for key, allowed in required.items():
            if key not in scaling:
                yield Problem(f"scaling.{key}", MISSING, allowed, f"set scaling.{key}")
    elif "query" in scaling:
        allowed = f"nothing with the metric {metric.value}"
        yield Problem("scaling.query", scaling["query"], allowed, "use metric query, or remove it")


def _target(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    target = args["scaling"].get("target")
    if target is None:
        return
    if resolution.metric(args) is PodScalingMetric.CPU:
        if not 1 <= target <= 100:
            allowed = "a number from 1 to 100 (percent of the CPU requests), above 0"
            yield Problem("scaling.target", target, allowed, "use 70")
    elif target <= 0:
        yield Problem("scaling.target", target, "a number above 0", "use 2")
