"""The arguments of an ArtifactBucket, resolved: every default is filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.storage.artifact_bucket.args import (
    AccessLogsArgs,
    ArtifactBucketArgs,
    LifecycleArgs,
    ObjectLockArgs,
    ReplicaArgs,
    ReplicationArgs,
)
from groundplan.storage.choices import ObjectLockMode
from groundplan.tags import Tags, merged


@dataclass(frozen=True)
class Lifecycle:
    """The lifecycle of objects."""

    noncurrent_days: int
    """0 for a bucket that retains all versions."""
    noncurrent_prefixes: Sequence[str]
    """Folders in which noncurrent versions are removed; an empty one is the whole
    bucket."""
    intelligent_tiering_days: int
    """0 for no transition."""
    abort_multipart_days: int
    expire: Mapping[str, int]
    """Prefix -> days."""


@dataclass(frozen=True)
class ReplicationSpec:
    """The replication of new objects."""

    bucket_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    account_id: pulumi.Input[str] | None
    """None for this account."""
    prefix: str
    """Empty for all objects."""
    deletions: bool = True
    """Whether delete markers are replicated."""
    metrics: bool = False
    """Whether S3 measures the replication, which is charged."""
    time_control: bool = False
    """Whether S3 replicates within 15 minutes, which is charged."""


@dataclass(frozen=True)
class ReplicaSpec:
    """The copies in another region."""

    region: str
    time_control: bool
    alarm_actions: Sequence[pulumi.Input[str]]
    max_delay_minutes: int


@dataclass(frozen=True)
class ObjectLock:
    """The retention of new object versions."""

    mode: ObjectLockMode
    days: int


@dataclass(frozen=True)
class AccessLogs:
    """The server access logs of the bucket."""

    bucket_name: pulumi.Input[str] | None
    """None where the component creates a log bucket."""
    retention_days: int
    """Of the component's own log bucket."""


@dataclass(frozen=True)
class ArtifactBucketSpec:
    """An ArtifactBucket, complete."""

    name: str
    kms_key_arn: pulumi.Input[str] | None
    """None where the component creates a key."""
    lifecycle: Lifecycle
    access_logs: AccessLogs | None
    """None where they are disabled."""
    replication: ReplicationSpec | None
    replica: ReplicaSpec | None
    object_lock: ObjectLock | None
    event_notifications: bool
    file_systems: bool
    write_once_prefixes: Sequence[str]
    datasets: Sequence[str]
    """Names of the datasets whose versions the bucket keeps."""
    policy_statements: Sequence[Mapping[str, Any]]
    deletion_protection: bool
    own_tags: Tags
    """The tags of the arguments, for components that add their own."""
    tags: dict[str, pulumi.Input[str]]
    """The tags of the children."""


def resolve(args: ArtifactBucketArgs, context: Context) -> ArtifactBucketSpec:
    """Returns the specification of valid arguments."""
    values = with_defaults(ArtifactBucketArgs, args)
    tags: Tags = args.get("tags", {})
    return ArtifactBucketSpec(
        name=context.name,
        kms_key_arn=args.get("kms_key_arn"),
        lifecycle=lifecycle(args.get("lifecycle", {}), values["datasets"]),
        access_logs=_access_logs(args.get("access_logs", {})),
        replication=replication(args["replication"]) if "replication" in args else None,
        replica=_replica(args["replica"]) if "replica" in args else None,
        object_lock=_object_lock(args["object_lock"]) if "object_lock" in args else None,
        event_notifications=values["event_notifications"],
        file_systems=values["file_systems"],
        write_once_prefixes=values["write_once_prefixes"],
        datasets=values["datasets"],
        policy_statements=values["policy_statements"],
        deletion_protection=values["deletion_protection"],
        own_tags=tags,
        tags=merged(context.name, tags),
    )


def lifecycle(args: LifecycleArgs, datasets: Sequence[str] = ()) -> Lifecycle:
    """Returns the lifecycle of objects. A version of a dataset refers to versions of
    objects, noncurrent ones too: with datasets, none is removed but in the folders that
    are named."""
    values = with_defaults(LifecycleArgs, args)
    prefixes = args.get("noncurrent_prefixes", () if datasets else ("",))
    return Lifecycle(
        noncurrent_days=values["noncurrent_days"],
        noncurrent_prefixes=prefixes,
        intelligent_tiering_days=values["intelligent_tiering_days"],
        abort_multipart_days=values["abort_multipart_days"],
        expire=args.get("expire", {}),
    )


def replication(args: ReplicationArgs) -> ReplicationSpec:
    """Returns the replication of new objects."""
    return ReplicationSpec(
        bucket_arn=args["bucket_arn"],
        kms_key_arn=args["kms_key_arn"],
        account_id=args.get("account_id"),
        prefix=args.get("prefix", ""),
    )


def _replica(args: ReplicaArgs) -> ReplicaSpec:
    values = with_defaults(ReplicaArgs, args)
    return ReplicaSpec(
        region=args["region"],
        time_control=values["time_control"],
        alarm_actions=tuple(args.get("alarm_actions", ())),
        max_delay_minutes=values["max_delay_minutes"],
    )


def _object_lock(args: ObjectLockArgs) -> ObjectLock:
    return ObjectLock(ObjectLockMode(args["mode"]), args["days"])


def _access_logs(args: AccessLogsArgs) -> AccessLogs | None:
    values = with_defaults(AccessLogsArgs, args)
    if not values["enabled"]:
        return None
    return AccessLogs(args.get("bucket_name"), values["retention_days"])
