"""The rules of retraining by the cluster's queue: the endpoint releases from the
registry, and the jobs have a namespace."""

from collections.abc import Iterator

import retraining_rules
import wiring
from groundplan.problems import Problem, one_of
from groundplan.training.namespace_folders import TEAMLESS
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of all."""
    endpoints = settings.get("endpoints", {})
    spaces = [TEAMLESS, *settings.get("training", {}).get("teams", {})]
    for name, own in settings.get("queue_retraining", {}).items():
        key = f"queue_retraining.{name}"
        if name not in endpoints:
            if endpoints:
                yield from one_of(key, name, endpoints)
            else:
                yield Problem(key, name, "none: there are no endpoints", "remove it")
            continue
        if name not in wiring.releases.released(settings):
            allowed = "an endpoint whose release is registry: runs release versions from there"
            yield Problem(key, name, allowed, f"set endpoints.{name}.release to registry")
        yield from retraining_rules.judgement_problems(key, name, own, settings)
        if "training" not in settings:
            allowed = "nothing without a training cluster, whose queue has the jobs"
            yield Problem(key, name, allowed, "add training, or use retraining")
        elif "namespace" in own:
            yield from one_of(f"{key}.namespace", own["namespace"], spaces)
        if name in settings.get("retraining", {}):
            allowed = f"one of retraining.{name} and queue_retraining.{name}"
            yield Problem(key, name, allowed, "remove one of them")
        if wiring.retraining.named(name) in {*endpoints, *settings.get("services", {})}:
            allowed = f"nothing beside another component named {wiring.retraining.named(name)}"
            yield Problem(key, name, allowed, "rename that one")
