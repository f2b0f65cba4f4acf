"""What a `MonitoringStack` can be told to watch, whom it tells, and the rules for both."""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.facts import instances, log_retention
from groundplan.monitoring.choices import SubscriberProtocol
from groundplan.problems import Problem, under, whole_number


class SubscriberArgs(TypedDict):
    """Somebody who hears of alarms."""

    protocol: SubscriberProtocol
    """`email`, `https`, `sqs` or `lambda`. Changing it replaces the subscription."""
    endpoint: pulumi.Input[str]
    """An e-mail address, an https:// address, or the ARN of a queue or function. AWS
    sends `email` and `https` a confirmation that somebody has to answer; a queue's or
    function's own policy must let the topic in. Changing it replaces the
    subscription."""


class WatchedEndpointArgs(TypedDict):
    """A SageMaker endpoint to watch."""

    endpoint_name: pulumi.Input[str]
    """The endpoint's name in AWS. Changing it updates alarms and dashboard in place."""
    variant_name: NotRequired[pulumi.Input[str]]
    """The production variant that serves. Default: `primary`. Updates in place."""
    instance_type: NotRequired[str]
    """The variant's instance type, `ml.g5.xlarge`. Without it there is no CPU alarm:
    SageMaker reports the sum over all cores, which says nothing until their number is
    known. Default: none. Updates in place."""
    max_error_percent: NotRequired[float]
    """Share of 5xx answers among all requests, in percent, above which the alarm goes
    off. Default: 1. Updates in place."""
    max_latency_ms: NotRequired[float]
    """99th percentile of the model's latency, in milliseconds, above which the alarm
    goes off. Default: 1000. Updates in place."""
    min_invocations_per_hour: NotRequired[int]
    """Requests in an hour below which the alarm goes off. Default: no such alarm.
    Updates in place."""


class WatchedClusterArgs(TypedDict):
    """An EKS cluster to watch."""

    cluster_name: pulumi.Input[str]
    """The cluster's name in AWS. Changing it replaces the Alertmanager's pod identity."""
    prometheus: NotRequired[bool]
    """Whether Prometheus, Alertmanager and Grafana are installed, by the component's
    Kubernetes provider. Default: true."""
    gpus: NotRequired[bool]
    """Whether the cluster has NVIDIA GPUs to measure: installs the DCGM exporter on
    their nodes, alerts on broken, hot and idle ones, and a Grafana dashboard. Needs
    `prometheus`. Default: false. Updates in place."""
    gpu_profiling: NotRequired[bool]
    """Whether GPUs tell how busy their parts are (SM, tensor cores, memory), for which
    the exporter gets SYS_ADMIN on its nodes, and profilers such as Nsight can't run at
    the same time. Needs `gpus`. Default: false. Updates in place."""
    max_wait_minutes: NotRequired[int]
    """Minutes that jobs may wait in Kueue's queues before an alert, 5 to 10080.
    Default: 30. Updates in place."""


class PrometheusArgs(TypedDict):
    """How Prometheus and Grafana keep their data in the cluster."""

    retention_days: NotRequired[int]
    """Days of metrics, 1 to 365; less where `storage_gib` is full before. Default: 15.
    Updates in place."""
    storage_gib: NotRequired[int]
    """Volume of each Prometheus, in GiB. Default: 50. Volumes that are there keep their
    size: to grow those, follow the Prometheus operator's "Resizing volumes"."""
    replicas: NotRequired[int]
    """Pods of Prometheus and of Alertmanager, each with a volume of its own, 1 to 5.
    Default: 2. Updates in place."""
    grafana_storage_gib: NotRequired[int]
    """Grafana's volume, in GiB: its own dashboards and users. Default: 10. It can grow
    in place, where the StorageClass allows expansion, and not shrink."""
    storage_class: NotRequired[pulumi.Input[str]]
    """StorageClass of all volumes. Default: the cluster's default class; EKS since 1.30
    has none until somebody marks one."""


class WatchedNetworkArgs(TypedDict):
    """The NAT gateways to watch."""

    nat_gateway_ids: Sequence[pulumi.Input[str]]
    """Their IDs, in a stable order: alarms are named by position. Updates in place."""


class LogGroupArgs(TypedDict):
    """A log group of the environment."""

    retention_days: NotRequired[int]
    """Days that CloudWatch keeps events; it accepts a closed list
    (`groundplan.facts.log_retention.DAYS`). Default: 90. Updates in place."""


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
    """What is wrong with how an endpoint is watched."""
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
    """What is wrong with how a cluster is watched."""
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
