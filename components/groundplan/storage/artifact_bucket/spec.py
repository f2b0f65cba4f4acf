"""The specification of an artifact bucket: its arguments, resolved once, with every
default."""

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
    ReplicationArgs,
)
from groundplan.storage.choices import ObjectLockMode
from groundplan.tags import Tags


@dataclass(frozen=True)
class Lifecycle:
    """The lifecycle rules; 0 days for no such rule."""

    noncurrent_days: int
    intelligent_tiering_days: int
    abort_multipart_days: int
    expire: Mapping[str, int]
    """Prefix -> days."""


@dataclass(frozen=True)
class Destination:
    """The bucket that objects are replicated to."""

    bucket_arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    account_id: pulumi.Input[str] | None
    """None for the account of the source bucket."""
    prefix: str


@dataclass(frozen=True)
class ObjectLock:
    """The default retention of S3 Object Lock."""

    mode: ObjectLockMode
    days: int


@dataclass(frozen=True)
class AccessLogs:
    """The server access logs."""

    bucket_name: pulumi.Input[str] | None
    """None if the component creates the log bucket."""
    retention_days: int


@dataclass(frozen=True)
class ArtifactBucketSpec:
    """An artifact bucket, complete."""

    name: str
    """The logical name of the component."""
    kms_key_arn: pulumi.Input[str] | None
    """None if the component creates the key."""
    lifecycle: Lifecycle
    access_logs: AccessLogs | None
    """None if requests are not logged."""
    replication: Destination | None
    object_lock: ObjectLock | None
    event_notifications: bool
    file_systems: bool
    policy_statements: Sequence[Mapping[str, Any]]
    deletion_protection: bool
    tags: Tags
    """The tags without that of the component."""


def resolve(args: ArtifactBucketArgs, context: Context) -> ArtifactBucketSpec:
    """Returns the specification of the bucket that valid `args` describe."""
    own = with_defaults(ArtifactBucketArgs, args)
    return ArtifactBucketSpec(
        name=context.name,
        kms_key_arn=own.get("kms_key_arn"),
        lifecycle=_lifecycle(args.get("lifecycle")),
        access_logs=_access_logs(args.get("access_logs")),
        replication=_destination(args.get("replication")),
        object_lock=_object_lock(args.get("object_lock")),
        event_notifications=own["event_notifications"],
        file_systems=own["file_systems"],
        policy_statements=own["policy_statements"],
        deletion_protection=own["deletion_protection"],
        tags=args.get("tags", {}),
    )


def _lifecycle(args: LifecycleArgs | None) -> Lifecycle:
    own = with_defaults(LifecycleArgs, args)
    return Lifecycle(
        noncurrent_days=own["noncurrent_days"],
        intelligent_tiering_days=own["intelligent_tiering_days"],
        abort_multipart_days=own["abort_multipart_days"],
        expire=own.get("expire", {}),
    )


def _access_logs(args: AccessLogsArgs | None) -> AccessLogs | None:
    own = with_defaults(AccessLogsArgs, args)
    return AccessLogs(own.get("bucket_name"), own["retention_days"]) if own["enabled"] else None


def _destination(args: ReplicationArgs | None) -> Destination | None:
    if args is None:
        return None
    return Destination(
        bucket_arn=args["bucket_arn"],
        kms_key_arn=args["kms_key_arn"],
        account_id=args.get("account_id"),
        prefix=args.get("prefix", ""),
    )


def _object_lock(args: ObjectLockArgs | None) -> ObjectLock | None:
    return None if args is None else ObjectLock(ObjectLockMode(args["mode"]), args["days"])
