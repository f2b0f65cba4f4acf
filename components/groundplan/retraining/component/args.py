"""The arguments of a RetrainingPipeline."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.lambda_functions.operation_args import (
    FUNCTION_OPERATION_DEFAULTS,
    FunctionOperationArgs,
)
from groundplan.retraining.component.choices import ModelTask, ModelTaskValue
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.training.job.args import TRAINING_JOB_DEFAULTS, JobNetworkArgs


class RetrainingTriggersArgs(TypedDict):
    """What begins runs, beside people and calls of the API."""

    drift: NotRequired[bool]
    """Whether drift of requests or predictions that a check finds begins a run. Needs
    `monitor`. Updates in place. Default: true with `monitor`."""
    quality: NotRequired[bool]
    """Whether a drop of quality that a check finds begins a run. Needs `monitor`.
    Updates in place. Default: true with `monitor`."""
    dataset: NotRequired[bool]
    """Whether a new version under the dataset's tag begins a run; the artifact bucket
    has to send its events to EventBridge. Updates in place. Default: true."""
    schedule_expression: NotRequired[str]
    """When a run begins in any case, an expression of EventBridge Scheduler in UTC:
    `cron(0 3 ? * MON *)`. Updates in place. Default: none."""
    expected_within_hours: NotRequired[int]
    """Hours within which a run has to succeed, 1 to 168; an alarm notifies otherwise.
    Needs `schedule_expression`. Updates in place. Default: none; no alarm."""


class RetrainingTrainingArgs(TypedDict):
    """The training of a run: the champion's, on other data. Its image, code, parameters
    and instances are those of the champion's record; here is what that does not
    contain, and what a run may use."""

    job: str
    """Name of the `TrainingJob` of the champion: the records of its runs are in
    `runs/<job>/`. Updates in place."""
    image: pulumi.Input[str]
    """The champion's training image: runs may pull from its repository. Updates in
    place."""
    instance_type: str
    """SageMaker instance type of the champion's record, `ml.g5.xlarge`, for the price
    of a run. Updates in place."""
    nodes: NotRequired[int]
    """Number of instances of the champion's record, 1 to 1000. Updates in place.
    Default: 1."""
    max_runtime_seconds: NotRequired[int]
    """The longest runtime of the champion's record, 1 to 2419200. Updates in place.
    Default: 86400, a day, as that of a `TrainingJob`."""
    max_wait_hours: NotRequired[int]
    """Hours that a job may wait for capacity beside its runtime, 1 to 672. Updates in
    place. Default: 24."""
    usd_per_hour: NotRequired[float]
    """Price of one instance for an hour, above 0. Updates in place. Default: the list
    price of the region."""
    input_name: NotRequired[str]
    """The dataset of the champion's record that a run replaces. Updates in place.
    Default: train."""
    checkpoint_prefix: NotRequired[str]
    """Folder of the checkpoints in the champion's record. Updates in place. Default:
    checkpoints/<job>/."""
    output_prefix: NotRequired[str]
    """Folder of the models in the champion's record. Updates in place. Default:
    models/<job>/."""
    network: NotRequired[JobNetworkArgs]
    """Where in a VPC the jobs are, as in the champion's record; a security group is
    created for them. Adding or removing it creates or deletes that. Default: none."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing role of the jobs, which SageMaker may assume. Default: one is
    created, and reads the dataset and `secret_arns` only."""
    secret_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of the secrets in AWS Secrets Manager that the champion's record names: the
    role that is created may read these, and no others. Not with `role_arn`. Updates in
    place. Default: none."""


class RetrainingEvaluationArgs(TypedDict):
    """The job that measures the candidate and the champion on the same data."""

    held_out: str
    """Data that no run trains on: `<dataset>:<tag>`, `<dataset>@sha256:<digest>`, or a
    folder of the artifact bucket, `s3://bucket/held-out/`. Updates in place."""
    recent: NotRequired[str]
    """What the endpoint was asked recently, with labels, in the same form. Updates in
    place. Default: none."""
    image: NotRequired[pulumi.Input[str]]
    """The image of the evaluation by its digest. Updates in place. Default: the
    champion's training image."""
    command: NotRequired[Sequence[str]]
    """What it runs. Updates in place. Default: the image's entry point."""
    task: NotRequired[ModelTaskValue]
    """What the model does. Updates in place. Default: binary-classification."""
    instance_type: NotRequired[str]
    """SageMaker instance type of the evaluation. Updates in place. Default:
    ml.m5.xlarge."""
    volume_gib: NotRequired[int]
    """GiB of its volume, 1 to 16384. Updates in place. Default: 30."""
    max_runtime_seconds: NotRequired[int]
    """Its longest runtime, 60 to 432000. Updates in place. Default: 3600."""
    usd_per_hour: NotRequired[float]
    """Price of its instance for an hour, above 0. Updates in place. Default: the list
    price of the region."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing role of the evaluation, which SageMaker may assume. Default:
    one is created, and may do no more than an evaluation needs."""


class RetrainingApprovalArgs(TypedDict):
    """Who decides whether a version that passed the gates is released."""

    required: NotRequired[bool]
    """Whether a person approves it. If false, the gates decide, unless the release
    target demands a sign-off; it needs gates. Updates in place. Default: true."""
    days: NotRequired[int]
    """Days that a version waits for its approval before it counts as refused, 1 to 180.
    Updates in place. Default: 14."""
    overdue_hours: NotRequired[int]
    """Hours after which an alarm notifies of a version that waits, 1 to 166; it may
    take two more. Updates in place. Default: 48."""


class RetrainingNotificationsArgs(TypedDict):
    """The SNS topic that is notified of what runs come to, and asked for approvals."""

    topic_arn: pulumi.Input[str]
    """ARN of the topic: `MonitoringStack.topic_arn`. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the topic: `MonitoringStack.key_arn`. Updates in
    place. Default: none; the topic has none."""


class RetrainingPipelineArgs(FunctionOperationArgs):
    """The arguments of a RetrainingPipeline."""

    release_target: pulumi.Input[Mapping[str, Any]]
    """The endpoint, as a `ReleaseRuntime` has it in `release_targets`. Its release is
    `registry`. Updates in place."""
    endpoint: pulumi.Input[str]
    """Name of the endpoint. The journal of its runs is in `retraining/<endpoint>/` of
    the bucket: changing it leaves that behind, with what is known of former runs."""
    artifacts: ArtifactAccessArgs
    """The bucket of datasets, records, models and the journal: `ArtifactBucket.access`.
    Changing it leaves the journal behind."""
    dataset: str
    """What runs train on: a tag, `<dataset>:<tag>`. Updates in place."""
    data_prefixes: NotRequired[Sequence[str]]
    """Further folders of the bucket that jobs read: of objects that a dataset version
    names where they were, `raw/churn/`. Updates in place. Default: none; those that a
    commit uploaded are in the dataset's own folder."""
    training: RetrainingTrainingArgs
    """The training of a run. Updates in place."""
    evaluation: RetrainingEvaluationArgs
    """The comparison of the candidate with the champion. Updates in place."""
    budget_usd_per_month: float
    """US dollars that the runs of a calendar month (UTC) may cost, at least the price
    of one run. A run that might cost more is not begun. Updates in place."""
    budget_usd_per_run: NotRequired[float]
    """US dollars that one run may cost. Updates in place. Default: the price of the
    longest run, training and evaluation."""
    cool_down_hours: NotRequired[int]
    """Hours after the end of a run in which only a person begins another, 0 to 8760.
    Updates in place. Default: 24."""
    monitor: NotRequired[pulumi.Input[str]]
    """Name of the checks whose events begin runs: `ModelMonitoring.monitor`. Updates in
    place. Default: none."""
    triggers: NotRequired[RetrainingTriggersArgs]
    """What begins runs. Updates in place. Default: new dataset versions, and with
    `monitor` drift and drops of quality."""
    approval: NotRequired[RetrainingApprovalArgs]
    """Who decides about a release. Updates in place. Default: a person."""
    watch_minutes: NotRequired[int]
    """Minutes after a release in which its alarms are watched, and end with a rollback,
    5 to 10080. Updates in place. Default: 60."""
    prefix: NotRequired[str]
    """Folder of the journals. Default: retraining/. Changing it leaves them behind."""
    manifest_prefix: NotRequired[str]
    """Folder of the manifests of environments, which versions name. Updates in place.
    Default: manifests/."""
    notifications: RetrainingNotificationsArgs
    """The topic of notifications and requests for approval. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of logs, failed events and the state machine; its policy has
    to let CloudWatch Logs, its delivery and EventBridge use it, as an `EncryptionKey`
    with the services `logs`, `log-delivery` and `events` does. Updates in place.
    Default: a key of its own."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


RETRAINING_TRIGGERS_DEFAULTS = defaults(RetrainingTriggersArgs, dataset=True)
RETRAINING_TRAINING_DEFAULTS = defaults(
    RetrainingTrainingArgs,
    nodes=TRAINING_JOB_DEFAULTS["nodes"],
    max_runtime_seconds=TRAINING_JOB_DEFAULTS["max_runtime_seconds"],
    max_wait_hours=24,
    input_name="train",
)
RETRAINING_EVALUATION_DEFAULTS = defaults(
    RetrainingEvaluationArgs,
    task=ModelTask.BINARY_CLASSIFICATION,
    instance_type="ml.m5.xlarge",
    volume_gib=30,
    max_runtime_seconds=3600,
)
RETRAINING_APPROVAL_DEFAULTS = defaults(
    RetrainingApprovalArgs, required=True, days=14, overdue_hours=48
)
RETRAINING_PIPELINE_DEFAULTS = defaults(
    RetrainingPipelineArgs,
    **FUNCTION_OPERATION_DEFAULTS,
    cool_down_hours=24,
    watch_minutes=60,
    prefix="retraining/",
    manifest_prefix="manifests/",
)
