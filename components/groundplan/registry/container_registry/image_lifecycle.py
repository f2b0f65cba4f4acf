"""Which images of a repository expire, as ECR's lifecycle policy."""

import json
from collections.abc import Mapping


def policy(untagged_days: int, expire: Mapping[str, int]) -> str:
    """Returns the lifecycle policy, as JSON. Images that no rule selects never expire:
    they may run in production."""
    rules = [
        _rule(
            1,
            f"Untagged images after {untagged_days} days",
            {"tagStatus": "untagged"},
            untagged_days,
        )
    ]
    for priority, (prefix, days) in enumerate(sorted(expire.items()), start=2):
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
