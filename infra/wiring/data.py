"""Named datasets, and what teams do with them."""

from collections.abc import Iterator
from typing import Any

from description import Call, Component, Reference
from references import ACCESS
from settings import Settings

from wiring.components import component, notes

GRANTS = {"readers": "grant_read", "writers": "grant_write", "publishers": "grant_publish"}


def described(settings: Settings) -> Iterator[Component | Call]:
    if "datasets" not in settings:
        return
    section: dict[str, Any] = {**settings["datasets"]}
    access = section.pop("access", {})
    args: dict[str, Any] = {
        "bucket": ACCESS,
        "alarm_actions": [Reference("monitoring", "topic_arn")],
        **notes(settings),
        **section,
    }
    yield component(settings, "Datasets", "datasets", args)
    if "training" not in settings:
        return  # the rules of the environment report it
    for key, method in GRANTS.items():
        granted: dict[str, list[str]] = {}
        for dataset, who in access.items():
            for namespace in dict.fromkeys(who.get(key, ())):
                granted.setdefault(namespace, []).append(dataset)
        for namespace, datasets in granted.items():
            role = role_of(namespace)
            yield Call("datasets", method, {"role": role, "datasets": datasets, "name": namespace})


def role_of(namespace: str) -> Reference:
    """Returns the IAM role that jobs of a namespace assume."""
    return Reference("training", "team_access", select=lambda access: access[namespace].role.role)
