"""The rules of retraining by the cluster's queue: the endpoint releases from the
registry, and the jobs have a namespace."""

from collections.abc import Iterator

import retraining_rules
import wiring
from groundplan.problems import Problem, one_of
from groundplan.training.namespace_folders import TEAMLESS
from known_names import taken_name, unknown_name
from settings import Settings
from wiring import placement


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of all."""
    endpoints, services = settings.get("endpoints", {}), settings.get("services", {})
    spaces = [TEAMLESS, *placement.teams(settings)]
    for name, own in settings.get("queue_retraining", {}).items():
        key = f"queue_retraining.{name}"
        if name not in {*endpoints, *services}:
            yield from unknown_name(key, name, {**endpoints, **services}, "endpoints")
            continue
        yield from _released(key, name, settings)
        section = "services" if name in wiring.serving.released(settings) else "endpoints"
        yield from retraining_rules.judgement_problems(key, name, own, settings, section)
        if not placement.has_cluster(settings):
            allowed = "nothing without a training cluster, whose queue has the jobs"
            yield Problem(key, name, allowed, "add training, or use retraining")
        elif "namespace" in own:
            yield from one_of(f"{key}.namespace", own["namespace"], spaces)
        if own.get("driver_namespace") in spaces:
            allowed = "a namespace of no jobs: their pods could have the driver's account"
            yield Problem(
                f"{key}.driver_namespace", own["driver_namespace"], allowed, "name another"
            )
        if name in settings.get("retraining", {}):
            allowed = f"one of retraining.{name} and queue_retraining.{name}"
            yield Problem(key, name, allowed, "remove one of them")
        yield from taken_name(
            key, name, wiring.retraining.named(name), {*endpoints, *services, *spaces}
        )


def _released(key: str, name: str, settings: Settings) -> Iterator[Problem]:
    """Returns the problems of what a run releases to: one endpoint, or one service."""
    endpoint = name in wiring.releases.released(settings)
    is_service = name in wiring.serving.released(settings)
    if endpoint and is_service:
        allowed = "an endpoint or a service of that name whose release is registry, not both"
        yield Problem(key, name, allowed, f"rename services.{name}, or set its release to declared")
    if endpoint or is_service:
        return
    allowed = "an endpoint whose release is registry: runs release versions from there"
    section = "endpoints" if name in settings.get("endpoints", {}) else "services"
    yield Problem(key, name, allowed, f"set {section}.{name}.release to registry")
