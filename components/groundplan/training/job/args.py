"""The arguments of a TrainingJob."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, several_lines
from groundplan.sagemaker.mlflow import TrackingAccessArgs
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStoreArgs
from groundplan.training.job.choices import (
    AcceleratorKind,
    AcceleratorKindValue,
    DatasetMode,
    DatasetModeValue,
    RunsOnValue,
    TopologyLevel,
    TopologyLevelValue,
    TopologyPlacement,
    TopologyPlacementValue,
)


class CodeArgs(TypedDict):
    """The source code that the image was built from."""

    repository: str
    """URL of the git repository."""
    revision: str
    """The commit: its whole hash, 40 hexadecimal digits. A branch or a tag would be
    another commit tomorrow."""


class DatasetArgs(TypedDict):
    """A dataset that a run reads."""

    uri: pulumi.Input[str]
    """Folder in S3: `s3://bucket/datasets/churn/2026-11-01/`."""
    version: str
    """The dataset's version by its digest, `DATASET@sha256:...`, as `groundplan dataset
    show` prints it: releases refuse what is not committed, and lineage follows it. A
    tag, or another text, is refused. Changing it is another run."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts it, if it is another than the artifact bucket's:
    SageMaker's role may decrypt with it. Default: none."""


class JobSecretArgs(TypedDict):
    """The location of a secret. The run, its record and Pulumi's state contain only
    that."""

    kubernetes_secret: NotRequired[str]
    """Name of the Kubernetes secret in the job's namespace; on a cluster, the variable
    has the value of `key`. Default: none."""
    key: NotRequired[str]
    """Key in the Kubernetes secret. Default: none."""
    secret_arn: NotRequired[pulumi.Input[str]]
    """ARN of the secret in AWS Secrets Manager. SageMaker passes no secrets on: there
    the variable is called `<NAME>_ARN` and holds the ARN; the role may read the secret,
    and `sagemaker.network_isolation` has to be false. Default: none."""


class JobTopologyArgs(TypedDict):
    """Where in the network of a pool with `topology` the pods of a run are. Changing
    any of it is another run."""

    placement: NotRequired[TopologyPlacementValue]
    """`required`, all within one domain of the level; `preferred`, if one has room; or
    `anywhere` in the pool. Default: preferred."""
    level: NotRequired[TopologyLevelValue]
    """Layer of AWS's network from the top, `network-1` to `network-4`, or `node`; not
    with `anywhere`. Default: network-3."""


JOB_TOPOLOGY_DEFAULTS = defaults(
    JobTopologyArgs, placement=TopologyPlacement.PREFERRED, level=TopologyLevel.NETWORK_3
)


class DeviceClaimArgs(TypedDict):
    """The GPUs of a run that are claimed by dynamic resource allocation: `accelerators`
    of NVIDIA's device class for each node. Changing any of it is another run."""

    selectors: NotRequired[Sequence[str]]
    """CEL expressions of the devices' attributes that all have to hold, at most 32:
    `device.attributes["gpu.nvidia.com"].architecture == "Hopper"`. Default: none."""


class ClusterRunArgs(TypedDict):
    """How a run is carried out on a cluster. Changing any of it is another run."""

    namespace: NotRequired[pulumi.Input[str]]
    """Namespace of the job: a team's. Default: `training`."""
    queue: NotRequired[str]
    """Kueue's LocalQueue in that namespace. Default: `default`."""
    pool: NotRequired[str]
    """The pool whose nodes the run gets. Default: Kueue chooses among the queue's pools
    that fit."""
    priority: NotRequired[str]
    """Kueue's WorkloadPriorityClass: `low`, `normal` or `high` on a `TrainingCluster`.
    Default: none, which is `normal`."""
    service_account: NotRequired[str]
    """Service account of the pods, by which they get at AWS. Default: `training`."""
    efa_interfaces: NotRequired[int]
    """EFA interfaces of each node (`vpc.amazonaws.com/efa`). Default: 0."""
    topology: NotRequired[JobTopologyArgs]
    """Where in the network the pods are; the run then gets nodes of pools with
    `topology` only. Default: none; then it gets those of other pools only."""
    device_claim: NotRequired[DeviceClaimArgs]
    """Claims the GPUs by dynamic resource allocation, `{}` without a selection; `pool`
    names a pool with `dra`. Default: none, by the resource `nvidia.com/gpu`."""
    user_id: NotRequired[int]
    """User and group that the container runs as; never root. Default: 1000."""


CLUSTER_RUN_DEFAULTS = defaults(
    ClusterRunArgs,
    namespace="training",
    queue="default",
    service_account="training",
    efa_interfaces=0,
    user_id=1000,
)


class JobNetworkArgs(TypedDict):
    """Where in a VPC SageMaker puts the run's network interfaces. Changing any of it is
    another run."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. It needs a way to S3."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of its private subnets, 1 to 16."""


class SageMakerRunArgs(TypedDict):
    """How a run is carried out by SageMaker. Changing any of it is another run."""

    instance_type: str
    """SageMaker instance type: `ml.g5.12xlarge`. The run has all accelerators, cores
    and memory of it."""
    volume_gib: NotRequired[int]
    """GiB of each instance's volume. Has no effect on instance types with local NVMe,
    which use that. Default: 100."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the volumes; not for instance types with local NVMe, which
    their own hardware encrypts. Default: the artifact bucket's key."""
    dataset_mode: NotRequired[DatasetModeValue]
    """How datasets get to the container. Default: `fast-file`, streamed."""
    spot: NotRequired[bool]
    """Whether the run uses spot instances, and goes on from its checkpoints when they
    are taken away. On a cluster, the pool says so. Default: false."""
    max_wait_seconds: NotRequired[int]
    """With `spot`, seconds that the run may take with all its waiting. Default: twice
    `max_runtime_seconds`."""
    network: NotRequired[JobNetworkArgs]
    """Where in a VPC the run is. Default: in SageMaker's own network."""
    network_isolation: NotRequired[bool]
    """Whether the container is cut off from all networks but its own peers; SageMaker
    still brings datasets, checkpoints and the model from and to S3. Default: true."""
    traffic_encryption: NotRequired[bool]
    """Whether traffic between the nodes is encrypted, which takes time. Default: true
    with several nodes."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ARN of a role that SageMaker may take on, in place of one that is created; it
    must allow what `training/job/role.py` lists. Default: none."""


SAGEMAKER_RUN_DEFAULTS = defaults(
    SageMakerRunArgs,
    volume_gib=100,
    dataset_mode=DatasetMode.FAST_FILE,
    spot=False,
    network_isolation=True,
)


class TrainingJobArgs(TypedDict):
    """The arguments of a TrainingJob. Changing anything but `tags` and `keep_runs` is
    another run: a new id, a new job."""

    on: RunsOnValue
    """What carries the run out: `cluster` (with `cluster`) or `sagemaker` (with
    `sagemaker`). All else stays the same."""
    image: pulumi.Input[str]
    """The container image, by its digest:
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:...`."""
    command: NotRequired[Sequence[str]]
    """What to run in place of the image's entry point. Default: the image's own."""
    arguments: NotRequired[Sequence[str]]
    """Its arguments. Default: the image's own, or none with `command`."""
    code: CodeArgs
    """The source code that the image was built from."""
    datasets: Mapping[str, DatasetArgs]
    """What the run reads, by name; at least one. The container finds `train` where
    `GROUNDPLAN_INPUT_TRAIN` says."""
    parameters: NotRequired[Mapping[str, Any]]
    """Hyperparameters: strings, numbers and booleans. The container finds them in the
    file that `GROUNDPLAN_PARAMETERS_FILE` names, a JSON object whose values are all
    strings, as SageMaker writes it. Default: none."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables. They stand in the record: secrets go to `secrets`.
    Default: none."""
    secrets: NotRequired[Mapping[str, JobSecretArgs]]
    """Environment variables whose values are kept elsewhere, by name. Default: none."""
    seed: NotRequired[int]
    """Seed of all random numbers, 0 to 4294967295; the container finds it as
    `GROUNDPLAN_SEED`. Default: none."""
    nodes: NotRequired[int]
    """How many nodes train together, all admitted at once or none. Default: 1."""
    accelerators: NotRequired[int]
    """Accelerators of each node. Default: 0 on a cluster; on SageMaker all that the
    instance type has."""
    accelerator_kind: NotRequired[AcceleratorKindValue]
    """Which accelerators. Default: `nvidia`."""
    processes_per_node: NotRequired[int]
    """Processes that torchrun starts on each node. Default: one for each accelerator,
    or 1. Neuron wants one for each core: 2 for each Trainium chip."""
    cpu: NotRequired[int]
    """Cores of each node. Default: 3 for each accelerator, or 3: what fits a node with
    one accelerator and 4 cores."""
    memory_gib: NotRequired[int]
    """GiB of memory of each node, /dev/shm included. Default: 12 for each accelerator,
    or 12."""
    max_runtime_seconds: NotRequired[int]
    """Seconds after which the run is ended; waiting in a queue doesn't count. Default:
    86400, a day."""
    max_restarts: NotRequired[int]
    """How often each node restarts after a failure (on SageMaker: the run
    after an internal error), 0 to 30. A disruption of a node doesn't count. Default:
    3."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, as `ArtifactBucket.access` gives it: for the record,
    checkpoints and the model. Default: none; `object_store` is required."""
    object_store: NotRequired[ObjectStoreArgs]
    """The bucket of another store, in place of `artifacts`; only on a cluster, and no
    AWS resources. The job's namespace has its secret, and the container gets both as
    the variables `AWS_*` of an AWS SDK. The job itself writes the record, before it
    begins. Default: none."""
    record_image: NotRequired[pulumi.Input[str]]
    """Container image of what writes the record: that of the monitoring,
    images/monitoring/Dockerfile. With a version tag or a digest. Required with
    `object_store`, and only with it. Default: none."""
    tracking: NotRequired[TrackingAccessArgs]
    """The MLflow that the run logs to, as `ExperimentTracking.access` gives it. The
    container gets `MLFLOW_TRACKING_URI`, `MLFLOW_EXPERIMENT_NAME`, the name of the
    component, and `MLFLOW_RUN_CONTEXT`, from which MLflow tags each run with the code's
    revision and the datasets' versions. SageMaker's role may log; on a cluster
    `ExperimentTracking.grant_log` allows it. On SageMaker it requires
    `network_isolation: false`. Default: none."""
    checkpoint_prefix: NotRequired[str]
    """Folder in that bucket for checkpoints; each run has one of its own in it.
    Default: `checkpoints/<name>/`, for a job in a team's namespace below
    `teams/<namespace>/`."""
    output_prefix: NotRequired[str]
    """Folder in that bucket for models; each run has one of its own in it. Default:
    `models/<name>/`, for a job in a team's namespace below `teams/<namespace>/`."""
    job_name: NotRequired[str]
    """What the name of the job begins with; ten digits of the run's id follow. Default:
    `<project>-<stack>-<name>`."""
    cluster: NotRequired[ClusterRunArgs]
    """How the run is carried out on a cluster. Default: in the queue `default` of the
    namespace `training`."""
    sagemaker: NotRequired[SageMakerRunArgs]
    """How the run is carried out by SageMaker; required there. Default: none."""
    keep_runs: NotRequired[bool]
    """Whether a job stays, and goes on, when there is a newer run or the stack is
    destroyed. If false, it is ended and deleted then. Records, checkpoints and models
    always stay. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children but the record. Default: none. Updates in place."""


TRAINING_JOB_DEFAULTS = defaults(
    TrainingJobArgs,
    nodes=1,
    accelerator_kind=AcceleratorKind.NVIDIA,
    max_runtime_seconds=86_400,
    max_restarts=3,
    keep_runs=True,
)

several_lines(TrainingJobArgs, "command", "arguments", "environment")
"""Scripts, and documents in variables."""
