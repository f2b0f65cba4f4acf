"""The arguments of a DataPipeline."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.data.pipeline.choices import (
    PipelineEngine,
    PipelineEngineValue,
    WorkerType,
    WorkerTypeValue,
)
from groundplan.data.quality.args import QualityArgs
from groundplan.storage.access import ArtifactAccessArgs


class PipelineNetworkArgs(TypedDict):
    """Where in a VPC the workers of a Glue job are. Changing any of it replaces the
    connection."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC."""
    subnet_id: pulumi.Input[str]
    """ID of a private subnet with a way to S3 and to the APIs of AWS Glue, CloudWatch
    Logs and KMS: endpoints, or a NAT gateway."""
    availability_zone: pulumi.Input[str]
    """Availability zone of the subnet."""


class GlueJobArgs(TypedDict):
    """A Spark job of AWS Glue. All arguments update in place, and hold for runs that
    begin later."""

    script: str
    """Path of the Spark script, in Python: absolute, or relative to the folder of the
    program or to that of the project. The bucket gets it under its digest."""
    glue_version: NotRequired[str]
    """Version of AWS Glue, `5.0` or `5.1`: Spark 3.5 and Python 3.11. Default: 5.0."""
    worker_type: NotRequired[WorkerTypeValue]
    """Size of a worker: `G.1X` (1 DPU: 4 vCPU, 16 GB), `G.2X`, `G.4X`, `G.8X`.
    Default: G.1X."""
    workers: NotRequired[int]
    """The most workers of a run, 2 to 299; Glue adds and removes them as the stages of
    the job need. Default: 2."""
    timeout_minutes: NotRequired[int]
    """The longest that a run takes, 5 to 10080; Glue stops it then. `limits` may stop
    it earlier. Default: 60."""
    retries: NotRequired[int]
    """How often a run that failed is tried again, 0 to 5. Default: 1."""
    bookmarks: NotRequired[bool]
    """Whether Glue remembers what former runs have read, so that a run reads only new
    objects, and its version has only these; a source of the script needs a
    `transformation_ctx`. What a run read that was not published is read again when the
    job's bookmark is reset. Default: false."""
    arguments: NotRequired[Mapping[str, str]]
    """Further arguments of the script, by name without hyphens in front. Default:
    none."""
    python_modules: NotRequired[Sequence[str]]
    """Python packages that a run installs: `name==version`, or S3 URIs of wheels, which
    need no internet. Default: none."""
    network: NotRequired[PipelineNetworkArgs]
    """Where in a VPC the workers are. Default: none; AWS Glue's own network."""


class ContainerJobArgs(TypedDict):
    """A job in a queue of a Kubernetes cluster, and the CronJob that carries the runs.
    All arguments but `cluster_name` and `namespace` update in place, and hold for jobs
    that begin later."""

    script: str
    """Path of the script, a Python program: absolute, or relative to the folder of the
    program or to that of the project. The bucket gets it under its digest. It gets
    `--run`, `--input-<name>` and `--output`: folders of its pod; on Ray, of S3."""
    image: pulumi.Input[str]
    """Container image with `groundplan[quality,parquet]` and what the script imports:
    what images/pipeline/Dockerfile builds, or one from it. With a version tag or a
    digest."""
    cluster_name: pulumi.Input[str]
    """Name of the EKS cluster, with the add-on eks-pod-identity-agent. Changing it
    replaces the pod identity associations."""
    namespace: str
    """The namespace of the jobs, with their queue: a team's. Changing it forces
    replacement of all objects."""
    queue: NotRequired[str]
    """Name of Kueue's LocalQueue in the namespace. Default: default."""
    pool: NotRequired[str]
    """The pool whose nodes jobs get. Default: Kueue chooses among the queue's."""
    priority: NotRequired[str]
    """Kueue's priority class of the jobs. Default: the queue's."""
    cpu: NotRequired[int]
    """Cores that a pod requests, 1 to 192. Default: 2."""
    memory_gib: NotRequired[int]
    """Memory request and limit of a pod, in GiB, 1 to 2048; the check, too, reads what
    a run wrote into it. Default: 8."""
    volume_size_gb: NotRequired[int]
    """Ephemeral storage of the node for what a run reads and writes, in GB, 1 to 4096.
    Default: 20."""
    timeout_minutes: NotRequired[int]
    """The longest that a job takes with its retries, 5 to 10080; it is ended then.
    `limits` may end it earlier. Default: 60."""
    retries: NotRequired[int]
    """How often a job that failed is tried again, 0 to 5. Default: 1."""
    max_wait_hours: NotRequired[int]
    """Hours that a job may wait in the queue, 1 to 672; its run fails then.
    Default: 24."""
    bookmarks: NotRequired[bool]
    """Whether a run reads only objects that no published run has read, so that its
    version has only these. Those of a run that failed wait until its dead letter is
    removed. Default: false; each run reads all objects."""
    arguments: NotRequired[Mapping[str, str]]
    """Further arguments of the script, by name without hyphens in front. Default:
    none."""
    look_minutes: NotRequired[int]
    """How often the CronJob looks for what begins a run, and takes the steps that can
    be taken: minutes, 1 to 30. Default: 5."""


class RayPipelineArgs(TypedDict):
    """The Ray cluster of a run. All of them update in place."""

    version: str
    """Version of Ray in the image: 2.60.0."""
    nodes: NotRequired[int]
    """Pods that work, 1 to 1000, beside the head; each has `container.cpu` and
    `container.memory_gib`. Default: 4."""


class PipelineLimitsArgs(TypedDict):
    """What a pipeline may cost: DPU hours in AWS Glue, vCPU hours on a cluster. All
    arguments update in place."""

    dpu_hours_per_run: NotRequired[float]
    """DPU hours that one try of a run may take, above 0: the timeout of the job is
    lowered to them. Default: 10."""
    dpu_hours_per_month: NotRequired[float]
    """DPU hours of a calendar month, in UTC: a run that could exceed them is refused,
    and alarms. Default: 100."""
    vcpu_hours_per_run: NotRequired[float]
    """vCPU hours that the job of a run may take with its retries, above 0: its timeout
    is lowered to them. Default: 40."""
    vcpu_hours_per_month: NotRequired[float]
    """vCPU hours of a calendar month, in UTC: a run that could exceed them does not
    begin, and alarms. Default: 400."""


class PipelineTriggersArgs(TypedDict):
    """What begins runs, beside people and calls of the API. All arguments update in
    place."""

    schedule_expression: NotRequired[str]
    """When a run begins: an expression of EventBridge Scheduler, in UTC. Default:
    none."""
    objects: NotRequired[bool]
    """Whether new objects of the inputs begin a run. Runs don't overlap: objects that
    arrive meanwhile are for one run after it. For glue, the bucket has to send its
    events to EventBridge; on a cluster the CronJob lists the inputs. Default:
    false."""
    datasets: NotRequired[Sequence[str]]
    """References of datasets by tag, `users:production`, whose publications begin a
    run. Default: none."""
    settle_minutes: NotRequired[int]
    """Minutes that a run waits for further objects before it begins, 1 to 1440.
    Default: 5."""
    expected_within_hours: NotRequired[int]
    """Hours within which a run has to publish, 1 to 168; an alarm notifies otherwise.
    Default: none; no alarm."""


class IcebergTableArgs(TypedDict):
    """An Iceberg table of the Glue Data Catalog, which runs fill and Athena reads."""

    columns: Mapping[str, str]
    """Columns that the table is created with -> their types in Glue's words: `bigint`,
    `double`, `string`, `timestamp`, `decimal(10,2)`, `array<string>`. A change has no
    effect: runs evolve the schema by Spark."""
    description: NotRequired[str]
    """What its rows are. Updates in place. Default: none."""


class PipelineCatalogArgs(TypedDict):
    """The Glue Data Catalog database of a pipeline, and the Athena workgroup that reads
    it."""

    tables: Mapping[str, IcebergTableArgs]
    """The tables, by name: lower-case letters, digits and underscores. Changing a name
    replaces the table."""
    scan_limit_gb: NotRequired[float]
    """GB that one query may scan, 0.01 to 1000000; Athena cancels it then. Updates in
    place. Default: 10."""


class DataPipelineArgs(TypedDict):
    """The arguments of a DataPipeline."""

    bucket: ArtifactAccessArgs
    """The bucket of the inputs and of the dataset: `ArtifactBucket.access`. Updates in
    place."""
    dataset: str
    """Name of the dataset whose versions the runs publish. Updates in place."""
    inputs: Mapping[str, str]
    """Name -> folder of the bucket that runs read: `{"raw": "raw/clicks/"}`, or that of
    another dataset, `datasets/users/`. The script gets each as `--input-<name>`.
    Updates in place."""
    engine: NotRequired[PipelineEngineValue]
    """What carries a run out: glue, container or ray. Changing it replaces what
    carries runs; versions and tags of the dataset stay. Default: glue."""
    glue: NotRequired[GlueJobArgs]
    """The Spark job of AWS Glue; only for glue, which requires it. Updates in place.
    Default: none."""
    container: NotRequired[ContainerJobArgs]
    """The job in a cluster's queue; only for container and ray, which require it, and a
    Kubernetes provider in the component's options. Updates in place. Default: none."""
    ray: NotRequired[RayPipelineArgs]
    """The Ray cluster of a run; only for ray, which requires it, KubeRay, and Ray in
    the image. Updates in place. Default: none."""
    tag: NotRequired[str]
    """Tag of the dataset that moves to the version of a run. Updates in place.
    Default: latest."""
    quality: NotRequired[QualityArgs]
    """What the Parquet files of a run have to be like: AWS Glue Data Quality checks
    them, pandera on a cluster, and what fails is moved to `quarantine/<dataset>/` and
    not published. Adding or removing it creates or deletes the check. Default: none;
    nothing is checked."""
    triggers: NotRequired[PipelineTriggersArgs]
    """What begins runs. Updates in place. Default: nothing; people do."""
    limits: NotRequired[PipelineLimitsArgs]
    """What the pipeline may cost. Updates in place. Default: as its arguments say."""
    catalog: NotRequired[PipelineCatalogArgs]
    """Iceberg tables beside the dataset, and the Athena workgroup that reads them.
    Adding or removing it creates or deletes them. Default: none."""
    alarm_actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics that are notified, such as `MonitoringStack.topic_arn`.
    Updates in place. Default: none."""
    owner: NotRequired[str]
    """Who answers for it, a team or an address, 1 to 100 characters: part of every
    notification. Updates in place. Default: none."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of alarms. Updates in place.
    Default: none; alarms name paths."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of logs, bookmarks, runs and undelivered events; its policy
    has to let CloudWatch Logs and EventBridge use it, as an `EncryptionKey` with the
    services `events`, `logs` and `log-delivery` does. Only for glue. Updates in place.
    Default: a key of its own."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept, one of CloudWatch's retention periods; only for glue.
    Updates in place. Default: 90."""
    tracing: NotRequired[bool]
    """Whether X-Ray traces runs; only for glue. Updates in place. Default: false."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key and the catalog, and retains them on
    delete. Updates in place. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


GLUE_JOB_DEFAULTS = defaults(
    GlueJobArgs,
    glue_version="5.0",
    worker_type=WorkerType.G_1X,
    workers=2,
    timeout_minutes=60,
    retries=1,
    bookmarks=False,
)
CONTAINER_JOB_DEFAULTS = defaults(
    ContainerJobArgs,
    queue="default",
    cpu=2,
    memory_gib=8,
    volume_size_gb=20,
    timeout_minutes=60,
    retries=1,
    max_wait_hours=24,
    bookmarks=False,
    look_minutes=5,
)
RAY_PIPELINE_DEFAULTS = defaults(RayPipelineArgs, nodes=4)
PIPELINE_LIMITS_DEFAULTS = defaults(
    PipelineLimitsArgs,
    dpu_hours_per_run=10.0,
    dpu_hours_per_month=100.0,
    vcpu_hours_per_run=40.0,
    vcpu_hours_per_month=400.0,
)
PIPELINE_TRIGGERS_DEFAULTS = defaults(PipelineTriggersArgs, objects=False, settle_minutes=5)
PIPELINE_CATALOG_DEFAULTS = defaults(PipelineCatalogArgs, scan_limit_gb=10.0)
DATA_PIPELINE_DEFAULTS = defaults(
    DataPipelineArgs,
    engine=PipelineEngine.GLUE,
    tag="latest",
    log_retention_days=90,
    tracing=False,
    deletion_protection=True,
)
