"""What an `ExperimentTracking` can be told."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.storage.access import ArtifactAccessArgs


class ManagedTrackingArgs(TypedDict):
    """How SageMaker runs MLflow."""

    model_package_group_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of model package groups. A model that is registered in MLflow under the name
    of one of them becomes a version of it. Give either all groups or none: SageMaker
    tries to register the models of every name. Default: none, and no model is
    registered by itself. Updates in place."""
    maintenance_window: NotRequired[str]
    """When MLflow is updated each week, in UTC: `Sun:03:00`. Default: SageMaker's
    choice. Updates in place."""


class TrackingNetworkArgs(TypedDict):
    """Where a database of one's own is placed, and who reaches it."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. Changing it replaces the database, which deletion protection
    refuses."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of private subnets in at least two zones. Updates in place, within the
    VPC."""
    client_security_group_id: pulumi.Input[str]
    """The security group of the cluster's nodes: `TrainingCluster.security_group_id`.
    It alone is let in. Updates in place."""


class ExistingDatabaseArgs(TypedDict):
    """A PostgreSQL database that is there already, empty or MLflow's own. All of it
    updates in place."""

    host: pulumi.Input[str]
    """Its host name."""
    port: NotRequired[pulumi.Input[int]]
    """Its port. Default: 5432."""
    name: NotRequired[pulumi.Input[str]]
    """Name of the database on that host. Default: `mlflow`."""
    secret_arn: pulumi.Input[str]
    """ARN of the secret in AWS Secrets Manager with its user, who owns the database:
    JSON with `username` and `password`."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of that secret. Default: none, which is right for AWS' own key
    `aws/secretsmanager`."""


class TrackingDatabaseArgs(TypedDict):
    """The database that holds experiments and runs: one of its own, with `network`, or
    one that is there, with `existing`."""

    network: NotRequired[TrackingNetworkArgs]
    """Where the database is placed. Required, unless there is an existing one."""
    existing: NotRequired[ExistingDatabaseArgs]
    """A database that is there already. Default: an RDS instance of its own."""
    instance_class: NotRequired[str]
    """Its instance class. Default: `db.t4g.small`. Updates in place in the maintenance
    window, with minutes of downtime."""
    multi_az: NotRequired[bool]
    """Whether a standby in another zone takes over when it fails, for twice the price.
    Default: false. Updates in place."""
    storage_gib: NotRequired[int]
    """Storage to begin with, in GiB, 20 to 65536. Default: 20. Grows in place, never
    shrinks."""
    max_storage_gib: NotRequired[int]
    """How far the storage may grow by itself, in GiB. Default: 100. Updates in
    place."""
    backup_days: NotRequired[int]
    """Days that backups are kept, 1 to 35; within them any second can be restored.
    Default: 14. Updates in place."""
    maintenance_window: NotRequired[str]
    """When it is updated, in UTC: `sun:03:00-sun:04:00`. Default: RDS' choice. Updates
    in place."""


class ClusterTrackingArgs(TypedDict):
    """How a cluster runs MLflow. Give the cluster's Kubernetes provider among the
    component's options."""

    cluster_name: pulumi.Input[str]
    """Name of the EKS cluster, for pod identity: `TrainingCluster.cluster_name`."""
    database: TrackingDatabaseArgs
    """Where experiments and runs are kept."""
    namespace: NotRequired[str]
    """Namespace, which is created. Default: `mlflow`. Changing it replaces all that is
    in it, which holds no data."""
    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may reach MLflow; teams have to name `mlflow` in `reaches`
    as well. Default: `training`. In place."""
    replicas: NotRequired[int]
    """Pods, 1 to 10. Default: 2. Updates in place."""
    memory_gib: NotRequired[int]
    """Memory of each pod, in GiB, 1 to 64: about a half for each of its two workers.
    Default: 2. Updates in place, pod by pod."""
    image: NotRequired[str]
    """The image in place of the pinned one: a copy in a registry of one's own, best by
    its digest. It needs MLflow 3.15 with its `auth` extra, boto3 and psycopg2. Default:
    `docker.io/burakince/mlflow:3.15.1`. Updates in place, pod by pod."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for the database and the secrets in place of an own one. Changing it
    replaces the database, which deletion protection refuses."""


class ExperimentTrackingArgs(TypedDict):
    """What an `ExperimentTracking` can be told."""

    on: TrackingServer
    """Who runs MLflow: `managed` (SageMaker) or `cluster` (with `cluster`). Changing it
    starts anew: nothing is moved."""
    artifacts: ArtifactAccessArgs
    """The bucket for what runs leave behind: `ArtifactBucket.access`. Runs that are
    there still say where their files are."""
    artifact_prefix: NotRequired[str]
    """The folder of it that is MLflow's. Default: `mlflow/`. New experiments go to the
    new folder."""
    managed: NotRequired[ManagedTrackingArgs]
    """How SageMaker runs it. Default: with SageMaker's defaults."""
    cluster: NotRequired[ClusterTrackingArgs]
    """How a cluster runs it; needed there."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete what holds experiments (the app, or
    database, secrets and key), and leave it in AWS when the stack lets go of it.
    Default: true. Where false, destroying the stack deletes them without a snapshot."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children. Updates in place."""
