"""The specification of a release runtime: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.release.component.args import ReleaseRuntimeArgs
from groundplan.storage.access import ArtifactAccessArgs


@dataclass(frozen=True)
class ReleaseRuntimeSpec:
    """A release runtime, complete."""

    targets: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    audit: ArtifactAccessArgs
    audit_prefix: str
    evaluation_prefixes: Sequence[str]
    require_second_approver: bool
    alarm_actions: Sequence[pulumi.Input[str]]
    owner: str
    """Empty if it is unknown."""
    runbooks_url: str
    """Empty if alarms name paths."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    log_retention_days: int
    tracing: bool
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def resolve(args: ReleaseRuntimeArgs) -> ReleaseRuntimeSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(ReleaseRuntimeArgs, args)
    return ReleaseRuntimeSpec(
        targets=args["targets"],
        audit=args["audit"],
        audit_prefix=filled["audit_prefix"],
        evaluation_prefixes=filled["evaluation_prefixes"],
        require_second_approver=filled["require_second_approver"],
        alarm_actions=args.get("alarm_actions", ()),
        owner=args.get("owner", ""),
        runbooks_url=args.get("runbooks_url", ""),
        kms_key_arn=args.get("kms_key_arn"),
        log_retention_days=filled["log_retention_days"],
        tracing=filled["tracing"],
        deletion_protection=filled["deletion_protection"],
        tags=args.get("tags", {}),
    )
