"""What an `ArtifactBucket` can be told, and the rules of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.problems import Problem, under, whole_number
from groundplan.storage import arns, bucket_policy
from groundplan.storage.artifact_bucket import lifecycle, replication
from groundplan.storage.artifact_bucket.lifecycle import MAX_DAYS, LifecycleArgs
from groundplan.storage.artifact_bucket.replication import ReplicationArgs
from groundplan.storage.choices import ObjectLockMode

MAX_NAME = 39
"""Pulumi appends a hyphen and 7 random characters to "<name>-replication-role", of
which IAM takes 64 in all, and to "<name>-logs-bucket", of which S3 takes 63."""


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


def problems(name: str, args: ArtifactBucketArgs) -> list[Problem]:
    """What is wrong with the bucket's name and the values of `args`."""
    found = name_problems(name) + arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += under("lifecycle", lifecycle.problems(args.get("lifecycle", {})))
    found += under("access_logs", _access_logs(args.get("access_logs", {})))
    if "replication" in args:
        found += under("replication", replication.problems(args["replication"]))
    if "object_lock" in args:
        found += whole_number(
            "object_lock.days", args["object_lock"].get("days"), 1, MAX_DAYS, "days"
        )
    if args.get("file_systems") and "kms_key_arn" in args:
        fix = "remove it, and let that key's policy allow FSx: service fsx of an EncryptionKey"
        found.append(
            Problem(
                "file_systems",
                True,
                "false where kms_key_arn is given, as the bucket has no key of its own",
                fix,
            )
        )
    found += bucket_policy.problems("policy_statements", args.get("policy_statements", ()))
    return found


def name_problems(name: str) -> list[Problem]:
    """Pulumi makes the name of a bucket from the component's, in lower case; S3 takes
    letters, digits and hyphens only."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name) and len(name) <= MAX_NAME:
        return []
    return [
        Problem(
            "name",
            name,
            f"up to {MAX_NAME} letters, digits and hyphens: S3 buckets are named after it",
        )
    ]


def _access_logs(logs: AccessLogsArgs) -> list[Problem]:
    found = arns.name_problems("bucket_name", logs.get("bucket_name"))
    found += whole_number("retention_days", logs.get("retention_days"), 1, MAX_DAYS, "days")
    told = [key for key in ("bucket_name", "retention_days") if key in logs]
    if not logs.get("enabled", True) and told:
        found.append(
            Problem(
                "enabled",
                False,
                f"true where {' or '.join(told)} is given",
                f"remove {' and '.join(told)}",
            )
        )
    if len(told) == 2:
        allowed = "nothing beside bucket_name, as that bucket has rules of its own"
        found.append(
            Problem("retention_days", logs.get("retention_days"), allowed, "remove one of the two")
        )
    return found
