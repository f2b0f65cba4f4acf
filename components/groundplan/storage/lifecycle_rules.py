"""The rules of lifecycle configurations of buckets."""

import pulumi_aws as aws
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgs as Rule


def abort_multipart(days: int) -> Rule:
    """Returns the rule that removes the parts of incomplete multipart uploads."""
    return Rule(
        id="abort-multipart-uploads",
        status="Enabled",
        filter=_prefix(""),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=days
        ),
    )


def expire_versions(days: int, prefix: str = "") -> Rule:
    """Returns the rule that removes noncurrent versions, and delete markers without
    noncurrent versions, of a prefix, or of all objects."""
    return Rule(
        id=f"old-versions-{prefix}" if prefix else "old-versions",
        status="Enabled",
        filter=_prefix(prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
            expired_object_delete_marker=True
        ),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=days
        ),
    )


def transition(days: int) -> Rule:
    """Returns the rule that moves objects to S3 Intelligent-Tiering."""
    return Rule(
        id="intelligent-tiering",
        status="Enabled",
        filter=_prefix(""),
        transitions=[
            aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                days=days, storage_class="INTELLIGENT_TIERING"
            )
        ],
    )


def expire(prefix: str, days: int) -> Rule:
    """Returns the rule that expires the objects of a prefix, or all objects; in a
    versioned bucket they become noncurrent versions."""
    return Rule(
        id=f"expire-{prefix or 'all'}",
        status="Enabled",
        filter=_prefix(prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def _prefix(prefix: str) -> aws.s3.BucketLifecycleConfigurationRuleFilterArgs:
    return aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix)
