"""The rules of services: endpoints of the training cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.facts import instances
from groundplan.problems import Problem, one_of, under
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of services: they run on the training cluster, on a pool
    that has what a pod requests."""
    services = settings.get("services", {})
    if services and "training" not in settings:
        allowed = "nothing without training: services run on its cluster"
        names = ", ".join(services)
        yield Problem("services", names, allowed, "add training, or remove services")
        return
    pools = settings.get("training", {}).get("pools", {})
    for name, service in services.items():
        if "pool" in service:
            yield from under(f"services.{name}", _pool(service, pools))


def _pool(service: Mapping[str, Any], pools: Mapping[str, Any]) -> Iterator[Problem]:
    chosen = service["pool"]
    if chosen not in pools:
        none = Problem("pool", chosen, "nothing: the training cluster has no pools", "remove it")
        yield from one_of("pool", chosen, pools) if pools else [none]
        return
    instance = instances.find(pools[chosen].get("instance_type", ""))
    wanted = service.get("accelerators", 0)
    if instance and wanted > instance.accelerator_count:
        most = instance.accelerator_count
        allowed = f"at most {most}, as a node of {chosen} ({instance.name}) has"
        yield Problem("accelerators", wanted, allowed, "lower it, or name another pool")
