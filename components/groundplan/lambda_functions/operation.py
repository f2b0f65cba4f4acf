"""How a component's function is operated: a part of the component's specification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan import runbooks
from groundplan.facts import log_retention
from groundplan.problems import Problem


@dataclass(frozen=True)
class Notified:
    """Who is notified of what a component watches; complete."""

    alarm_actions: Sequence[pulumi.Input[str]]
    owner: str
    """Empty if it is unknown."""
    runbooks_url: str
    """Empty if alarms name paths."""
    tags: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class FunctionOperation(Notified):
    """Who is notified, what is kept, and with which key; complete."""

    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    log_retention_days: int
    tracing: bool
    deletion_protection: bool


def notified(filled: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a `Notified`, of arguments."""
    return {
        "alarm_actions": filled.get("alarm_actions", ()),
        "owner": filled.get("owner", ""),
        "runbooks_url": filled.get("runbooks_url", ""),
        "tags": filled.get("tags", {}),
    }


def of(filled: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a `FunctionOperation`, of arguments with their defaults."""
    return {
        **notified(filled),
        "kms_key_arn": filled.get("kms_key_arn"),
        "log_retention_days": filled["log_retention_days"],
        "tracing": filled["tracing"],
        "deletion_protection": filled["deletion_protection"],
    }


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns what is wrong with a component's `FunctionOperationArgs`."""
    return [
        *log_retention.problems("log_retention_days", args.get("log_retention_days")),
        *runbooks.problems("runbooks_url", args.get("runbooks_url")),
        *runbooks.owner_problems("owner", args.get("owner")),
    ]
