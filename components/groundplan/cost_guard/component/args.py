"""The arguments of a CostGuard."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.lambda_functions.operation_args import (
    FUNCTION_OPERATION_DEFAULTS,
    FunctionOperationArgs,
)
from groundplan.storage.access import ArtifactAccessArgs


class GuardCeilingArgs(TypedDict):
    """What a month may cost, enforced by the guard's own count of hours at list prices
    on demand."""

    usd_per_month: float
    """USD a calendar month (UTC) that are never exceeded. Updates in place."""
    fixed_usd_per_month: float
    """USD of it for what cannot be stopped: control plane, gateways, volumes, buckets
    and pools that are not in `stops`. The scenario `idle` of `groundplan preview` with
    what runs all the time. Updates in place."""
    reserve_usd_per_hour: NotRequired[float]
    """USD an hour that may start between two runs beside pools and endpoints: notebooks
    and training jobs. Updates in place. Default: 0."""


GUARD_CEILING_DEFAULTS = defaults(GuardCeilingArgs, reserve_usd_per_hour=0)


class GuardStopsArgs(TypedDict):
    """What may be stopped. None of it holds data."""

    pools: NotRequired[Sequence[str]]
    """Names of node pools, of `node_groups`: they start no pods, and but for closing
    time end their nodes. Updates in place. Default: none."""
    endpoints: NotRequired[Sequence[str]]
    """Names of SageMaker endpoints, of `endpoints`: they are deleted until they may run
    again, and created of the configuration that they had. Updates in place. Default:
    none."""
    notebooks: NotRequired[bool]
    """Whether notebook instances with all of `tags` are stopped. Updates in place.
    Default: false."""
    studio_domains: NotRequired[Sequence[str]]
    """IDs of SageMaker Studio domains whose apps (JupyterLab, Code Editor, kernels) are
    stopped; spaces and their disks stay. Updates in place. Default: none."""
    training_jobs: NotRequired[bool]
    """Whether SageMaker training jobs with all of `tags` are stopped: at a limit, not
    at closing time. Updates in place. Default: false."""
    idle: NotRequired[bool]
    """Whether idle notebooks and endpoints are stopped, of those that may be, once a
    day. Idle volumes and addresses are reported then, with what they cost, and never
    deleted. Updates in place. Default: false."""
    at_percent: NotRequired[int]
    """Percent of a budget's actual costs, 50 to 200, from which on what belongs to it
    is stopped. Updates in place. Default: 100."""


GUARD_STOPS_DEFAULTS = defaults(
    GuardStopsArgs,
    pools=(),
    endpoints=(),
    notebooks=False,
    studio_domains=(),
    training_jobs=False,
    idle=False,
    at_percent=100,
)


class GuardScheduleArgs(TypedDict):
    """When what may be stopped may run."""

    open: str
    """When it opens, local time: 07:00. Updates in place."""
    close: str
    """When it closes, local time: 19:00; before `open` it is on the next day. Updates
    in place."""
    time_zone: NotRequired[str]
    """IANA time zone of both times, with its daylight saving: Europe/Berlin. Updates in
    place. Default: UTC."""
    weekends: NotRequired[bool]
    """Whether it opens on Saturdays and Sundays too. Updates in place. Default:
    false."""


GUARD_SCHEDULE_DEFAULTS = defaults(GuardScheduleArgs, time_zone="UTC", weekends=False)


class GuardAnomaliesArgs(TypedDict):
    """AWS Cost Anomaly Detection on the environment's costs."""

    min_usd: float
    """Least impact in USD of an anomaly that is notified. Updates in place."""
    monitor_arn: NotRequired[pulumi.Input[str]]
    """ARN of the account's monitor of AWS services, of which an account has one: AWS
    creates it with Cost Explorer. Member accounts of an organization may create no
    other, and need it. Updates in place. Default: a monitor of its own, of one of
    `tags`, or of services without `tags`."""


class GuardDataExportArgs(TypedDict):
    """A daily export of all costs of the account, with those of pods split by AWS
    (Parquet, CUR 2.0). Split cost allocation data has to be enabled once in the
    account's billing preferences."""

    bucket_name: pulumi.Input[str]
    """Name of an existing bucket, whose policy allows AWS Data Exports to write.
    Updates in place."""
    bucket_region: pulumi.Input[str]
    """Region of the bucket. Updates in place."""
    prefix: NotRequired[str]
    """Folder of the export. Updates in place. Default: costs."""


GUARD_DATA_EXPORT_DEFAULTS = defaults(GuardDataExportArgs, prefix="costs")


class CostGuardArgs(FunctionOperationArgs):
    """The arguments of a CostGuard."""

    bucket: ArtifactAccessArgs
    """The bucket of the guard's journal: `ArtifactBucket.access`. Updates in place; the
    hours of the month so far are then counted from nodes and endpoints that run."""
    usd_per_month: float
    """Limit of the environment's budget, USD a month. It notifies; `ceiling` enforces.
    Updates in place."""
    teams: NotRequired[Mapping[str, float]]
    """Team -> limit of its budget, USD a month, of resources with the tag
    `groundplan:team`. Updates in place; another name replaces the budget. Default:
    none."""
    models: NotRequired[Mapping[str, float]]
    """Endpoint -> limit of its budget, USD a month, of resources with its name in the
    tag `groundplan:component`. Updates in place; another name replaces the budget.
    Default: none."""
    actual_percents: NotRequired[Sequence[int]]
    """Percents of a limit, 1 to 1000, that are notified once actual costs reach them.
    Updates in place. Default: 80, 100."""
    forecast_percent: NotRequired[int]
    """Percent of a limit, 1 to 1000, that is notified once AWS forecasts it for the
    month; AWS needs some five weeks of costs for a forecast. Updates in place. Default:
    100."""
    allocation_tags: NotRequired[Sequence[str]]
    """Keys of tags that are activated as cost allocation tags of the account: budgets
    and anomalies see no others. Only a management account or a standalone one may, and
    only a day after the first resource has the tag; they stay active on delete.
    Updates in place. Default: none."""
    anomalies: NotRequired[GuardAnomaliesArgs]
    """Anomaly detection. Updates in place. Default: none."""
    data_export: NotRequired[GuardDataExportArgs]
    """Split cost data. Default: none."""
    stops: NotRequired[GuardStopsArgs]
    """What may be stopped. Default: nothing."""
    dry_run: NotRequired[bool]
    """Whether the guard only reports what it would stop; its role may stop nothing
    then. Updates in place. Default: true."""
    allow_production: NotRequired[bool]
    """Whether `stops` may name something in a stack with `prod` in its name. Updates in
    place. Default: false."""
    ceiling: NotRequired[GuardCeilingArgs]
    """What a month may cost. Default: none."""
    schedule: NotRequired[GuardScheduleArgs]
    """When what may be stopped may run. Default: always."""
    expires: NotRequired[str]
    """The last day of the environment, 2027-03-31 (UTC), after which what may be
    stopped stops. Updates in place. Default: none."""
    remind_days_before: NotRequired[int]
    """Days before that a reminder is sent, 1 to 90. Updates in place. Default: 7."""
    interval_minutes: NotRequired[int]
    """Minutes between two runs of the guard, 5 to 60: the longer, the earlier before
    the ceiling it stops. Updates in place. Default: 15."""
    node_groups: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Pool -> name of its managed node group: `TrainingCluster.node_groups`. Updates in
    place. Default: none."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster of the node groups. Updates in place. Default: none."""
    endpoints: NotRequired[Mapping[str, pulumi.Input[str]]]
    """SageMaker endpoints, name in the settings -> name in AWS:
    `ModelEndpoint.endpoint_name`. Updates in place. Default: none."""
    endpoint_key_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of the KMS keys of the volumes of `stops.endpoints`, which creating them
    again uses: `ModelEndpoint`'s `kms_key_arn`. Updates in place. Default: none."""
    journal_prefix: NotRequired[str]
    """Folder of the journal in the bucket. Updates in place; see `bucket`. Default:
    cost-guard/."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of the SNS topic of people, which gets what the guard did and what AWS
    notifies: `MonitoringStack.topic_arn`. Updates in place. Default: none."""
    topic_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the topic: `MonitoringStack.key_arn`. Updates in
    place. Default: none."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the topic, the logs and failed events; its policy has to
    let CloudWatch Logs, AWS Budgets and Cost Anomaly Detection use it, as an
    `EncryptionKey` with the services `logs`, `budgets` and `costalerts` does. Updates
    in place. Default: a key of its own."""
    memory_mb: NotRequired[int]
    """Memory of the function in MB, 256 to 10240. Updates in place. Default: 512."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children, and those by which AWS knows the environment's costs,
    notebooks and jobs. Required for budgets that count the environment alone. Updates
    in place. Default: none; the budget is then the account's."""


COST_GUARD_DEFAULTS = defaults(
    CostGuardArgs,
    **FUNCTION_OPERATION_DEFAULTS,
    actual_percents=(80, 100),
    forecast_percent=100,
    allocation_tags=(),
    dry_run=True,
    allow_production=False,
    remind_days_before=7,
    interval_minutes=15,
    journal_prefix="cost-guard/",
    memory_mb=512,
)
