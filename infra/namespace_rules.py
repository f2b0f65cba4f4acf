"""The rules of namespaces: components that create one of the cluster do not create the
same, and share none that has a queue."""

from collections.abc import Iterator

import wiring
from groundplan.kubernetes import namespaces
from groundplan.problems import Problem
from groundplan.training.namespace_folders import TEAMLESS
from settings import Settings
from wiring import placement


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of the namespaces of all sections."""
    of_jobs = {TEAMLESS, *placement.teams(settings)}
    taken = set(of_jobs)
    space = wiring.tracking.namespace(settings)
    if space is not None:
        yield from _free("tracking.cluster.namespace", space, taken, "set another one")
        taken.add(space)
    for name, service in settings.get("services", {}).items():
        chosen = service.get("namespace")
        if chosen is None:
            own = service.get("endpoint_name", name)
            yield from _free(f"services.{name}", own, taken, "rename the service")
            taken.add(own)
            if name in settings.get("service_monitoring", {}):
                checks = wiring.service_checks.named(name)
                key = f"service_monitoring.{name}"
                yield from _free(key, checks, taken, "rename the service")
                taken.add(checks)
        elif chosen in of_jobs:
            allowed = "a namespace whose pods Kueue does not queue: no team's, and not training"
            fix = "remove it, or name another"
            yield Problem(f"services.{name}.namespace", chosen, allowed, fix)


def _free(key: str, name: str, taken: set[str], fix: str) -> Iterator[Problem]:
    if name in taken or namespaces.is_reserved(name):
        others = ", ".join(sorted({*taken, *namespaces.RESERVED}))
        allowed = f"a namespace that nothing else has: not {others}, kube-* or *-system"
        yield Problem(key, name, allowed, fix)
