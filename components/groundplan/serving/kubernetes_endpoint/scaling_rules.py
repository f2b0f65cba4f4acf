"""What an endpoint can't be scaled by."""

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.kubernetes_endpoint import autoscaling, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric

OF_VLLM = (PodScalingMetric.WAITING_REQUESTS, PodScalingMetric.RUNNING_REQUESTS)


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """What is wrong with `scaling`."""
    if "scaling" not in args:
        return []
    scaling, replicas = args["scaling"], workload.replicas(args)
    low, high = workload.limits(args)
    found = whole_number(
        "scaling.scale_in_cooldown_seconds",
        scaling.get("scale_in_cooldown_seconds"),
        0,
        3600,
        "seconds",
    )
    if low < 1:
        allowed = "at least 1: nothing holds a request for pods that aren't there, and a model takes minutes to load"
        found.append(
            Problem(
                "scaling.min", low, allowed, "use 1; an asynchronous ModelEndpoint scales to zero"
            )
        )
    if low > replicas:
        found.append(
            Problem(
                "scaling.min",
                low,
                f"at most {replicas}, the replicas",
                f"lower it or raise replicas to {low}",
            )
        )
    if high < replicas:
        found.append(
            Problem(
                "scaling.max",
                high,
                f"at least {replicas}, the replicas",
                f"raise it or lower replicas to {high}",
            )
        )
    return found + _metric(args)


def _metric(args: KubernetesEndpointArgs) -> list[Problem]:
    scaling, metric = args["scaling"], autoscaling.metric(args)
    found, key = [], "scaling.metric"
    if metric is PodScalingMetric.CPU and workload.accelerators(args):
        allowed = "another metric than cpu for pods with accelerators: their cores say nothing of how busy those are"
        fix = (
            "use waiting-requests with keda true"
            if workload.is_vllm(args)
            else "use query with keda true"
        )
        found.append(Problem(key, metric.value, allowed, fix))
    if metric in OF_VLLM and not workload.is_vllm(args):
        found.append(
            Problem(key, metric.value, "cpu or query without vllm, whose metric it is", "use query")
        )
    if metric is not PodScalingMetric.CPU and not scaling.get("keda", False):
        allowed = f"true for {metric.value}: Kubernetes' own autoscaler knows no Prometheus"
        found.append(
            Problem(
                "scaling.keda", scaling.get("keda", MISSING), allowed, "install KEDA, and say so"
            )
        )
    own_source = "prometheus_url" in scaling or args.get("prometheus", True)
    if metric is not PodScalingMetric.CPU and not own_source:
        allowed = "where Prometheus is: prometheus is false"
        found.append(Problem("scaling.prometheus_url", MISSING, allowed, "give its address"))
    if metric is PodScalingMetric.QUERY:
        for name in ("query", "target"):
            if name not in scaling:
                allowed = (
                    "PromQL that gives one number"
                    if name == "query"
                    else "the number for each pod, above which pods are added"
                )
                found.append(Problem(f"scaling.{name}", MISSING, allowed, f"give scaling.{name}"))
    elif "query" in scaling:
        allowed = f"nothing with the metric {metric.value}"
        found.append(
            Problem(
                "scaling.query", scaling["query"], allowed, "use the metric query, or remove it"
            )
        )
    target = scaling.get("target")
    if target is not None and target <= 0:
        found.append(Problem("scaling.target", target, "a number above 0", "use 2"))
    elif target is not None and metric is PodScalingMetric.CPU and not 1 <= target <= 100:
        found.append(
            Problem(
                "scaling.target", target, "a number from 1 to 100 (percent of the cores)", "use 70"
            )
        )
    return found
