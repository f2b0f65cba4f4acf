"""The arguments of a MonitoringStack."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.monitoring.choices import SubscriberProtocol


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


LOG_RETENTION_DAYS = 90


class MonitoringStackArgs(TypedDict):
    """What a `MonitoringStack` can be told."""

    subscribers: NotRequired[Mapping[str, SubscriberArgs]]
    """Who hears of alarms, by a name of your choice. Default: nobody. Another name
    replaces the subscription."""
    endpoints: NotRequired[Mapping[str, WatchedEndpointArgs]]
    """SageMaker endpoints to watch, by a name of your choice, which is in the names of
    their alarms: another name replaces those. Default: none."""
    cluster: NotRequired[WatchedClusterArgs]
    """The EKS cluster to watch. Default: none."""
    prometheus: NotRequired[PrometheusArgs]
    """How Prometheus and Grafana keep their data in `cluster`. Default: all defaults."""
    network: NotRequired[WatchedNetworkArgs]
    """The NAT gateways to watch. Default: none."""
    buckets: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Buckets to show on the dashboard, label -> bucket name. They have no alarms: what
    S3 tells by itself comes once a day, and request metrics, which would show errors,
    have to be turned on for each bucket and are charged. Default: none."""
    log_groups: NotRequired[Mapping[str, LogGroupArgs]]
    """Log groups to make, each named `/groundplan/<project>-<stack>/<key>`. Another key
    replaces it. Default: none."""
    runbooks_url: NotRequired[str]
    """Where the folder docs/runbooks can be read in a browser, for the dashboard's
    links. Default: the header names paths. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a key to encrypt topic and log groups with; its policy must let
    CloudWatch, EventBridge and, with log groups, CloudWatch Logs use it. Default: a key
    of its own. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, log groups and the cluster's namespace
    with its volumes, and leaves them when the stack lets go of them. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children that can carry them. Updates in place."""
