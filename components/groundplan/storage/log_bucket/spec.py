"""The arguments of a LogBucket, resolved: every default is filled in."""

from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.storage.log_bucket.args import LogBucketArgs
from groundplan.tags import merged


@dataclass(frozen=True)
class LogBucketSpec:
    """A LogBucket, complete."""

    name: str
    source_bucket_arn: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool
    tags: dict[str, pulumi.Input[str]]


def resolve(args: LogBucketArgs, context: Context) -> LogBucketSpec:
    """Returns the specification of valid arguments."""
    values = with_defaults(LogBucketArgs, args)
    return LogBucketSpec(
        name=context.name,
        source_bucket_arn=args["source_bucket_arn"],
        retention_days=values["retention_days"],
        deletion_protection=values["deletion_protection"],
        tags=merged(context.name, args.get("tags")),
    )
