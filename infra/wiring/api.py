"""The REST API of models and their releases: one for each release runtime."""

import operator
from collections.abc import Iterator, Sequence
from typing import Any

from description import Component, Reference
from references import ACCESS
from settings import Settings

from wiring import releases, retraining
from wiring.components import component, notes

NAME = "api"


def described(settings: Settings) -> Iterator[Component]:
    for name, (runtime, endpoints) in apis(settings).items():
        pipelines = retraining.exported(settings)
        args: dict[str, Any] = {
            "targets": {
                each: Reference(runtime, "release_targets", select=operator.itemgetter(each))
                for each in endpoints
            },
            "pipelines": {
                each: Reference(pipelines[each], "settings")
                for each in endpoints
                if each in pipelines
            },
            "artifacts": ACCESS,
            "datasets": sorted(settings.get("datasets", {}).get("sets", {})),
            "alarm_actions": [Reference("monitoring", "topic_arn")],
            **_evaluations(settings),
            **notes(settings),
            **settings["api"],
        }
        yield component(settings, "DeliveryApi", name, args, key=NAME)


def apis(settings: Settings) -> dict[str, tuple[str, Sequence[str]]]:
    """Returns the APIs -> the release runtime of each, and its endpoints."""
    if "api" not in settings:
        return {}
    return {
        runtime.replace("releases", NAME, 1): (runtime, endpoints)
        for runtime, endpoints in releases.runtimes(settings).items()
    }


def _evaluations(settings: Settings) -> dict[str, Any]:
    """Returns the folders that the gates of releases read, if the settings name
    them."""
    prefixes = settings.get("releases", {}).get("evaluation_prefixes")
    return {"evaluation_prefixes": prefixes} if prefixes else {}
