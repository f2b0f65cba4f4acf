"""The specification of a log bucket: its arguments, resolved once, with every
default."""

from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.storage.log_bucket.args import LogBucketArgs
from groundplan.tags import Tags, merged


@dataclass(frozen=True)
class LogBucketSpec:
    """A log bucket, complete."""

    name: str
    """The logical name of the component."""
    source_bucket_arn: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool
    tags: Tags


def resolve(args: LogBucketArgs, context: Context) -> LogBucketSpec:
    """Returns the specification of the log bucket that valid `args` describe."""
    own = with_defaults(LogBucketArgs, args)
    return LogBucketSpec(
        name=context.name,
        source_bucket_arn=own["source_bucket_arn"],
        retention_days=own["retention_days"],
        deletion_protection=own["deletion_protection"],
        tags=merged(context.name, args.get("tags")),
    )
