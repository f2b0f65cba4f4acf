"""The rules of a bucket's lifecycle configuration."""

import pulumi_aws as aws
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgs as Rule

from groundplan.storage.artifact_bucket.spec import Lifecycle


def lifecycle_rules(lifecycle: Lifecycle) -> list[Rule]:
    """Returns the rules of a bucket, at least one."""
    rules = [abort_multipart(lifecycle.abort_multipart_days)]
    if lifecycle.noncurrent_days:
        rules.append(expire_versions(lifecycle.noncurrent_days))
    if lifecycle.intelligent_tiering_days:
        rules.append(
            Rule(
                id="intelligent-tiering",
                status="Enabled",
                filter=_prefix(""),
                transitions=[
                    aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                        days=lifecycle.intelligent_tiering_days, storage_class="INTELLIGENT_TIERING"
                    )
                ],
            )
        )
    return rules + [expire(prefix, days) for prefix, days in sorted(lifecycle.expire.items())]


def abort_multipart(days: int) -> Rule:
    """Returns a rule that removes the parts of incomplete uploads."""
    return Rule(
        id="abort-multipart-uploads",
        status="Enabled",
        filter=_prefix(""),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=days
        ),
    )


def expire_versions(days: int) -> Rule:
    """Returns a rule that removes noncurrent versions, and delete markers without
    versions."""
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
    """Returns a rule that expires objects below a prefix, or all; in a versioned bucket
    they become noncurrent versions."""
    return Rule(
        id=f"expire-{prefix or 'all'}",
        status="Enabled",
        filter=_prefix(prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def _prefix(prefix: str) -> aws.s3.BucketLifecycleConfigurationRuleFilterArgs:
    return aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix)
