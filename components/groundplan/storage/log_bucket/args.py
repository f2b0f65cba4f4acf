"""The arguments of a LogBucket."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class LogBucketArgs(TypedDict):
    """The arguments of a LogBucket."""

    source_bucket_arn: pulumi.Input[str]
    """ARN of the bucket whose access logs S3 can deliver to this one. Updates the
    bucket policy in place."""
    retention_days: NotRequired[int]
    """Days after which a log expires, 1 to 36500; it can be restored for another 30.
    Default: 365. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the bucket, and retains it on delete. Default:
    true. If false, destroying the stack deletes the logs."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


LOG_BUCKET_DEFAULTS = defaults(LogBucketArgs, retention_days=365, deletion_protection=True)
