"""Retraining by jobs of the queue of the services' cluster."""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import model_checks
from description import Component, Reference, service
from settings import Settings

from wiring import placement, releases, retraining, service_checks, serving
from wiring.components import component, runbooks


def described(settings: Settings) -> Iterator[Component]:
    """Yields what retrains each endpoint. The rules of the environment report those
    without one, and without a cluster."""
    released = releases.released(settings)
    for name, own in settings.get("queue_retraining", {}).items():
        if not placement.has_cluster(settings):
            continue
        if name in serving.released(settings):
            target = _service(settings, name)
        elif name in released:
            target = _endpoint(settings, name)
        else:
            continue
        args: dict[str, Any] = {
            **target,
            **placement.bucket(settings),
            **_notifications(settings),
            **_watched(settings, own),
            **own,
        }
        yield component(
            settings,
            "KubernetesRetraining",
            retraining.named(name),
            args,
            key=f"queue_retraining.{name}",
            provider=placement.provider_of_jobs(settings),
        )


def _notifications(settings: Settings) -> dict[str, Any]:
    """Returns the topic of notifications, where there is AWS."""
    if placement.is_without_aws(settings):
        return {}
    return {"notifications": retraining.NOTIFICATIONS}


def _endpoint(settings: Settings, name: str) -> dict[str, Any]:
    """Returns the release target on SageMaker, and the results of its checks."""
    runtime = retraining.runtime_of(settings, name)
    found: dict[str, Any] = {
        "release_target": Reference(runtime, "release_targets", select=operator.itemgetter(name)),
        "endpoint": Reference(name, "endpoint_name"),
    }
    if name in settings.get("model_monitoring", {}):
        found["results_uri"] = Reference(model_checks.named(name), "results_uri")
    return found


def _service(settings: Settings, name: str) -> dict[str, Any]:
    """Returns the release target on the cluster, and the results of its checks."""
    found: dict[str, Any] = {
        "kubernetes_release_target": service(name, "release_target"),
        "endpoint": service(name, "endpoint_name"),
    }
    capture = settings.get("services", {}).get(name, {}).get("capture", {})
    # Checks of another store have their results there, which the driver does not reach.
    if name in settings.get("service_monitoring", {}) and "object_store" not in capture:
        found["results_uri"] = Reference(service_checks.named(name), "results_uri")
    return found


def _watched(settings: Settings, own: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what evaluates the alert, and the URL of its runbook."""
    installed = settings.get("monitoring", {}).get("cluster", {}).get("prometheus", True)
    if not own.get("prometheus", installed):
        return {"prometheus": False}
    return {**runbooks(settings), **serving.rules_of(settings, own)}
