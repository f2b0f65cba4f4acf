"""The rules of a bucket's lifecycle configuration."""

import pulumi_aws as aws
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgs as Rule

from groundplan.storage.artifact_bucket.lifecycle import (
    ABORT_MULTIPART_DAYS,
    INTELLIGENT_TIERING_DAYS,
    NONCURRENT_DAYS,
    LifecycleArgs,
)


def lifecycle_rules(lifecycle: LifecycleArgs) -> list[Rule]:
    """One rule for each thing that a bucket forgets or moves; there is always at least
    one."""
    rules = [abort_multipart(lifecycle.get("abort_multipart_days", ABORT_MULTIPART_DAYS))]
    if noncurrent := lifecycle.get("noncurrent_days", NONCURRENT_DAYS):
        rules.append(forget_versions(noncurrent))
    if tiering := lifecycle.get("intelligent_tiering_days", INTELLIGENT_TIERING_DAYS):
        rules.append(
            Rule(
                id="intelligent-tiering",
                status="Enabled",
                filter=_prefix(""),
                transitions=[
                    aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                        days=tiering, storage_class="INTELLIGENT_TIERING"
                    )
                ],
            )
        )
    return rules + [
        expire(prefix, days) for prefix, days in sorted(lifecycle.get("expire", {}).items())
    ]


def abort_multipart(days: int) -> Rule:
    """Removes the parts of uploads that were never completed."""
    return Rule(
        id="abort-multipart-uploads",
        status="Enabled",
        filter=_prefix(""),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=days
        ),
    )


def forget_versions(days: int) -> Rule:
    """Removes old versions, and the delete markers that have no version below them any
    more."""
    return Rule(
        id="old-versions",
        status="Enabled",
        filter=_prefix(""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
            expired_object_delete_marker=True
        ),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=days
        ),
    )


def expire(prefix: str, days: int) -> Rule:
    """Deletes what is below a prefix, or everything; in a versioned bucket it lives on
    as an old version."""
    return Rule(
        id=f"expire-{prefix or 'all'}",
        status="Enabled",
        filter=_prefix(prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def _prefix(prefix: str) -> aws.s3.BucketLifecycleConfigurationRuleFilterArgs:
    return aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix)
