"""The rules of an environment's logs."""

from collections.abc import Iterator

from groundplan.problems import MISSING, Problem
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Fluent Bit runs on a cluster of the environment."""
    if "cluster" in settings.get("logs", {}) and "training" not in settings:
        allowed = "nothing without a training cluster"
        yield Problem("logs.cluster", "set", allowed, "add training, or remove it")


def without_region(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of an environment without AWS."""
    if "logs" in settings and "output" not in settings["logs"].get("cluster", {}):
        allowed = "where lines go: without aws:region there is no CloudWatch Logs"
        fix = "name what receives them: {type: opensearch, host: ...}"
        yield Problem("logs.cluster.output", MISSING, allowed, fix)
