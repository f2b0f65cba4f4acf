"""The rules of monitoring: it watches what the environment has."""

from collections.abc import Iterator, Mapping
from typing import Any

import watched
from groundplan.problems import Problem
from known_names import unknown_name
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of what monitoring watches."""
    monitoring = settings.get("monitoring", {})
    of_cluster: Mapping[str, Any] = {
        key: value for key, value in monitoring.items() if key in ("cluster", "prometheus")
    }
    if "training" not in settings:
        for key, value in of_cluster.items():
            allowed = "nothing without training: there is no cluster to monitor"
            yield Problem(f"monitoring.{key}", dict(value), allowed, "add training, or remove it")
    elif of_cluster.get("cluster", {}).get("gpu_profiling") and not watched.has_gpus(
        settings["training"]
    ):
        allowed = "true only with a pool that has NVIDIA GPUs"
        key = "monitoring.cluster.gpu_profiling"
        yield Problem(key, True, allowed, "add such a pool to training.pools, or remove it")
    endpoints = settings.get("endpoints", {})
    for name in monitoring.get("endpoints", {}):
        if name not in endpoints:
            yield from unknown_name(f"monitoring.endpoints.{name}", name, endpoints, "endpoints")
