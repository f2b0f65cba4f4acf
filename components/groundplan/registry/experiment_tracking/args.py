"""The arguments of an `ExperimentTracking`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, renamed
from groundplan.registry.experiment_tracking import versions
from groundplan.registry.experiment_tracking.choices import TrackingServerValue
from groundplan.storage.access import ArtifactAccessArgs


class ManagedTrackingArgs(TypedDict):
    """How SageMaker runs MLflow."""

    register_models: NotRequired[bool]
    """Whether a model that is registered in MLflow under the name of a model package
    group becomes a version of it. Default: true with `model_package_group_arns`.
    Updates in place."""
    model_package_group_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of all model package groups that models are registered in:
    `ModelRegistry.group_arns`. Default: none. Updates
    in place."""
    maintenance_window: NotRequired[str]
    """Start of MLflow's weekly maintenance, in UTC: Sun:03:00. Default: SageMaker
    selects it. Updates in place."""


class TrackingNetworkArgs(TypedDict):
    """The network of a database that is created, and the clients that may connect."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. Changing it forces replacement of the database, which deletion
    protection refuses."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of private subnets in at least two availability zones. Updates in place,
    within the VPC."""
    client_security_group_id: pulumi.Input[str]
    """ID of the only security group that may connect: that of the cluster's nodes,
    `TrainingCluster.security_group_id`. Updates in place."""


class ExistingDatabaseArgs(TypedDict):
    """An existing PostgreSQL database, empty or MLflow's own. Updates in place."""

    host: pulumi.Input[str]
    """Host name of the database."""
    port: NotRequired[pulumi.Input[int]]
    """Port of the database, 1 to 65535. Default: 5432."""
    name: NotRequired[pulumi.Input[str]]
    """Name of the database on that host. Default: mlflow."""
    secret_arn: pulumi.Input[str]
    """ARN of the secret in AWS Secrets Manager with the credentials of the database's
    owner: JSON with `username` and `password`."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of that secret. Default: none, for the AWS managed key
    aws/secretsmanager."""


EXISTING_DATABASE_DEFAULTS = defaults(ExistingDatabaseArgs, port=5432, name="mlflow")


class DatabaseReplicaArgs(TypedDict):
    """The copies of a database's backups in another region, under a key of their own
    there: any point in time within `backup_days` can be restored there too."""

    region: str
    """AWS region of the copies, `eu-west-1`: another one of the same partition, of a
    pair that RDS supports for backups. Changing it forces replacement of the copies and
    of their key, which Pulumi refuses while it is protected."""


class TrackingDatabaseArgs(TypedDict):
    """The database of experiments and runs: an RDS instance that is created, or an
    existing database."""

    network: NotRequired[TrackingNetworkArgs]
    """The network of the database. Required unless `existing` is set. Default: none."""
    existing: NotRequired[ExistingDatabaseArgs]
    """An existing database; no other argument of the database applies then. Default:
    none; an RDS instance is created."""
    instance_class: NotRequired[str]
    """Instance class. Default: db.t4g.small. Updates in place in the maintenance
    window, with minutes of downtime."""
    multi_az: NotRequired[bool]
    """Whether a standby in another availability zone takes over on failure, at twice
    the price. Default: false. Updates in place."""
    storage_gib: NotRequired[int]
    """Initial storage, in GiB, 20 to 65536. Default: 20. Increases in place; it cannot
    be decreased."""
    max_storage_gib: NotRequired[int]
    """Limit of storage autoscaling, in GiB, at least a tenth above `storage_gib` and up
    to 65536. Default: 100. Updates in place."""
    backup_days: NotRequired[int]
    """Retention of backups in days, 1 to 35, within which any point in time can be
    restored. Default: 14. Updates in place."""
    replica: NotRequired[DatabaseReplicaArgs]
    """Copies of the backups in another region. Adding it creates a key there, which is
    protected like all data. Default: none."""
    maintenance_window: NotRequired[str]
    """Weekly maintenance window, in UTC: sun:03:00-sun:04:00. Default: RDS selects it.
    Updates in place."""
    identifier: NotRequired[str]
    """Name of the RDS instance, up to 63 lower-case letters, digits and hyphens, which
    names its log groups too. RDS renames an instance in the maintenance window, with a
    restart and another address. Set another where an instance that a former stack
    retained has the name. Default: `{project}-{stack}-{name}`."""
    log_retention_days: NotRequired[int]
    """Days that the database's logs are retained, one of CloudWatch's retention
    periods. Default: 90. Updates in place."""


DATABASE_DEFAULTS = defaults(
    TrackingDatabaseArgs,
    instance_class="db.t4g.small",
    multi_az=False,
    storage_gib=20,
    max_storage_gib=100,
    backup_days=14,
    log_retention_days=90,
)


class ClusterTrackingArgs(TypedDict):
    """How a cluster runs MLflow. The Kubernetes provider in the component's options
    selects the cluster."""

    cluster_name: pulumi.Input[str]
    """Name of the EKS cluster, for EKS Pod Identity: `TrainingCluster.cluster_name`.
    Changing it replaces the pod identity association."""
    database: NotRequired[TrackingDatabaseArgs]
    """The database of experiments and runs. Default: an RDS instance with the defaults
    of its arguments, which requires `database.network`."""
    namespace: NotRequired[str]
    """Namespace, which is created. Default: mlflow. Changing it forces replacement of
    all Kubernetes objects, which hold no data."""
    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may call MLflow; teams need mlflow in `reaches` too. Those
    that share an MLflow are not isolated: they read and delete the experiments of all.
    Default: training. Updates in place."""
    replicas: NotRequired[int]
    """Pods, 1 to 10. Default: 2. Updates in place."""
    memory_gib: NotRequired[int]
    """Memory of each pod, in GiB, 1 to 64: about half for each of its two workers.
    Default: 2. Updates in place, pod by pod."""
    image: NotRequired[str]
    """Container image, for a copy in another registry, best by digest. It needs MLflow
    3.15 with its `auth` extra, boto3 and psycopg2. Default:
    docker.io/burakince/mlflow:3.15.1. Updates in place, pod by pod."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key for the database, its logs and the secrets, whose
    policy has to let CloudWatch Logs use it (`EncryptionKey` with the service `logs`).
    Default: a key that is created. Changing it forces replacement of the database,
    which deletion protection refuses."""


CLUSTER_DEFAULTS = defaults(
    ClusterTrackingArgs,
    namespace="mlflow",
    reached_from=("training",),
    replicas=2,
    memory_gib=2,
    image=versions.MLFLOW_IMAGE,
)


class ExperimentTrackingArgs(TypedDict):
    """The arguments of an `ExperimentTracking`."""

    server: TrackingServerValue
    """Who runs MLflow: managed (SageMaker) or cluster (requires `cluster`). Changing it
    forces replacement: nothing is migrated."""
    artifacts: ArtifactAccessArgs
    """The bucket of the runs' files: `ArtifactBucket.access`. Existing runs still refer
    to the former bucket."""
    artifact_prefix: NotRequired[str]
    """MLflow's folder of the bucket. Default: mlflow/. New experiments use the new
    folder."""
    managed: NotRequired[ManagedTrackingArgs]
    """How SageMaker runs MLflow; only for managed. Default: the defaults of its
    arguments."""
    cluster: NotRequired[ClusterTrackingArgs]
    """How a cluster runs MLflow; only for cluster, which requires it. Default: none."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the resources with experiments (the app,
    or database, secrets and key), and retain them on delete. Default: true. Where
    false, `pulumi destroy` deletes them without a snapshot."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS resources. Default: none. Updates in place."""


TRACKING_DEFAULTS = defaults(
    ExperimentTrackingArgs, artifact_prefix="mlflow/", deletion_protection=True
)

EXPERIMENT_TRACKING_RENAMED = renamed(ExperimentTrackingArgs, on="server")
"""Former keys of `ExperimentTrackingArgs` -> their names. YAML 1.1 reads `on` as
true."""
