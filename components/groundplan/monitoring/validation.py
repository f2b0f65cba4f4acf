"""What a `MonitoringStack` can be told to watch, whom it tells, and the rules for both."""

import re
from collections.abc import Mapping

from groundplan.context import Context
from groundplan.facts import instances, log_retention
from groundplan.monitoring.args import (
    LogGroupArgs,
    MonitoringStackArgs,
    PrometheusArgs,
    SubscriberArgs,
    WatchedClusterArgs,
    WatchedEndpointArgs,
)
from groundplan.monitoring.choices import SubscriberProtocol
from groundplan.problems import Problem, under, whole_number

# What `logGroupName` allows, CloudWatch Logs API Reference, CreateLogGroup.
LOG_GROUP_KEY = re.compile(r"[A-Za-z0-9._/#-]+")

# The largest volume that every general-purpose EBS type can have is 16 TiB (Amazon EBS
# User Guide, "volume types").
LARGEST_VOLUME_GIB = 16_384

STARTS = {
    SubscriberProtocol.HTTPS: "https://",
    SubscriberProtocol.SQS: "arn:",
    SubscriberProtocol.LAMBDA: "arn:",
}


def subscriber_problems(args: SubscriberArgs) -> list[Problem]:
    """Whether a subscriber's address fits its protocol, where both are known."""
    protocol, endpoint = args.get("protocol"), args.get("endpoint")
    if protocol is None or not isinstance(endpoint, str):
        return []
    if protocol is SubscriberProtocol.EMAIL:
        return (
            []
            if "@" in endpoint
            else [Problem("endpoint", endpoint, "an e-mail address, such as oncall@example.com")]
        )
    start = STARTS[protocol]
    if endpoint.startswith(start):
        return []
    return [Problem("endpoint", endpoint, f"for {protocol.value}: text that starts with {start}")]


def endpoint_problems(args: WatchedEndpointArgs) -> list[Problem]:
    """What is wrong with how an endpoint is"""
    found: list[Problem] = []
    percent, latency = args.get("max_error_percent"), args.get("max_latency_ms")
    if percent is not None and not 0 <= percent <= 100:
        found.append(Problem("max_error_percent", percent, "a number from 0 to 100 (percent)"))
    if latency is not None and latency <= 0:
        found.append(Problem("max_latency_ms", latency, "a number above 0 (milliseconds)"))
    found += whole_number(
        "min_invocations_per_hour", args.get("min_invocations_per_hour"), 1, 1_000_000_000
    )
    return found + _instance_problems(args.get("instance_type"))


def _instance_problems(name: str | None) -> list[Problem]:
    found = instances.sagemaker_problems("instance_type", name)
    if not found and name is not None and instances.find(name) is None:
        # SageMaker has a few types whose EC2 twin is retired or not public, so that
        # their number of cores isn't known.
        fix = "leave it out: the endpoint is watched without a CPU alarm"
        found.append(
            Problem("instance_type", name, "an instance type whose number of cores is known", fix)
        )
    return found


def cluster_problems(args: WatchedClusterArgs) -> list[Problem]:
    """What is wrong with how a cluster is"""
    found = whole_number("max_wait_minutes", args.get("max_wait_minutes"), 5, 10_080, "minutes")
    needs = {"gpus": ("prometheus", True), "gpu_profiling": ("gpus", False)}
    for key, (other, default) in needs.items():
        if args.get(key) and not args.get(other, default):
            found.append(
                Problem(
                    key,
                    True,
                    f"true only together with {other}",
                    f"set {other} to true, or remove this",
                )
            )
    return found


def prometheus_problems(args: PrometheusArgs) -> list[Problem]:
    """What is wrong with the storage of Prometheus and Grafana."""
    return [
        *whole_number("retention_days", args.get("retention_days"), 1, 365, "days"),
        *whole_number("storage_gib", args.get("storage_gib"), 2, LARGEST_VOLUME_GIB, "GiB"),
        *whole_number("replicas", args.get("replicas"), 1, 5),
        *whole_number(
            "grafana_storage_gib", args.get("grafana_storage_gib"), 1, LARGEST_VOLUME_GIB, "GiB"
        ),
    ]


def log_group_problems(groups: Mapping[str, LogGroupArgs]) -> list[Problem]:
    """What is wrong with the names and retentions of log groups."""
    found: list[Problem] = []
    for key, group in groups.items():
        if not LOG_GROUP_KEY.fullmatch(key):
            found.append(
                Problem("", key, "a name of letters, digits and the signs . _ / # -", "rename it")
            )
        found += under(key, log_retention.problems("retention_days", group.get("retention_days")))
    return found


def validate(args: MonitoringStackArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found: list[Problem] = []
    for key, subscriber in args.get("subscribers", {}).items():
        found += under(f"subscribers.{key}", subscriber_problems(subscriber))
    for key, endpoint in args.get("endpoints", {}).items():
        found += under(f"endpoints.{key}", endpoint_problems(endpoint))
    found += under("log_groups", log_group_problems(args.get("log_groups", {})))
    url = args.get("runbooks_url")
    if url is not None and not url.startswith("https://"):
        found.append(Problem("runbooks_url", url, "text that starts with https://"))
    if "cluster" in args:
        found += under("cluster", cluster_problems(args["cluster"]))
    if "prometheus" in args:
        found += under("prometheus", prometheus_problems(args["prometheus"]))
        if not args.get("cluster", {}).get("prometheus", "cluster" in args):
            fix = "give the cluster to install it in, with its `prometheus` true, or remove this"
            found.append(
                Problem(
                    "prometheus",
                    args["prometheus"],
                    "only together with a cluster that runs it",
                    fix,
                )
            )
    return found
