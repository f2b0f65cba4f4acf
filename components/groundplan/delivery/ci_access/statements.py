"""Statements that deny, in which the limits of pipelines are written. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.iam import Statement

Condition = Mapping[str, Any] | None


def deny(
    sid: str, actions: Sequence[str], resources: Sequence[str], condition: Condition = None
) -> Statement:
    """Returns a statement that denies actions on resources."""
    return _denied(sid, actions, {"Resource": list(resources)}, condition)


def deny_except(
    sid: str, actions: Sequence[str], spared: Sequence[str], condition: Condition = None
) -> Statement:
    """Returns a statement that denies actions on all resources but `spared`."""
    others = {"NotResource": list(spared)} if spared else {"Resource": ["*"]}
    return _denied(sid, actions, others, condition)


def _denied(
    sid: str, actions: Sequence[str], resources: Mapping[str, Any], condition: Condition
) -> Statement:
    statement = {"Sid": sid, "Effect": "Deny", "Action": list(actions), **resources}
    return statement if condition is None else {**statement, "Condition": condition}
