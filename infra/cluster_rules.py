"""The rules of an environment without AWS: an existing cluster is all of it, and an
object store has what services and their retraining read and write."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import endpoint_names
import folders
import log_rules
import namespace_rules
import queue_retraining_rules
import service_monitoring_rules
from groundplan.problems import MISSING, Problem
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from settings import Settings
from wiring import placement, serving

OF_PLATFORM = {
    "region", "platform", "object_store", "services", "service_monitoring", "queue_retraining",
    "logs", "deletion_protection", "accepted_findings", "delivery", "tags",
}  # fmt: skip
"""The settings of an environment without AWS."""
ON_CLUSTER = ("services", "service_monitoring", "queue_retraining")
OTHER_ENGINES = {
    EndpointEngine.VLLM: "set it to container, or name the model by vllm.model",
    EndpointEngine.KSERVE: "set it to container, or set aws:region",
}
"""Engines that load no models of an object store -> the fix."""


def problems(settings: Settings) -> list[Problem]:
    """Returns the problems of settings without a region."""
    found = list(_region(settings))
    if not placement.is_without_aws(settings):
        return found
    rules = (
        _store, _services, _queue, namespace_rules.problems, folders.problems,
        service_monitoring_rules.problems, queue_retraining_rules.problems,
        endpoint_names.problems,
    )  # fmt: skip
    return [*found, *chain.from_iterable(rule(settings) for rule in rules)]


def _region(settings: Settings) -> Iterator[Problem]:
    """AWS is required, unless an existing cluster is the whole environment."""
    allowed = (
        "an AWS region: everything but an existing cluster (platform), its services, their "
        "checks and their retraining is in one"
    )
    others = sorted(settings.keys() - OF_PLATFORM)
    if "platform" not in settings:
        fix = "set aws:region"
        if settings.keys() & {"object_store", *ON_CLUSTER}:
            fix = "set aws:region, or platform.kubeconfig of an existing cluster"
        yield Problem("region", MISSING, allowed, fix)
    elif others:
        fix = f"set aws:region, or remove {', '.join(others)}"
        yield Problem("region", MISSING, allowed, fix)
    yield from log_rules.without_region(settings)


def _store(settings: Settings) -> Iterator[Problem]:
    """What reads or writes a bucket has one."""
    services: Mapping[str, Mapping[str, Any]] = settings.get("services", {})
    users = [
        f"services.{name}" for name, own in services.items()
        if serving.has_model(own) or serving.captures(own)
    ]  # fmt: skip
    users += [f"queue_retraining.{name}" for name in settings.get("queue_retraining", {})]
    if users and "object_store" not in settings:
        allowed = f"the bucket of {', '.join(users)}: without aws:region there is no other"
        fix = "set object_store.endpoint_url, bucket_name and secret, or set aws:region"
        yield Problem("object_store", MISSING, allowed, fix)
    elif "object_store" in settings and not users:
        allowed = "nothing without services with model_data or capture, and queue_retraining"
        yield Problem("object_store", "set", allowed, "remove it")


def _services(settings: Settings) -> Iterator[Problem]:
    """A service has what the cluster has: nodes by their labels, and a store that its
    engine reads."""
    pools: Mapping[str, Any] = settings["platform"].get("pools", {})
    for name, service in settings.get("services", {}).items():
        key = f"services.{name}"
        if "pool" in service:
            chosen = service["pool"]
            labels = pools.get(chosen, {}).get("node_labels")
            allowed = "nothing on an existing cluster, whose nodes have no label of their pool"
            fix = "remove it, or set node_labels in its place"
            fix = f"{fix}: {dict(labels)}" if labels else fix
            yield Problem(f"{key}.pool", chosen, allowed, fix)
        engine = service.get("engine")
        if engine in OTHER_ENGINES and serving.has_model(service):
            allowed = "container: other engines load no model_data of an object store"
            chosen_engine = EndpointEngine(engine)
            fix = OTHER_ENGINES[chosen_engine]
            yield Problem(f"{key}.engine", chosen_engine.value, allowed, fix)


def _queue(settings: Settings) -> Iterator[Problem]:
    """Retraining has a queue to submit jobs to."""
    if settings.get("queue_retraining") and not settings["platform"].get("pools"):
        allowed = "at least one pool with queue_retraining: without pools there is no queue"
        yield Problem("platform.pools", MISSING, allowed, "describe the nodes of the cluster")
