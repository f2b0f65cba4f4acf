"""The arguments of a LogBucket."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi


class LogBucketArgs(TypedDict):
    """What a `LogBucket` can be told."""

    source_bucket_arn: pulumi.Input[str]
    """ARN of the bucket whose access logs S3 may deliver here. Changing it updates the
    policy in place."""
    retention_days: NotRequired[int]
    """Days after which a log is deleted; it can be brought back for another 30.
    Default: 365. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the bucket, and leaves it in AWS when the stack
    lets go of it. Default: true. Where false, destroying the stack deletes the logs."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
