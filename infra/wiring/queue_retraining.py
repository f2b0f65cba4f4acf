"""Retraining by jobs of the training cluster's queue."""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import model_checks
from description import Component, Reference
from references import ACCESS, CLUSTER_NAME, KUBERNETES
from settings import Settings

from wiring import releases, retraining, serving
from wiring.components import component, runbooks


def described(settings: Settings) -> Iterator[Component]:
    """Yields what retrains each endpoint. The rules of the environment report those
    without one, and without a cluster."""
    released = releases.released(settings)
    for name, own in settings.get("queue_retraining", {}).items():
        if name not in released or "training" not in settings:
            continue
        runtime = retraining.runtime_of(settings, name)
        args: dict[str, Any] = {
            "release_target": Reference(
                runtime, "release_targets", select=operator.itemgetter(name)
            ),
            "endpoint": Reference(name, "endpoint_name"),
            "artifacts": ACCESS,
            "cluster_name": CLUSTER_NAME,
            "notifications": retraining.NOTIFICATIONS,
            **_watched(settings, own),
            **own,
        }
        if name in settings.get("model_monitoring", {}):
            args["results_uri"] = Reference(model_checks.named(name), "results_uri")
        yield component(
            settings,
            "KubernetesRetraining",
            retraining.named(name),
            args,
            key=f"queue_retraining.{name}",
            provider=KUBERNETES,
        )


def _watched(settings: Settings, own: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what evaluates the alert, and the URL of its runbook."""
    installed = settings.get("monitoring", {}).get("cluster", {}).get("prometheus", True)
    if not own.get("prometheus", installed):
        return {"prometheus": False}
    return {**runbooks(settings), **serving.rules_of(settings, own)}
