"""Validates the arguments of an ArtifactBucket."""

import re

from groundplan.context import Context
from groundplan.problems import Problem, under, whole_number
from groundplan.storage import arns, bucket_policy, replica_region
from groundplan.storage.artifact_bucket.args import (
    AccessLogsArgs,
    ArtifactBucketArgs,
    LifecycleArgs,
    ReplicaArgs,
    ReplicationArgs,
)
from groundplan.storage.artifact_bucket.dataset_retention import dataset_problems
from groundplan.storage.limits import MAX_DAYS
from groundplan.storage.prefixes import prefix_problems

MAX_NAME = 39
"""Pulumi appends a hyphen and 7 random characters to "<name>-replication-role", for
which IAM allows 64 in all, and to "<name>-logs-bucket", for which S3 allows 63."""

MIN_DELAY, MAX_DELAY = 15, 7 * 24 * 60
"""Minutes. S3 copies most objects within 15 minutes; CloudWatch evaluates a week at
most (Amazon CloudWatch User Guide, "Using Amazon CloudWatch alarms")."""


def validate(args: ArtifactBucketArgs, context: Context) -> list[Problem]:
    """Returns the problems of the component's name and of the values of `args`."""
    problems = _name(context.name) + arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    problems += under("lifecycle", lifecycle_problems(args.get("lifecycle", {})))
    problems += dataset_problems(args)
    problems += under("access_logs", _access_logs(args.get("access_logs", {})))
    if "replication" in args:
        problems += under("replication", replication_problems(args["replication"]))
    if "replica" in args:
        problems += under("replica", _replica(args["replica"], context))
        if "replication" in args:
            allowed = "nothing together with replication, as a bucket is replicated to one other"
            fix = "remove one of the two"
            problems.append(Problem("replica", args["replica"].get("region"), allowed, fix))
    days = args["object_lock"].get("days") if "object_lock" in args else None
    problems += whole_number("object_lock.days", days, 1, MAX_DAYS, "days")
    if args.get("file_systems") is True and "kms_key_arn" in args:
        allowed = "false together with kms_key_arn, as the bucket has no key of its own"
        fix = "remove it, and allow FSx in that key's policy: service fsx of an EncryptionKey"
        problems.append(Problem("file_systems", True, allowed, fix))
    for index, prefix in enumerate(args.get("write_once_prefixes", ())):
        problems += _write_once(f"write_once_prefixes[{index}]", prefix)
    statements = args.get("policy_statements", ())
    return problems + bucket_policy.problems("policy_statements", statements)


def lifecycle_problems(args: LifecycleArgs) -> list[Problem]:
    """Returns the problems of the lifecycle of objects."""
    noncurrent, tiering = args.get("noncurrent_days"), args.get("intelligent_tiering_days")
    parts = args.get("abort_multipart_days")
    problems = whole_number("noncurrent_days", noncurrent, 0, MAX_DAYS, "days, 0 for ever")
    problems += whole_number("intelligent_tiering_days", tiering, 0, MAX_DAYS, "days, 0 for never")
    problems += whole_number("abort_multipart_days", parts, 1, MAX_DAYS, "days")
    for index, prefix in enumerate(args.get("noncurrent_prefixes", ())):
        key = f"noncurrent_prefixes[{index}]"
        if prefix:
            problems += prefix_problems(key, prefix)
        else:
            fix = "remove noncurrent_prefixes for the whole bucket"
            problems.append(Problem(key, prefix, 'folders such as "scratch/"', fix))
    for prefix, days in args.get("expire", {}).items():
        problems += under("expire", whole_number(prefix, days, 1, MAX_DAYS, "days"))
        if not prefix:
            fix = "name the prefix to expire, not the whole bucket"
            problems.append(Problem("expire", prefix, 'folders such as "scratch/"', fix))
        problems += prefix_problems("expire", prefix)
    return problems


def replication_problems(args: ReplicationArgs) -> list[Problem]:
    """Returns the problems of the replication of new objects."""
    return [
        *arns.bucket_problems("bucket_arn", args.get("bucket_arn")),
        *arns.key_problems("kms_key_arn", args.get("kms_key_arn")),
        *arns.account_problems("account_id", args.get("account_id")),
        *prefix_problems("prefix", args.get("prefix", "")),
    ]


def _replica(args: ReplicaArgs, context: Context) -> list[Problem]:
    problems = replica_region.problems("region", args.get("region"), context)
    delay = args.get("max_delay_minutes")
    problems += whole_number("max_delay_minutes", delay, MIN_DELAY, MAX_DELAY, "minutes")
    for index, arn in enumerate(args.get("alarm_actions", ())):
        key = f"alarm_actions[{index}]"
        invalid = arns.of_service(key, arn, "sns")
        problems += invalid
        region = args.get("region")
        if not invalid and isinstance(arn, str) and arn.split(":")[3] != region:
            allowed = f"a topic in {region}: an alarm notifies topics of its own region"
            problems.append(Problem(key, arn, allowed, "use the ARN of a topic there"))
    return problems


def _write_once(key: str, prefix: str) -> list[Problem]:
    if prefix:
        return prefix_problems(key, prefix)
    allowed = "a folder: jobs and services write to the bucket without If-None-Match"
    return [Problem(key, prefix, allowed, 'name folders such as "records/"')]


def _name(name: str) -> list[Problem]:
    """Returns the problem of a component's name that can't be part of a bucket's name.

    Pulumi derives the bucket's name from it, in lower case; S3 allows letters, digits
    and hyphens.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name) and len(name) <= MAX_NAME:
        return []
    allowed = f"up to {MAX_NAME} letters, digits and hyphens: S3 buckets are named after it"
    return [Problem("name", name, allowed)]


def _access_logs(args: AccessLogsArgs) -> list[Problem]:
    problems = arns.name_problems("bucket_name", args.get("bucket_name"))
    problems += whole_number("retention_days", args.get("retention_days"), 1, MAX_DAYS, "days")
    present = [key for key in ("bucket_name", "retention_days") if key in args]
    if args.get("enabled") is False and present:
        allowed = f"true together with {' or '.join(present)}"
        problems.append(Problem("enabled", False, allowed, f"remove {' and '.join(present)}"))
    if len(present) == 2:
        allowed = "nothing together with bucket_name, as that bucket has its own lifecycle"
        days = args.get("retention_days")
        problems.append(Problem("retention_days", days, allowed, "remove one of the two"))
    return problems
