"""The arguments of a MonitoringStack."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.monitoring.choices import (
    GrafanaAuthentication,
    GrafanaAuthenticationValue,
    PrometheusBackend,
    PrometheusBackendValue,
    SubscriberProtocolValue,
)
from groundplan.objectives.args import ObjectiveArgs
from groundplan.sagemaker.endpoint_kind import EndpointKind, EndpointKindValue


class SubscriberArgs(TypedDict):
    """A subscription to the alarm topic."""

    protocol: SubscriberProtocolValue
    """`email`, `https`, `sqs` or `lambda`. Changing it replaces the subscription."""
    endpoint: pulumi.Input[str]
    """An e-mail address, an https:// address, or the ARN of a queue or function. AWS
    sends `email` and `https` endpoints a confirmation request that must be answered;
    the policy of a queue or function must allow the topic. Changing it replaces the
    subscription."""
    urgent_only: NotRequired[bool]
    """Whether it gets only what somebody has to act on at once, alarms and alerts of
    severity critical: for a pager. Default: false. Changing it replaces the
    subscription."""


SUBSCRIBER_DEFAULTS = defaults(SubscriberArgs, urgent_only=False)


class ChatArgs(TypedDict):
    """A channel of Slack or Microsoft Teams that shows the CloudWatch alarms, by Amazon
    Q Developer in chat applications; not Alertmanager's alerts, events of endpoints and
    test notifications, whose text it does not know. Somebody has to authorize the
    workspace or the tenant once in its console."""

    slack_workspace_id: NotRequired[str]
    """ID of the Slack workspace, `T07EA123LEP`. Excludes `teams_tenant_id` and
    `teams_team_id`. Default: none. Changing it replaces the channel's
    configuration."""
    teams_tenant_id: NotRequired[str]
    """ID of the Microsoft Teams tenant, a UUID. Requires `teams_team_id`. Default:
    none. Changing it replaces the channel's configuration."""
    teams_team_id: NotRequired[str]
    """ID of the team in Microsoft Teams, a UUID. Requires `teams_tenant_id`. Default:
    none. Changing it replaces the channel's configuration."""
    channel_id: str
    """ID of the channel: `C07EZ1ABC23` in Slack, the decoded ID of the channel's link
    in Teams, `19:...@thread.tacv2`. Updates in place."""


class WatchedVariantArgs(TypedDict):
    """A production variant of a watched endpoint."""

    name: pulumi.Input[str]
    """The variant's name in AWS. Updates in place."""
    instance_type: NotRequired[str]
    """The variant's instance type, `ml.g5.xlarge`. Without it the variant has no CPU
    alarm: SageMaker reports the sum of all cores, so the threshold depends on their
    number. Default: none. Updates in place."""


class WatchedEndpointArgs(TypedDict):
    """A SageMaker endpoint to monitor."""

    endpoint_name: pulumi.Input[str]
    """The endpoint's name in AWS. Updates in place."""
    kind: NotRequired[EndpointKindValue]
    """`real-time`, `serverless` (no alarms on CPU and disk, which SageMaker does not
    measure) or `asynchronous` (no alarm on few requests, which SageMaker does not
    count). Default: real-time. Updates in place; may create or delete alarms."""
    variant_name: NotRequired[pulumi.Input[str]]
    """The only production variant. Excludes `variants`. Default: primary. Updates in
    place."""
    instance_type: NotRequired[str]
    """Instance type of the only production variant; see `variants.instance_type`.
    Excludes `variants`. Default: none. Updates in place; may create or delete the CPU
    alarm."""
    variants: NotRequired[Sequence[WatchedVariantArgs]]
    """The production variants, 1 to 10. Each alarm evaluates all of them. Default: one,
    of `variant_name` and `instance_type`. Updates in place; may create or delete the
    CPU alarm."""
    max_error_percent: NotRequired[float]
    """Percentage of requests with a 5xx error, 0 to 100, above which the alarm goes
    into ALARM state. Default: 1. Updates in place."""
    max_latency_ms: NotRequired[float]
    """99th percentile of the model's latency, in milliseconds, above which the alarm
    goes into ALARM state. Default: 1000, and no such alarm for asynchronous endpoints.
    Updates in place."""
    min_invocations_per_hour: NotRequired[int]
    """Requests per hour below which the alarm goes into ALARM state. Default: no such
    alarm. Updates in place."""


WATCHED_ENDPOINT_DEFAULTS = defaults(
    WatchedEndpointArgs,
    kind=EndpointKind.REAL_TIME,
    variant_name="primary",
    max_error_percent=1.0,
)


class WatchedClusterArgs(TypedDict):
    """An EKS cluster to monitor."""

    cluster_name: pulumi.Input[str]
    """The cluster's name in AWS. Changing it replaces Alertmanager's pod identity."""
    prometheus: NotRequired[bool]
    """Whether the component's Kubernetes provider installs Prometheus, Alertmanager and
    Grafana. Default: true. Changing it installs or uninstalls them."""
    gpus: NotRequired[bool]
    """Whether the cluster has NVIDIA GPUs to monitor: installs the DCGM exporter on
    their nodes, alert rules for failed, hot and idle GPUs, and a Grafana dashboard.
    Requires `prometheus`. Default: false. Updates in place."""
    gpu_profiling: NotRequired[bool]
    """Whether the DCGM exporter collects profiling metrics (activity of SMs, tensor
    cores and memory). It needs SYS_ADMIN on its nodes then, and profilers such as
    Nsight cannot run at the same time. Requires `gpus`. Default: false. Updates in
    place."""
    model_checks: NotRequired[bool]
    """Whether checks of models run on the cluster, and Prometheus scrapes their
    results: adds their Grafana dashboard of data and drift. Requires `prometheus`.
    Default: false. Updates in place."""
    open_cost: NotRequired[bool]
    """Whether OpenCost is installed in the namespace `opencost`, which measures what
    each namespace costs of the cluster, and a Grafana dashboard of spending. Requires
    `prometheus`. Default: false. Changing it installs or uninstalls them."""
    max_usd_per_hour: NotRequired[float]
    """The spending ceiling of all pools, in US dollars per hour, above 0, that the
    dashboard of spending compares with: `TrainingCluster.max_usd_per_hour`. Requires
    `open_cost`. Default: none. Updates in place."""
    max_wait_minutes: NotRequired[int]
    """Minutes that jobs may wait in Kueue's queues before an alert fires, 5 to 10080.
    Default: 30. Updates in place."""


WATCHED_CLUSTER_DEFAULTS = defaults(
    WatchedClusterArgs,
    prometheus=True,
    gpus=False,
    gpu_profiling=False,
    model_checks=False,
    open_cost=False,
    max_wait_minutes=30,
)


class PrometheusArgs(TypedDict):
    """The backend, the storage and the replicas of Prometheus and Grafana."""

    backend: NotRequired[PrometheusBackendValue]
    """Where metrics are retained, and alerts are evaluated and routed: `cluster`, or
    `managed`, a workspace of Amazon Managed Service for Prometheus that Prometheus in
    the cluster writes to. With `managed` Prometheus in the cluster retains three days,
    for autoscaling, and 15 for OpenCost; Alertmanager and Grafana are not installed
    there. Default: cluster. Changing it creates or deletes the workspace; metrics are
    not copied."""
    retention_days: NotRequired[int]
    """Days that metrics are retained, 1 to 365; in the cluster fewer if `storage_gib`
    is full earlier; up to 1095 with the backend `managed`. Default: 15. Updates in
    place."""
    storage_gib: NotRequired[int]
    """Size of each Prometheus volume, in GiB, 2 to 16384. Default: 50. Existing volumes
    are not resized: see "Resizing volumes" in the Prometheus operator's
    documentation."""
    replicas: NotRequired[int]
    """Pods of Prometheus and of Alertmanager, each with its own volume, 1 to 5.
    Default: 2. Updates in place."""
    grafana_storage_gib: NotRequired[int]
    """Size of Grafana's volume, in GiB, for its own dashboards and users, 1 to 16384.
    Not with the backend `managed`. Default: 10. Updates in place to a larger size, if
    the StorageClass allows expansion."""
    cloudwatch: NotRequired[bool]
    """Whether Grafana in the cluster reads the metrics of CloudWatch, by a role of its
    own, and has the dashboard of data and drift of models that AWS serves. Not with the
    backend `managed`. Default: false. Updates in place; creates or deletes the role."""
    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may connect to Prometheus, Alertmanager and Grafana, which
    authenticate nobody or by a password: that of KEDA. `kubectl port-forward` is always
    possible. Default: none. Updates in place."""
    storage_class: NotRequired[pulumi.Input[str]]
    """StorageClass of all volumes. Default: the cluster's default class, which EKS does
    not set since version 1.30. Existing volumes do not change."""


PROMETHEUS_DEFAULTS = defaults(
    PrometheusArgs,
    backend=PrometheusBackend.CLUSTER,
    retention_days=15,
    storage_gib=50,
    cloudwatch=False,
    replicas=2,
    grafana_storage_gib=10,
)


class GrafanaSamlArgs(TypedDict):
    """The identity provider of a workspace of Amazon Managed Grafana."""

    metadata_url: str
    """https:// address of the identity provider's metadata. Updates in place."""
    role_attribute: str
    """Attribute of the assertion whose values are in `admins` and `editors`. Updates in
    place."""


class GrafanaNetworkAccessArgs(TypedDict):
    """From where a workspace of Amazon Managed Grafana is reached. At least one of
    `prefix_list_ids` and `vpc_endpoint_ids`."""

    prefix_list_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """IDs of managed prefix lists, of networks that reach it over the internet, up to
    5. Default: none. Updates in place."""
    vpc_endpoint_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """IDs of interface VPC endpoints of the service `grafana-workspace`, up to 5.
    Default: none. Updates in place."""


class ManagedGrafanaArgs(TypedDict):
    """A workspace of Amazon Managed Grafana, with access to CloudWatch and to the
    managed workspace of Prometheus. `groundplan dashboards push` brings the dashboards
    there."""

    authentication: NotRequired[GrafanaAuthenticationValue]
    """How people sign in: `aws-sso`, AWS IAM Identity Center, which has to be enabled
    in the organization, or `saml`. Default: aws-sso. Changing it replaces the
    workspace."""
    saml: NotRequired[GrafanaSamlArgs]
    """The identity provider. Required for `saml`, and only for it. Default: none.
    Updates in place."""
    admins: NotRequired[Sequence[str]]
    """Who administers Grafana: IDs of groups in IAM Identity Center, or values of the
    role attribute. Default: none. Updates in place."""
    editors: NotRequired[Sequence[str]]
    """Who edits dashboards, as `admins`; at least one for `saml`, where everybody else
    who signs in views. Default: none. Updates in place."""
    viewers: NotRequired[Sequence[str]]
    """IDs of groups in IAM Identity Center that view dashboards. Not for `saml`.
    Default: none. Updates in place."""
    version: NotRequired[str]
    """Version of Grafana. Default: 12.4. Updates in place to a later one; AWS refuses
    an earlier one."""
    network_access: NotRequired[GrafanaNetworkAccessArgs]
    """From where it is reached. Default: from everywhere, by people who sign in.
    Updates in place."""


MANAGED_GRAFANA_DEFAULTS = defaults(
    ManagedGrafanaArgs, authentication=GrafanaAuthentication.AWS_SSO, version="12.4"
)
"""The version is one of those that the provider lists, and the last in which both data
sources of Prometheus sign their requests (`groundplan.operations.dashboards`)."""


class WatchedNetworkArgs(TypedDict):
    """The NAT gateways to monitor."""

    nat_gateway_ids: Sequence[pulumi.Input[str]]
    """Their IDs, in a stable order: alarms are named by position. Updates in place."""


class LogGroupArgs(TypedDict):
    """A CloudWatch log group of the environment."""

    retention_days: NotRequired[int]
    """Days that CloudWatch Logs retains events, one of its retention periods
    (`groundplan.facts.log_retention.DAYS`). Default: 90. Updates in place."""


LOG_GROUP_DEFAULTS = defaults(LogGroupArgs, retention_days=90)


class WatchedReplicaArgs(TypedDict):
    """A bucket in this region that S3 replicates with metrics: an `ArtifactBucket` with
    `replica`."""

    bucket_name: pulumi.Input[str]
    """Name of the bucket of the originals. Updates in place."""
    replica_bucket_name: pulumi.Input[str]
    """Name of the bucket of the copies. Updates in place."""


class MonitoringStackArgs(TypedDict):
    """The arguments of a MonitoringStack."""

    subscribers: NotRequired[Mapping[str, SubscriberArgs]]
    """Subscriptions to the alarm topic, by a name of your choice. Default: none.
    Another name replaces the subscription."""
    chat: NotRequired[Mapping[str, ChatArgs]]
    """Channels of a chat that show the CloudWatch alarms, by a name of your choice.
    Default: none. Another name replaces the channel's configuration."""
    owner: NotRequired[str]
    """Who answers for what is watched, a team or an address, 1 to 100 characters: part
    of every notification, and a label of every alert. Default: none. Updates in
    place."""
    endpoints: NotRequired[Mapping[str, WatchedEndpointArgs]]
    """SageMaker endpoints to monitor, by a name of your choice, which is part of the
    names of their alarms. Default: none. Another name replaces the alarms."""
    objectives: NotRequired[Mapping[str, ObjectiveArgs]]
    """Service-level objectives, by the name of an endpoint in `endpoints`; of up to 5
    variants. Each has alarms on its burn rate. Default: none. Updates in place; creates
    or deletes alarms."""
    cluster: NotRequired[WatchedClusterArgs]
    """The EKS cluster to monitor. Default: none. Updates in place."""
    prometheus: NotRequired[PrometheusArgs]
    """The backend, the storage and the replicas of Prometheus and Grafana of `cluster`.
    Default: as its arguments say. Updates in place."""
    grafana: NotRequired[ManagedGrafanaArgs]
    """A workspace of Amazon Managed Grafana, in place of Grafana in the cluster.
    Without the backend `managed` it shows CloudWatch only. Default: none. Updates in
    place; creates or deletes the workspace."""
    network: NotRequired[WatchedNetworkArgs]
    """The NAT gateways to monitor. Default: none. Updates in place."""
    buckets: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Buckets that the dashboard shows, label -> bucket name. They have no alarms: S3
    publishes its storage metrics once a day, and request metrics must be enabled for
    each bucket and are charged. Default: none. Updates in place."""
    replicas: NotRequired[Mapping[str, WatchedReplicaArgs]]
    """Copies of buckets in other regions, by a label: each has an alarm on copies that
    fail. Default: none. Another label replaces the alarm."""
    log_groups: NotRequired[Mapping[str, LogGroupArgs]]
    """Log groups to create, each named `/groundplan/<project>-<stack>/<key>`. Default:
    none. Another key replaces the log group."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of the dashboard and the alerts.
    Default: none; the dashboard names paths. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key that encrypts the topic, the log groups and the
    workspace of Prometheus, which another key replaces; its policy must allow
    CloudWatch, EventBridge, with log groups or the backend `managed` CloudWatch Logs,
    and with that backend `aps.amazonaws.com` to use it. Default: a new `EncryptionKey`.
    Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the KMS key, the log groups and the cluster's
    namespace with its volumes, and retains them on delete. Default: true. Updates in
    place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


MONITORING_STACK_DEFAULTS = defaults(MonitoringStackArgs, deletion_protection=True)
