"""The lifecycle configuration of an ArtifactBucket."""

from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgs as Rule

from groundplan.storage.artifact_bucket.spec import Lifecycle
from groundplan.storage.lifecycle_rules import (
    abort_multipart,
    expire,
    expire_versions,
    transition,
)


def lifecycle_rules(lifecycle: Lifecycle) -> list[Rule]:
    """Returns the rules of a lifecycle; always at least one."""
    rules = [abort_multipart(lifecycle.abort_multipart_days)]
    if lifecycle.noncurrent_days:
        days, prefixes = lifecycle.noncurrent_days, lifecycle.noncurrent_prefixes
        rules += [expire_versions(days, prefix) for prefix in sorted(set(prefixes))]
    if lifecycle.intelligent_tiering_days:
        rules.append(transition(lifecycle.intelligent_tiering_days))
    return rules + [expire(prefix, days) for prefix, days in sorted(lifecycle.expire.items())]
