"""The runtimes that release models from the registry."""

from collections.abc import Iterator
from typing import Any

from description import Component, Reference
from groundplan.release.component.validation import MAX_TARGETS
from groundplan.serving.model_endpoint.choices import ReleaseMode
from references import ACCESS
from settings import Settings

from wiring.components import component, notes


def released(settings: Settings) -> list[str]:
    """Returns the endpoints whose models are released from the registry."""
    endpoints = settings.get("endpoints", {})
    return [name for name, e in endpoints.items() if e.get("release") is ReleaseMode.REGISTRY]


def described(settings: Settings) -> Iterator[Component]:
    for runtime, names in runtimes(settings).items():
        args: dict[str, Any] = {
            "targets": {name: Reference(name, "release_target") for name in names},
            "audit": ACCESS,
            "alarm_actions": [Reference("monitoring", "topic_arn")],
            **notes(settings),
            **settings.get("releases", {}),
        }
        yield component(settings, "ReleaseRuntime", runtime, args, key="releases")


def runtimes(settings: Settings) -> dict[str, list[str]]:
    """Returns the release runtimes -> their endpoints.

    The policies of one runtime's role hold a limited number of endpoints.
    """
    names = released(settings)
    parts = [names[start : start + MAX_TARGETS] for start in range(0, len(names), MAX_TARGETS)]
    return {f"releases-{n}" if n > 1 else "releases": part for n, part in enumerate(parts, 1)}
