"""The specification of experiment tracking: its arguments, resolved, with every
default."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.registry.experiment_tracking import instance_name
from groundplan.registry.experiment_tracking.args import (
    ClusterTrackingArgs,
    ExistingDatabaseArgs,
    ExperimentTrackingArgs,
    ManagedTrackingArgs,
    TrackingDatabaseArgs,
    TrackingNetworkArgs,
)
from groundplan.registry.experiment_tracking.choices import TrackingServer


@dataclass(frozen=True)
class Artifacts:
    """The folder of the runs' files."""

    bucket_name: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    prefix: str


@dataclass(frozen=True)
class Managed:
    """How SageMaker runs MLflow."""

    model_package_group_arns: Sequence[pulumi.Input[str]]
    """Empty if models are not registered."""
    maintenance_window: str | None


@dataclass(frozen=True)
class Network:
    """The network of a database that is created."""

    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    client_security_group_id: pulumi.Input[str]


@dataclass(frozen=True)
class Database:
    """A database that is created."""

    network: Network
    instance_class: str
    multi_az: bool
    storage_gib: int
    max_storage_gib: int
    backup_days: int
    maintenance_window: str | None
    identifier: str
    """Name of the RDS instance."""
    log_retention_days: int
    replica_region: str | None
    """Where the backups are copied to; None for nowhere."""
    final_snapshot: str
    """Name of the snapshot that RDS creates when it deletes the database."""


@dataclass(frozen=True)
class ExistingDatabase:
    """An existing database."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    name: pulumi.Input[str]
    secret_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str] | None


@dataclass(frozen=True)
class Cluster:
    """How a cluster runs MLflow."""

    cluster_name: pulumi.Input[str]
    database: Database | ExistingDatabase
    namespace: str
    reached_from: Sequence[str]
    replicas: int
    memory_gib: int
    image: str
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""


@dataclass(frozen=True)
class TrackingSpec:
    """Experiment tracking, complete."""

    artifacts: Artifacts
    runtime: Managed | Cluster
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def resolve(args: ExperimentTrackingArgs, context: Context) -> TrackingSpec:
    """Returns the specification of valid arguments."""
    filled = with_defaults(ExperimentTrackingArgs, args)
    bucket = args["artifacts"]
    return TrackingSpec(
        artifacts=Artifacts(
            bucket["bucket_name"],
            bucket["bucket_arn"],
            bucket["kms_key_arn"],
            filled["artifact_prefix"],
        ),
        runtime=_runtime(args, context),
        deletion_protection=filled["deletion_protection"],
        tags=dict(args.get("tags", {})),
    )


def _runtime(args: ExperimentTrackingArgs, context: Context) -> Managed | Cluster:
    if args["server"] is TrackingServer.MANAGED:
        return _managed(args.get("managed", {}))
    return _cluster(args["cluster"], context)


def _managed(args: ManagedTrackingArgs) -> Managed:
    groups = args.get("model_package_group_arns", ())
    return Managed(
        model_package_group_arns=tuple(groups) if args.get("register_models", True) else (),
        maintenance_window=args.get("maintenance_window"),
    )


def _cluster(args: ClusterTrackingArgs, context: Context) -> Cluster:
    filled = with_defaults(ClusterTrackingArgs, args)
    database = args.get("database", {})
    return Cluster(
        cluster_name=args["cluster_name"],
        database=(
            _existing(database["existing"])
            if "existing" in database
            else _database(database, database["network"], context)
        ),
        namespace=filled["namespace"],
        reached_from=tuple(filled["reached_from"]),
        replicas=filled["replicas"],
        memory_gib=filled["memory_gib"],
        image=filled["image"],
        kms_key_arn=args.get("kms_key_arn"),
    )


def _existing(args: ExistingDatabaseArgs) -> ExistingDatabase:
    return ExistingDatabase(**{"kms_key_arn": None, **with_defaults(ExistingDatabaseArgs, args)})


def _database(
    args: TrackingDatabaseArgs, network: TrackingNetworkArgs, context: Context
) -> Database:
    filled = with_defaults(TrackingDatabaseArgs, args)
    return Database(
        network=Network(**network),
        instance_class=filled["instance_class"],
        multi_az=filled["multi_az"],
        storage_gib=filled["storage_gib"],
        max_storage_gib=filled["max_storage_gib"],
        backup_days=filled["backup_days"],
        identifier=args.get("identifier", instance_name.default(context)),
        log_retention_days=filled["log_retention_days"],
        maintenance_window=args.get("maintenance_window"),
        replica_region=args["replica"]["region"] if "replica" in args else None,
        final_snapshot=_snapshot(context),
    )


def _snapshot(context: Context) -> str:
    """Returns the name of the last snapshot: letters, digits and single hyphens, a
    letter first (Amazon RDS API, CreateDBSnapshot, `DBSnapshotIdentifier`)."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", context.qualified_name).strip("-")
    return f"{plain if plain[:1].isalpha() else f'db-{plain}'}-last"
