"""What the settings of services can be wrong about."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from groundplan.facts import instances
from groundplan.problems import Problem, one_of, under
from groundplan.serving.kubernetes_endpoint import validation
from service_settings import ServiceSettings
from settings import Settings
from training_settings import TrainingSettings


def problems(settings: Settings) -> list[Problem]:
    """All that is wrong with `services`."""
    found = []
    if settings.services and settings.training is None:
        allowed, fix = (
            "nothing without training: services run on its cluster",
            "add training, or remove services",
        )
        found.append(Problem("services", ", ".join(settings.services), allowed, fix))
    for name, service in settings.services.items():
        placed = _pool(service, settings.training) if settings.training else ()
        found += under(f"services.{name}", [*_own(service, name), *placed])
    return found


def _own(service: ServiceSettings, name: str) -> Iterator[Problem]:
    given: Any = {
        **service.arguments(),
        **({"artifacts": {}, "cluster_name": ""} if service.reads_models else {}),
    }
    for problem in validation.problems(given, name, has_provider=True):
        # A service is called what its settings are called.
        yield (
            replace(problem, key="", fix="rename the service")
            if problem.key == "endpoint_name"
            else problem
        )


def _pool(service: ServiceSettings, training: TrainingSettings) -> Iterator[Problem]:
    """Whether the pool is there, and whether a node of it has what a pod asks for."""
    if service.pool is None:
        return
    pool = training.pools.get(service.pool)
    if pool is None:
        none = Problem(
            "pool", service.pool, "nothing: the training cluster has no pools", "remove it"
        )
        yield from one_of("pool", service.pool, training.pools) if training.pools else [none]
        return
    instance, wanted = instances.find(pool.instance_type), service.accelerators or 0
    if instance and wanted > instance.accelerator_count:
        allowed = f"at most {instance.accelerator_count}, as a node of {service.pool} ({instance.name}) has"
        yield Problem("accelerators", wanted, allowed, "lower it, or name another pool")
