"""What a `ReleaseRuntime` can be told, and what can be wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.storage.access import ArtifactAccessArgs

AUDIT_PREFIX = "releases/"
EVALUATION_PREFIXES = ("runs/",)
LOG_RETENTION_DAYS = 90


class ReleaseRuntimeArgs(TypedDict):
    """What a `ReleaseRuntime` can be told."""

    targets: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    """Name, as `groundplan release` will know it -> `ModelEndpoint.release_target` of
    an endpoint that releases from the registry, in this region. 1 to 12. Changing it
    updates the function in place."""
    audit: ArtifactAccessArgs
    """The bucket of the audit trail: `ArtifactBucket.access`. Changing it leaves the
    records of before behind, and with them what a rollback could go back to."""
    audit_prefix: NotRequired[str]
    """Folder of the audit trail. Default: releases/. Changing it does the same."""
    evaluation_prefixes: NotRequired[Sequence[str]]
    """Folders of the same bucket with the metrics that gates read. Default: runs/,
    where `TrainingJob`s record. Updates in place."""
    approval_required: NotRequired[bool]
    """Whether who approves a version must be another person than who registered it.
    Default: false. An approval is needed either way. Updates in place."""
    alarm_actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of what is told when a release fails, as `MonitoringStack.topic_arn`.
    Default: nobody. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the logs and of the events that were not acted on; its
    policy has to let CloudWatch Logs and EventBridge use it, as an `EncryptionKey` with
    the services `logs` and `events` does. Default: a key of its own. Updates in place;
    what is there keeps the former key."""
    log_retention_days: NotRequired[int]
    """Days that the function's logs are kept, one of CloudWatch's retention periods.
    Default: 90. Updates in place."""
    tracing: NotRequired[bool]
    """Whether X-Ray traces the function. Default: false. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, and leaves it in AWS when the stack
    lets go of it. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
