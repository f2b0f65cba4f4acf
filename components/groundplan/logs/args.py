"""The arguments of a LogStore."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.logs.choices import LogOutputTypeValue


class LogOutputArgs(TypedDict):
    """Where Fluent Bit sends lines on a cluster without AWS. Updates in place."""

    type: LogOutputTypeValue
    """What receives lines: `opensearch`, `loki` or `http`. Updates in place."""
    host: str
    """Host name of the receiver: opensearch.search.svc. Updates in place."""
    port: NotRequired[int]
    """Port of the receiver. Updates in place. Default: 9200 for `opensearch`, 3100 for
    `loki`, 443 for `http`."""
    tls: NotRequired[bool]
    """Whether lines are sent by TLS, with a certificate that the image's authorities
    signed. Updates in place. Default: true."""
    path: NotRequired[str]
    """Path of the URL, `/logs`: of the receiver for `http`, in front of the API's own
    for `opensearch`, in place of it for `loki`. Updates in place. Default: none."""
    index: NotRequired[str]
    """Name of the indexes of `opensearch`, before the day's date. Updates in place;
    indexes of before stay. Default: groundplan-logs."""
    namespace: NotRequired[str]
    """Namespace of the receiver, if it is in the cluster: the network policy lets
    Fluent Bit reach no other. Updates in place. Default: none; the port is reached at
    every address."""
    secret_name: NotRequired[str]
    """Kubernetes secret in the namespace `logging-system` with the keys `user` and
    `password` of the receiver. Updates in place. Default: none; no credentials."""


class ClusterLogsArgs(TypedDict):
    """Logs of the containers of a cluster."""

    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, for Fluent Bit's pod identity. Required without
    `output`. Default: none. Another cluster replaces the identity."""
    output: NotRequired[LogOutputArgs]
    """Where lines go in place of CloudWatch Logs, on a cluster without AWS. Default:
    none; CloudWatch Logs. Updates in place."""
    prometheus: NotRequired[bool]
    """Whether the Prometheus operator is installed: its PodMonitor and alerts watch
    Fluent Bit. Default: true. Updates in place."""
    managed_prometheus: NotRequired[ManagedPrometheusArgs]
    """The workspace of Amazon Managed Service for Prometheus that evaluates the alerts,
    of `MonitoringStack` with the backend `managed`. Requires `prometheus`. Default:
    none; Prometheus in the cluster. Updates in place; creates or deletes the rules."""
    memory_mib: NotRequired[int]
    """Memory limit of Fluent Bit on each node in MiB, 128 to 2048. Updates in place.
    Default: 256."""


class TeamLogsArgs(TypedDict):
    """A team's logs."""

    namespaces: NotRequired[Sequence[str]]
    """Namespaces whose lines are the team's. Updates in place; lines of before stay
    where they are. Default: the one with the team's name."""
    endpoints: NotRequired[Sequence[str]]
    """Keys of `endpoints` whose lines are the team's in the search. Updates in place.
    Default: none."""
    readers: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of IAM roles that read the team's lines, and no others, in the search.
    Updates in place. Default: none."""


class TrainingJobLogsArgs(TypedDict):
    """The log group of SageMaker's training jobs, one for the whole account and
    region."""

    create: NotRequired[bool]
    """Whether this environment creates it, and sets its retention and key. False where
    it exists: SageMaker creates it with the first job, without either. Then import it
    (`pulumi import`) or leave it to another environment. Default: false."""
    retention_days: NotRequired[int]
    """Days that lines are kept, where this environment creates it. Updates in place.
    Default: 90."""


class DataProtectionArgs(TypedDict):
    """Masking of sensitive data. AWS masks when lines are read: who may
    `logs:Unmask` still sees them."""

    identifiers: Sequence[str]
    """Managed data identifiers: EmailAddress, CreditCardNumber, AwsSecretKey,
    PhoneNumber-US. Updates in place; lines of before stay as they are."""


class SearchNetworkArgs(TypedDict):
    """Where the search is reached."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. Changing it replaces the domain and loses its indexes."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of private subnets, at least one for each zone of `zone_count`. A domain uses
    the first of them. Updates in place by a blue/green deployment."""


class SearchDomainArgs(TypedDict):
    """An OpenSearch domain."""

    engine_version: NotRequired[str]
    """Version of OpenSearch, as OpenSearch_2.19. A newer one updates in place by a
    blue/green deployment; an older one replaces the domain. Default:
    OpenSearch_2.19."""
    instance_type: NotRequired[str]
    """Instance type of data nodes. Updates in place by a blue/green deployment.
    Default: m6g.large.search."""
    instance_count: NotRequired[int]
    """Data nodes, 1 to 80; a multiple of `zone_count`. Updates in place by a blue/green
    deployment. Default: 2."""
    zone_count: NotRequired[int]
    """Availability zones, 1 to 3: with 1 a lost zone loses the search. Updates in place
    by a blue/green deployment. Default: 2."""
    volume_size_gb: NotRequired[int]
    """GB of the gp3 volume of each data node, 10 to 24576; the instance type limits it
    further. Updates in place. Default: 100."""
    dedicated_masters: NotRequired[bool]
    """Whether three dedicated master nodes manage the cluster. Updates in place by a
    blue/green deployment. Default: true with three data nodes or more."""
    auto_tune: NotRequired[bool]
    """Whether OpenSearch tunes its memory and queues by itself, in the off-peak window.
    Updates in place. Default: true, but for T3 instances, which can't."""
    audit_log: NotRequired[bool]
    """Whether failed logins and refused requests are logged. Updates in place.
    Default: true."""
    service_linked_role: NotRequired[bool]
    """Whether this environment creates the service-linked role of OpenSearch, which
    exists once in an account, and without which no domain can be in a VPC. Default:
    false."""


class SearchServerlessArgs(TypedDict):
    """An OpenSearch Serverless collection of time series. It bills at least 2 OCUs, or
    1 without standby replicas, at every hour, empty or not."""

    standby_replicas: NotRequired[bool]
    """Whether a second zone has a copy: twice the OCUs. Changing it replaces the
    collection and loses its indexes. Default: true."""


class SearchArgs(TypedDict):
    """Search in lines: a domain or a serverless collection, one of the two. It is
    filled from CloudWatch Logs, and can be filled from there again."""

    network: SearchNetworkArgs
    """Where the search is reached."""
    client_security_group_ids: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Security groups that reach the search on port 443, by any key: of a VPN, or of
    the training cluster. Updates in place. Default: none but the component's own
    functions."""
    domain: NotRequired[SearchDomainArgs]
    """An OpenSearch domain. Default: none. Changing to `serverless` replaces the
    search."""
    serverless: NotRequired[SearchServerlessArgs]
    """An OpenSearch Serverless collection. Default: none."""
    retention_days: NotRequired[int]
    """Days that lines can be searched, 1 to 3650. Updates in place. Default: 30."""
    readers: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of IAM roles that read the lines of all teams. Updates in place. Default:
    none."""
    administrators: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of IAM roles that administer the search. Updates in place. Default: none but
    the component's own role."""


class LogStoreArgs(TypedDict):
    """The arguments of a LogStore."""

    cluster: NotRequired[ClusterLogsArgs]
    """The cluster whose containers' lines are collected by Fluent Bit; it needs a
    Kubernetes provider in the options. Default: none."""
    teams: NotRequired[Mapping[str, TeamLogsArgs]]
    """Teams by name, each with a log group of its own. Lines of other namespaces are in
    the log group `platform`. Default: none. Another name replaces the log group."""
    endpoints: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Names of SageMaker endpoints, by any key. Their log groups are searched and
    queried; `ModelEndpoint` creates them. Updates in place. Default: none."""
    functions: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Names of log groups of functions, by any key: `ModelMonitoring.log_group.name`.
    They are searched and queried. Updates in place. Default: none."""
    training_jobs: NotRequired[TrainingJobLogsArgs]
    """The log group of SageMaker's training jobs. Default: none; it is not used."""
    search: NotRequired[SearchArgs]
    """Amazon OpenSearch. Default: none; CloudWatch Logs Insights searches."""
    data_protection: NotRequired[DataProtectionArgs]
    """Masks sensitive data in the log groups of the cluster, and in the search.
    Updates in place. Default: none."""
    retention_days: NotRequired[int]
    """Days that CloudWatch Logs keeps lines, one of its retention periods. Updates in
    place. Default: 90."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of log groups and the search; its policy has to let CloudWatch
    Logs use it, as an `EncryptionKey` with the service `logs` does. Another key updates
    log groups in place and replaces the search. Default: a key of its own."""
    alarm_actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics that are notified, such as `MonitoringStack.topic_arn`.
    Updates in place. Default: none."""
    owner: NotRequired[str]
    """Who answers for it, a team or an address, 1 to 100 characters: part of every
    notification. Updates in place. Default: none."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of alarms. Updates in place.
    Default: none; alarms name paths."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete log groups, the search and the key, and retains
    them on delete. Updates in place. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children. Updates in place. Default: none."""


LOG_OUTPUT_DEFAULTS = defaults(LogOutputArgs, tls=True, index="groundplan-logs")
CLUSTER_LOGS_DEFAULTS = defaults(ClusterLogsArgs, prometheus=True, memory_mib=256)
TRAINING_JOB_LOGS_DEFAULTS = defaults(TrainingJobLogsArgs, create=False, retention_days=90)
SEARCH_DOMAIN_DEFAULTS = defaults(
    SearchDomainArgs,
    engine_version="OpenSearch_2.19",
    instance_type="m6g.large.search",
    instance_count=2,
    zone_count=2,
    volume_size_gb=100,
    audit_log=True,
    service_linked_role=False,
)
SEARCH_SERVERLESS_DEFAULTS = defaults(SearchServerlessArgs, standby_replicas=True)
SEARCH_DEFAULTS = defaults(SearchArgs, retention_days=30)
LOG_STORE_DEFAULTS = defaults(LogStoreArgs, retention_days=90, deletion_protection=True)
