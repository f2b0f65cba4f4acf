"""The two kinds of statements that the policies of pipelines are written in. Pure."""

from collections.abc import Sequence
from typing import Any

from groundplan.iam import Statement


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], **more: Any) -> Statement:
    """Returns a statement that allows actions on resources."""
    return {**_listed(sid, "Allow", actions), "Resource": list(resources), **more}


def deny(sid: str, actions: Sequence[str], resources: Sequence[str], **more: Any) -> Statement:
    """Returns a statement that denies actions on resources."""
    return {**_listed(sid, "Deny", actions), "Resource": list(resources), **more}


def deny_except(sid: str, actions: Sequence[str], spared: Sequence[str], **more: Any) -> Statement:
    """Returns a statement that denies actions on all resources but `spared`."""
    others = {"NotResource": list(spared)} if spared else {"Resource": ["*"]}
    return {**_listed(sid, "Deny", actions), **others, **more}


def _listed(sid: str, effect: str, actions: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": effect, "Action": list(actions)}
