"""Which images of a repository expire, as ECR's lifecycle policy."""

import json
import re
from collections.abc import Mapping

from groundplan.problems import Problem, whole_number

UNTAGGED_DAYS = 14
"""Tags are immutable, so an untagged image is a part of one that was deleted, or a push
that was never finished."""

MAX_DAYS = 3650

TAG_PREFIX = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""What a tag may begin with (Open Container Initiative, Distribution Specification)."""


def problems(untagged_days: int | None, expire: Mapping[str, int]) -> list[Problem]:
    """What is wrong with the days and the prefixes."""
    found = whole_number("untagged_days", untagged_days, 1, MAX_DAYS, "days")
    for prefix, days in expire.items():
        if not TAG_PREFIX.fullmatch(prefix):
            allowed = "what a tag can begin with: letters, digits, '_', '.', '-'"
            found.append(
                Problem(f"expire.{prefix}", prefix, allowed, "name the beginning of tags: pr-")
            )
        found += whole_number(f"expire.{prefix}", days, 1, MAX_DAYS, "days")
    return found


def policy(untagged_days: int = UNTAGGED_DAYS, expire: Mapping[str, int] | None = None) -> str:
    """The lifecycle policy, as JSON. What no rule names is kept for ever: it may be
    what runs in production."""
    rules = [
        _rule(
            1,
            f"Untagged images after {untagged_days} days",
            {"tagStatus": "untagged"},
            untagged_days,
        )
    ]
    for priority, (prefix, days) in enumerate(sorted((expire or {}).items()), start=2):
        selection = {"tagStatus": "tagged", "tagPrefixList": [prefix]}
        rules.append(_rule(priority, f"Images tagged {prefix}* after {days} days", selection, days))
    return json.dumps({"rules": rules}, sort_keys=True)


def _rule(
    priority: int, description: str, selection: Mapping[str, object], days: int
) -> dict[str, object]:
    age = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return {
        "rulePriority": priority,
        "description": description,
        "selection": {**selection, **age},
        "action": {"type": "expire"},
    }
