"""Endpoints, and what they do."""

from collections.abc import Mapping
from typing import Any

from groundplan.api.handlers import parameters as of
from groundplan.api.handlers.call import NotFound, current
from groundplan.api.handlers.places import (
    has_releases,
    has_trainings,
    release_place,
    training_place,
)
from groundplan.api.handlers.releases import release_of
from groundplan.api.models import answers
from groundplan.retraining.engine import timeline


def list_endpoints() -> answers.Endpoints:
    """Lists the endpoints of the API."""
    return answers.Endpoints(
        items=[
            answers.Endpoint(name=name, releases=has_releases(name), trainings=has_trainings(name))
            for name in current().settings.endpoints
        ]
    )


def get_endpoint(endpoint: of.EndpointName) -> answers.EndpointState:
    """Returns what an endpoint serves, which release is under way, and what its
    retraining does."""
    if endpoint not in current().settings.endpoints:
        known = ", ".join(current().settings.endpoints) or "none"
        raise NotFound(f"The API has no endpoint {endpoint}. Endpoints: {known}")
    release = release_place(endpoint).releases.status() if has_releases(endpoint) else None
    training = (
        timeline.status(training_place(endpoint).pipeline.context.journal)
        if has_trainings(endpoint)
        else None
    )
    return answers.EndpointState(
        name=endpoint,
        release=None if release is None else _release(release),
        training=None if training is None else _training(training),
    )


def _release(found: Mapping[str, Any]) -> answers.ReleaseState:
    way, last = found["under_way"], found["last"]
    return answers.ReleaseState(
        state=found["state"],
        version=found["version"],
        package_arn=found["package_arn"],
        config=found["config"],
        alarms_on=found["alarms_on"],
        as_recorded=found["as_recorded"],
        under_way=release_of(way) if way and way["release"] else None,
        last=None if last is None else release_of(last),
        problems=list(found["problems"]),
    )


def _training(found: Mapping[str, Any]) -> answers.TrainingState:
    def run(each: Mapping[str, Any] | None) -> answers.Training | None:
        return None if each is None else answers.Training(**each)

    waiting = [str(each["trigger"]) for each in found["waiting"]]
    return answers.TrainingState(open=run(found["open"]), last=run(found["last"]), waiting=waiting)
