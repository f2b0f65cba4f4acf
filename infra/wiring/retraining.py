"""The retraining of models: pipelines of endpoints that release from the registry."""

import operator
from collections.abc import Iterator
from typing import Any

import component_names
import model_checks
from description import Call, Component, Reference
from groundplan.retraining.component.validation import MAX_NAME
from references import ACCESS
from settings import Settings

from wiring import placement, releases, serving, tracking
from wiring.components import component, notes

NOTIFICATIONS = {
    "topic_arn": Reference("monitoring", "topic_arn"),
    "kms_key_arn": Reference("monitoring", "key_arn"),
}


def described(settings: Settings) -> Iterator[Component | Call]:
    """Yields the pipelines, and allows their training jobs to log. The rules of the
    environment report those without such an endpoint."""
    for name, pipeline in pipelines(settings).items():
        runtime = runtime_of(settings, name)
        checks = model_checks.named(name) if name in settings.get("model_monitoring", {}) else None
        args: dict[str, Any] = {
            "release_target": Reference(
                runtime, "release_targets", select=operator.itemgetter(name)
            ),
            "endpoint": Reference(name, "endpoint_name"),
            "artifacts": ACCESS,
            "notifications": NOTIFICATIONS,
            "alarm_actions": [Reference("monitoring", "topic_arn")],
            **notes(settings),
            **settings["retraining"][name],
        }
        if checks:
            args["monitor"] = Reference(checks, "monitor")
        yield component(
            settings,
            "RetrainingPipeline",
            pipeline,
            args,
            key=f"retraining.{name}",
            depends_on=(runtime, checks) if checks else (runtime,),
        )
        if tracking.is_managed(settings) and "role_arn" not in args.get("training", {}):
            role = Reference(pipeline, "jobs", select=lambda jobs: jobs.training_role)
            yield Call("tracking", "grant_log", {"role": role})


def pipelines(settings: Settings) -> dict[str, str]:
    """Returns the endpoints that a pipeline can release to -> the pipelines."""
    released = releases.released(settings)
    return {name: named(name) for name in settings.get("retraining", {}) if name in released}


def exported(settings: Settings) -> dict[str, str]:
    """Returns the endpoints with runs that people look at and approve -> what retrains
    them, on SageMaker or on the cluster's queue."""
    released = [*releases.released(settings), *serving.released(settings)]
    on_queue = settings.get("queue_retraining", {}) if placement.has_cluster(settings) else {}
    return {
        **{name: named(name) for name in on_queue if name in released},
        **pipelines(settings),
    }


def named(endpoint: str) -> str:
    """Returns the name of the component that retrains the model of an endpoint."""
    return component_names.of_endpoint(endpoint, "retraining", MAX_NAME)


def runtime_of(settings: Settings, endpoint: str) -> str:
    """Returns the release runtime of an endpoint."""
    return next(
        runtime for runtime, names in releases.runtimes(settings).items() if endpoint in names
    )
