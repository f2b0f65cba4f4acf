"""The arguments of a ReleaseRuntime."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import pulumi

from groundplan.arguments import defaults, renamed
from groundplan.lambda_functions.operation_args import (
    FUNCTION_OPERATION_DEFAULTS,
    FunctionOperationArgs,
)
from groundplan.storage.access import ArtifactAccessArgs


class ReleaseRuntimeArgs(FunctionOperationArgs):
    """The arguments of a ReleaseRuntime."""

    targets: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    """Name, as `groundplan release` will know it -> `ModelEndpoint.release_target` of
    an endpoint that releases from the registry, in this region. 1 to 7. Changing it
    updates the function in place."""
    audit: ArtifactAccessArgs
    """The bucket of the audit trail: `ArtifactBucket.access`. Changing it leaves the
    records of before behind, and with them what a rollback could go back to."""
    audit_prefix: NotRequired[str]
    """Folder of the audit trail. Default: releases/. Changing it does the same."""
    evaluation_prefixes: NotRequired[Sequence[str]]
    """Folders of the same bucket with the metrics that gates read. Default: runs/,
    where `TrainingJob`s record. Updates in place."""
    require_second_approver: NotRequired[bool]
    """Whether the person who approves a version must be another than the one who
    registered it. Default: false. An approval is needed either way. Updates in
    place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the logs and of the events that were not acted on; its
    policy has to let CloudWatch Logs and EventBridge use it, as an `EncryptionKey` with
    the services `logs` and `events` does. Default: a key of its own. Updates in place;
    what is there keeps the former key."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


RELEASE_RUNTIME_DEFAULTS = defaults(
    ReleaseRuntimeArgs,
    **FUNCTION_OPERATION_DEFAULTS,
    audit_prefix="releases/",
    evaluation_prefixes=("runs/",),
    require_second_approver=False,
)
renamed(ReleaseRuntimeArgs, approval_required="require_second_approver")
