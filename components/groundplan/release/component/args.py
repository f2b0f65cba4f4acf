"""What a `ReleaseRuntime` can be told, and what can be wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.facts import log_retention
from groundplan.problems import Problem
from groundplan.storage import arns
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.prefixes import prefix_problems

AUDIT_PREFIX = "releases/"
EVALUATION_PREFIXES = ("runs/",)
LOG_RETENTION_DAYS = 90
MAX_TARGETS = 7
"""A role holds 10,240 characters of inline policies (IAM quotas), of which a target
with the longest names takes some 700; and an event pattern has 2,048 (EventBridge
quotas)."""


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


def problems(args: ReleaseRuntimeArgs) -> list[Problem]:
    """What is wrong with the values of `args`."""
    found = log_retention.problems("log_retention_days", args.get("log_retention_days"))
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    count = len(args.get("targets", {}))
    if "targets" in args and not 1 <= count <= MAX_TARGETS:
        fix = (
            "split them among several"
            if count
            else "give the release_target of an endpoint whose release is registry"
        )
        found.append(
            Problem("targets", sorted(args["targets"]), f"1 to {MAX_TARGETS} endpoints", fix)
        )
    found += prefix_problems("audit_prefix", args.get("audit_prefix", AUDIT_PREFIX))
    if args.get("audit_prefix") == "":
        fix = f"write {AUDIT_PREFIX}"
        found.append(
            Problem("audit_prefix", "", "a folder: the function may write all that is in it", fix)
        )
    for index, prefix in enumerate(args.get("evaluation_prefixes", ())):
        found += prefix_problems(f"evaluation_prefixes[{index}]", prefix)
    return found
