"""Validates the arguments of a LogBucket."""

from groundplan.context import Context
from groundplan.problems import Problem, whole_number
from groundplan.storage import arns
from groundplan.storage.artifact_bucket.lifecycle import MAX_DAYS
from groundplan.storage.log_bucket.args import LogBucketArgs


def validate(args: LogBucketArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    return [
        *arns.bucket_problems("source_bucket_arn", args.get("source_bucket_arn")),
        *whole_number("retention_days", args.get("retention_days"), 1, MAX_DAYS, "days"),
    ]
