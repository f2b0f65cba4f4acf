"""The arguments of an ArtifactBucket."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.storage.choices import ObjectLockModeValue


class LifecycleArgs(TypedDict):
    """The lifecycle rules of a bucket. All of it updates in place, and applies to
    existing objects."""

    noncurrent_days: NotRequired[int]
    """Days after which overwritten and deleted object versions are permanently removed;
    0 retains all versions. Default: 90."""
    intelligent_tiering_days: NotRequired[int]
    """Days after which objects transition to S3 Intelligent-Tiering; 0 for never.
    Default: 30. Reads cost the same there, and objects that are not read for a month
    are cheaper; younger objects, such as scratch data, avoid the transition charge.
    Objects below 128 KB do not transition."""
    abort_multipart_days: NotRequired[int]
    """Days after which the parts of incomplete multipart uploads are removed; they are
    charged, and not listed. Default: 7."""
    expire: NotRequired[Mapping[str, int]]
    """Prefix -> days after which its objects expire, `{"scratch/": 14}`; they remain as
    noncurrent versions for `noncurrent_days`. Default: none."""


LIFECYCLE_DEFAULTS = defaults(
    LifecycleArgs, noncurrent_days=90, intelligent_tiering_days=30, abort_multipart_days=7
)


class ReplicationArgs(TypedDict):
    """The bucket that new objects are replicated to.

    Existing objects are not replicated; S3 Batch Replication does that, once. The
    destination bucket must have versioning, and Object Lock if this one has it.
    """

    bucket_arn: pulumi.Input[str]
    """ARN of the destination bucket, in any region. Updates in place."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the replicas, in the destination's region.
    Updates in place."""
    account_id: NotRequired[pulumi.Input[str]]
    """ID of the destination's account, which then owns the replicas; the policies of
    the bucket and the key must allow it. Default: this account. Updates in place."""
    prefix: NotRequired[str]
    """Prefix of the objects to replicate, `models/`. Default: all objects. Updates in
    place."""


class ObjectLockArgs(TypedDict):
    """The default retention of S3 Object Lock, from the time an object version is
    created."""

    mode: ObjectLockModeValue
    """`governance` (privileged principals can delete locked versions) or `compliance`
    (no principal can). Updates in place, for new versions."""
    days: int
    """Days that a version is locked, 1 to 36500. Updates in place, for new versions."""


class AccessLogsArgs(TypedDict):
    """The S3 server access logs of the bucket. All of it updates in place.

    A `LogBucket` that is no longer used is protected like other data: `pulumi up`
    refuses to delete it.
    """

    enabled: NotRequired[bool]
    """Whether requests are logged. Default: true."""
    bucket_name: NotRequired[pulumi.Input[str]]
    """Name of an existing bucket of this account and region for the logs; its policy
    must allow logging.s3.amazonaws.com to write. Default: a new `LogBucket`."""
    retention_days: NotRequired[int]
    """Days that the new `LogBucket` retains a log, 1 to 36500. Default: 365."""


ACCESS_LOGS_DEFAULTS = defaults(AccessLogsArgs, enabled=True, retention_days=365)


class ArtifactBucketArgs(TypedDict):
    """The arguments of an ArtifactBucket."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key of this region that encrypts all objects. Default: a
    new `EncryptionKey`. Updates in place; existing objects remain encrypted with the
    former key, so retain it: readers need both."""
    lifecycle: NotRequired[LifecycleArgs]
    """The lifecycle rules. Default: as its arguments say. Updates in place."""
    access_logs: NotRequired[AccessLogsArgs]
    """The server access logs. Default: enabled, in a new `LogBucket`. Updates in
    place."""
    replication: NotRequired[ReplicationArgs]
    """The bucket that new objects are replicated to. Default: none. Updates in
    place."""
    object_lock: NotRequired[ObjectLockArgs]
    """The default retention of S3 Object Lock. Default: none. Adding or removing it
    replaces the bucket."""
    event_notifications: NotRequired[bool]
    """Whether S3 sends events of all objects to EventBridge (opt-in events, about 1 USD
    per million). Default: true. Updates in place."""
    file_systems: NotRequired[bool]
    """Whether the account's FSx for Lustre file systems can use the bucket's new key,
    so that they can be linked to the bucket. With `kms_key_arn`, allow it in the policy
    of that key: service `fsx` of an `EncryptionKey`. Default: false. Updates in
    place."""
    policy_statements: NotRequired[Sequence[Mapping[str, Any]]]
    """Statements to add to the bucket policy, as a bucket has only one; each with a
    `Sid` and a `Principal`. A statement without `Resource` applies to the bucket and
    all its objects. Default: none. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the buckets and the key, and retains them on
    delete. Default: true. If false, destroying the stack deletes the objects."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


ARTIFACT_BUCKET_DEFAULTS = defaults(
    ArtifactBucketArgs,
    event_notifications=True,
    file_systems=False,
    policy_statements=(),
    deletion_protection=True,
)
