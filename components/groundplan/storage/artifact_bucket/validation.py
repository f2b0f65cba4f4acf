"""Validates the arguments of an ArtifactBucket."""

import re

from groundplan.context import Context
from groundplan.problems import Problem, under, whole_number
from groundplan.storage import arns, bucket_policy
from groundplan.storage.artifact_bucket import lifecycle, replication
from groundplan.storage.artifact_bucket.args import AccessLogsArgs, ArtifactBucketArgs
from groundplan.storage.artifact_bucket.lifecycle import MAX_DAYS

MAX_NAME = 39
"""Pulumi appends a hyphen and 7 random characters to "<name>-replication-role", of
which IAM takes 64 in all, and to "<name>-logs-bucket", of which S3 takes 63."""


def validate(args: ArtifactBucketArgs, context: Context) -> list[Problem]:
    """Returns the problems of the bucket's name and of the values of `args`."""
    found = name_problems(context.name) + arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
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
