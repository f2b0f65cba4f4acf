"""Validates the lifecycle rules of a bucket."""

from groundplan.problems import Problem, under, whole_number
from groundplan.storage.artifact_bucket.args import LifecycleArgs
from groundplan.storage.prefixes import prefix_problems

MAX_DAYS = 36_500
"""A hundred years, the longest retention of S3 Object Lock (S3 User Guide, "Setting
retention limits")."""


def problems(args: LifecycleArgs) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    noncurrent, tiering = args.get("noncurrent_days"), args.get("intelligent_tiering_days")
    multipart = args.get("abort_multipart_days")
    problems = [
        *whole_number("noncurrent_days", noncurrent, 0, MAX_DAYS, "days, 0 for all versions"),
        *whole_number("intelligent_tiering_days", tiering, 0, MAX_DAYS, "days, 0 for never"),
        *whole_number("abort_multipart_days", multipart, 1, MAX_DAYS, "days"),
    ]
    for prefix, days in args.get("expire", {}).items():
        problems += under("expire", whole_number(prefix, days, 1, MAX_DAYS, "days"))
        if not prefix:
            fix = "name the objects that may be lost, not the whole bucket"
            problems.append(Problem("expire", prefix, 'folders such as "scratch/"', fix))
        problems += prefix_problems("expire", prefix)
    return problems
