"""The arguments of an ArtifactBucket."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.storage.choices import ObjectLockModeValue
from groundplan.storage.log_bucket.args import LOG_BUCKET_DEFAULTS


class LifecycleArgs(TypedDict):
    """The arguments of the lifecycle of objects. All of them update in place, and apply
    to existing objects too."""

    noncurrent_days: NotRequired[int]
    """Days after which S3 removes a noncurrent version, one that was overwritten or
    deleted, 1 to 36500; 0 retains all versions. Default: 90; 0 with `datasets`, unless
    `noncurrent_prefixes` are set."""
    noncurrent_prefixes: NotRequired[Sequence[str]]
    """Folders whose noncurrent versions S3 removes. Default: none; the whole bucket."""
    intelligent_tiering_days: NotRequired[int]
    """Days after which objects transition to S3 Intelligent-Tiering, 1 to 36500; 0
    leaves them in S3 Standard. Reads cost and take the same there; objects without a
    read for a month get cheaper. Younger objects, such as scratch data, avoid the
    charge of the transition, and those below 128 KB don't transition. Default: 30."""
    abort_multipart_days: NotRequired[int]
    """Days after which S3 removes the parts of incomplete multipart uploads, 1 to
    36500; they are charged, and not listed as objects. Default: 7."""
    expire: NotRequired[Mapping[str, int]]
    """Prefix -> days after which its objects expire, 1 to 36500, `{"scratch/": 14}`;
    they remain noncurrent versions for `noncurrent_days`. Default: none."""


LIFECYCLE_DEFAULTS = defaults(
    LifecycleArgs, noncurrent_days=90, intelligent_tiering_days=30, abort_multipart_days=7
)


class ReplicationArgs(TypedDict):
    """The arguments of the replication of new objects to another bucket.

    S3 does not replicate existing objects; S3 Batch Replication copies them once. The
    destination bucket must have versioning, and Object Lock where the source has it.
    """

    bucket_arn: pulumi.Input[str]
    """ARN of the destination bucket, in this region or another. Updates in place."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the replicas, in the region of the destination
    bucket. Updates in place."""
    account_id: NotRequired[pulumi.Input[str]]
    """ID of the account of the destination bucket, which then owns the replicas; the
    policies of the bucket and the key must allow it. Updates in place. Default: this
    account."""
    prefix: NotRequired[str]
    """Prefix of the objects to replicate, `models/`. Updates in place. Default: none;
    S3 replicates all objects."""


class ReplicaArgs(TypedDict):
    """The arguments of the copies of all new objects in another region: a bucket of the
    component, with a key of its own.

    Copies have the version IDs of their objects, so that versions of datasets are valid
    there. Deletions are not copied: an object that is deleted, by whatever mistake,
    remains in the copy. The lifecycle of objects, with `expire`, applies there too. S3
    does not replicate existing objects; S3 Batch Replication copies them once.
    """

    region: str
    """AWS region of the copies, `eu-west-1`: another one of the same partition.
    Changing it forces replacement of the copies, which Pulumi refuses while they are
    protected."""
    time_control: NotRequired[bool]
    """Whether S3 Replication Time Control copies 99.99 % of the objects within 15
    minutes, at a charge for each GB. Updates in place. Default: false."""
    alarm_actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics in the region of the copies that receive the alarm on their
    delay, which S3 measures there. Updates in place. Default: none, and no alarm;
    `MonitoringStack.replicas` has the alarm on copies that fail."""
    max_delay_minutes: NotRequired[int]
    """Minutes that copies may be behind before the alarm, 15 to 10080. Updates in
    place. Default: 60."""


REPLICA_DEFAULTS = defaults(ReplicaArgs, time_control=False, max_delay_minutes=60)


class ObjectLockArgs(TypedDict):
    """The arguments of the retention of new object versions by S3 Object Lock."""

    mode: ObjectLockModeValue
    """`governance` (principals with a permission can delete a version) or `compliance`
    (nobody can). Updates in place, for new versions."""
    days: int
    """Days for which a version can't be deleted, 1 to 36500. Updates in place, for new
    versions."""


class AccessLogsArgs(TypedDict):
    """The arguments of the server access logs of the bucket. All of them update in
    place.

    The component's own log bucket is protected like all data: `pulumi up` refuses to
    delete it.
    """

    enabled: NotRequired[bool]
    """Whether S3 logs requests. Default: true."""
    bucket_name: NotRequired[pulumi.Input[str]]
    """Name of an existing bucket of this account and region that receives the logs; its
    policy must allow logging.s3.amazonaws.com to write. Default: none; the component
    creates a `LogBucket`."""
    retention_days: NotRequired[int]
    """Days after which a log in the component's own `LogBucket` expires, 1 to 36500.
    Default: 365."""


ACCESS_LOGS_DEFAULTS = defaults(
    AccessLogsArgs, enabled=True, retention_days=LOG_BUCKET_DEFAULTS["retention_days"]
)


class ArtifactBucketArgs(TypedDict):
    """The arguments of an ArtifactBucket."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key of this region that encrypts all objects. Updates in
    place; existing objects remain under the former key, so retain it, and allow readers
    to use both. Default: none; the component creates an `EncryptionKey`."""
    lifecycle: NotRequired[LifecycleArgs]
    """The lifecycle of objects. Updates in place. Default: removes noncurrent versions
    after 90 days, transitions objects to Intelligent-Tiering after 30."""
    access_logs: NotRequired[AccessLogsArgs]
    """The server access logs of the bucket. Updates in place. Default: in a `LogBucket`
    for 365 days."""
    replication: NotRequired[ReplicationArgs]
    """The bucket that new objects are replicated to. Updates in place. Default:
    none."""
    replica: NotRequired[ReplicaArgs]
    """Copies of all new objects in another region, in a bucket that the component
    creates; in place of `replication`. Adding it creates the bucket and the key; like
    all data they are protected: `pulumi up` refuses to delete them. Default: none."""
    object_lock: NotRequired[ObjectLockArgs]
    """Retention of new object versions by S3 Object Lock. Adding or removing it forces
    replacement of the bucket. Default: none."""
    event_notifications: NotRequired[bool]
    """Whether S3 sends each change of an object to EventBridge (opt-in events, about 1
    USD a million). Updates in place. Default: true."""
    file_systems: NotRequired[bool]
    """Whether FSx for Lustre file systems of the account may use the bucket's own key,
    so that they can be linked to the bucket. For `kms_key_arn`, the policy of that key
    must allow it: service `fsx` of an `EncryptionKey`. Updates in place. Default:
    false."""
    write_once_prefixes: NotRequired[Sequence[str]]
    """Folders whose objects can't be overwritten, by anybody: the bucket policy denies
    writes without `If-None-Match`. Copies into them are denied too. Updates in place.
    Default: none; an environment adds the folder of its release records."""
    datasets: NotRequired[Sequence[str]]
    """Names of the datasets whose versions the bucket keeps, at most 25. Their versions
    (`versions/`, `parts/` and `history/` of `datasets/<name>/`) are written once, their
    tags with `If-Match` or `If-None-Match` only, by anybody; a lifecycle that would
    remove what a version refers to is refused. Updates in place. Default: none; an
    environment adds those of its `datasets`."""
    policy_statements: NotRequired[Sequence[Mapping[str, Any]]]
    """Statements to add to the bucket policy, as a bucket has only one; each with a
    `Sid` and a `Principal`. The `Resource` of one without it is the bucket and all its
    objects. Updates in place. Default: none."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the buckets and the key, and retains them on
    delete. If false, destroying the stack deletes the objects. Updates in place.
    Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


ARTIFACT_BUCKET_DEFAULTS = defaults(
    ArtifactBucketArgs,
    event_notifications=True,
    file_systems=False,
    write_once_prefixes=(),
    datasets=(),
    policy_statements=(),
    deletion_protection=True,
)
