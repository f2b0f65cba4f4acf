"""Validates the arguments of an ArtifactBucket."""

import re

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.problems import Problem, under, whole_number
from groundplan.storage import arns, bucket_policy
from groundplan.storage.artifact_bucket import lifecycle
from groundplan.storage.artifact_bucket.args import (
    AccessLogsArgs,
    ArtifactBucketArgs,
    ReplicationArgs,
)
from groundplan.storage.artifact_bucket.lifecycle import MAX_DAYS
from groundplan.storage.prefixes import prefix_problems

MAX_NAME = 39
"""Pulumi appends a hyphen and 7 random characters to "<name>-replication-role", of
which IAM accepts 64 in all, and to "<name>-logs-bucket", of which S3 accepts 63."""


def validate(args: ArtifactBucketArgs, context: Context) -> list[Problem]:
    """Returns the problems of the bucket's name and of the values of `args`."""
    problems = _name_problems(context.name)
    problems += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    problems += under("lifecycle", lifecycle.problems(args.get("lifecycle", {})))
    problems += under("access_logs", _access_log_problems(args.get("access_logs", {})))
    if "replication" in args:
        problems += under("replication", replication_problems(args["replication"]))
    days = args["object_lock"].get("days") if "object_lock" in args else None
    problems += whole_number("object_lock.days", days, 1, MAX_DAYS, "days")
    if args.get("file_systems") and "kms_key_arn" in args:
        allowed = "false with kms_key_arn, as the bucket has no new key"
        fix = "remove it, and allow FSx in that key's policy: service fsx of an EncryptionKey"
        problems.append(Problem("file_systems", True, allowed, fix))
    statements = args.get("policy_statements", ())
    return problems + bucket_policy.problems("policy_statements", statements)


def _name_problems(name: str) -> list[Problem]:
    """Returns the problem of a component's name that S3 does not accept.

    Pulumi derives the names of the buckets from it, in lower case.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name) and len(name) <= MAX_NAME:
        return []
    allowed = f"up to {MAX_NAME} letters, digits and hyphens: S3 buckets are named after it"
    return [Problem("name", name, allowed)]


def _access_log_problems(args: AccessLogsArgs) -> list[Problem]:
    problems = arns.name_problems("bucket_name", args.get("bucket_name"))
    problems += whole_number("retention_days", args.get("retention_days"), 1, MAX_DAYS, "days")
    own = [key for key in ("bucket_name", "retention_days") if key in args]
    if own and not with_defaults(AccessLogsArgs, args)["enabled"]:
        allowed, fix = f"true with {' or '.join(own)}", f"remove {' and '.join(own)}"
        problems.append(Problem("enabled", False, allowed, fix))
    if len(own) == 2:
        allowed = "nothing with bucket_name, as that bucket has its own lifecycle rules"
        days = args.get("retention_days")
        problems.append(Problem("retention_days", days, allowed, "remove one of the two"))
    return problems


def replication_problems(args: ReplicationArgs) -> list[Problem]:
    """Returns the problems of the destination bucket."""
    return [
        *arns.bucket_problems("bucket_arn", args.get("bucket_arn")),
        *arns.key_problems("kms_key_arn", args.get("kms_key_arn")),
        *arns.account_problems("account_id", args.get("account_id")),
        *prefix_problems("prefix", args.get("prefix", "")),
    ]
