"""What an `ArtifactBucket` can be told, and the rules of it."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.storage.artifact_bucket.lifecycle import LifecycleArgs
from groundplan.storage.artifact_bucket.replication import ReplicationArgs
from groundplan.storage.choices import ObjectLockMode


class ObjectLockArgs(TypedDict):
    """How long each object version is locked against deletion, from the time it is
    written."""

    mode: ObjectLockMode
    """`governance` (a privileged user may lift the lock) or `compliance` (nobody may).
    Changing it updates in place, for what is written from then on."""
    days: int
    """Days that a version stays locked. Changing it updates in place, for what is
    written from then on."""


class AccessLogsArgs(TypedDict):
    """Where S3 writes down each request to the bucket. All of it updates in place.

    A log bucket of its own that is no longer wanted is protected like all data: `pulumi
    up` refuses to drop it.
    """

    enabled: NotRequired[bool]
    """Whether requests are logged. Default: true."""
    bucket_name: NotRequired[pulumi.Input[str]]
    """An existing bucket of this account and region that receives the logs; its policy
    must let logging.s3.amazonaws.com write. Default: a `LogBucket` of its own."""
    retention_days: NotRequired[int]
    """Days that the own log bucket keeps a log. Default: 365."""


class ArtifactBucketArgs(TypedDict):
    """What an `ArtifactBucket` can be told."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key of this region, to encrypt all objects. Default: an
    `EncryptionKey` of its own. Changing it updates in place; what was written before
    stays under the former key, so keep that one, and who reads needs both."""
    lifecycle: NotRequired[LifecycleArgs]
    """How long old versions, scratch objects and broken uploads are kept, and what
    moves to cheaper storage. Default: old versions 90 days, Intelligent-Tiering after
    30, nothing expires. Updates in place."""
    access_logs: NotRequired[AccessLogsArgs]
    """Where requests to the bucket are logged. Default: in a `LogBucket` of its own,
    for 365 days. Updates in place."""
    replication: NotRequired[ReplicationArgs]
    """A bucket that gets a copy of each object. Default: none. Updates in place."""
    object_lock: NotRequired[ObjectLockArgs]
    """How long object versions can't be deleted. Default: not locked. Adding or
    removing it replaces the bucket."""
    event_notifications: NotRequired[bool]
    """Whether EventBridge is told of each change to an object (opt-in events, about 1
    USD a million). Default: true. Updates in place."""
    file_systems: NotRequired[bool]
    """Whether the account's FSx for Lustre file systems may read and write objects
    under the bucket's own key, so that they can be linked to it. With `kms_key_arn`,
    say so to that key: service `fsx` of an `EncryptionKey`. Default: false. In
    place."""
    policy_statements: NotRequired[Sequence[Mapping[str, Any]]]
    """Statements to add to the bucket's policy, as a bucket has only one; each with a
    `Sid` and a `Principal`. One without `Resource` is about the bucket and all its
    objects. Default: none. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the buckets and the key, and leaves them in AWS
    when the stack lets go of them. Default: true. Where false, destroying the stack
    deletes the objects."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
