"""The rules of the workspaces: of Amazon Managed Service for Prometheus, whose alerts
are those of the cluster and of all services together, and of Managed Grafana."""

from collections.abc import Iterator

from groundplan.kubernetes.managed_prometheus import MOST_RULES
from groundplan.problems import Problem
from settings import Settings
from wiring import monitoring

OF_CLUSTER = 100
"""More than the cluster's own rules."""
OF_SERVICE = 12
"""The most alerts of a service: with vLLM, and objectives of both kinds."""

MOST_SERVICES = (MOST_RULES - OF_CLUSTER) // OF_SERVICE


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of both workspaces."""
    yield from _rules(settings)
    grafana = settings.get("monitoring", {}).get("grafana")
    if grafana == {}:
        allowed = "at least one group: nobody else signs in"
        fix = "name a group in admins, editors or viewers, or remove monitoring.grafana"
        yield Problem("monitoring.grafana", {}, allowed, fix)


def _rules(settings: Settings) -> Iterator[Problem]:
    """Returns a problem where the workspace would refuse rules."""
    services = settings.get("services", {})
    if monitoring.is_managed(settings) and len(services) > MOST_SERVICES:
        allowed = (
            f"up to {MOST_SERVICES} services with the backend managed, whose workspace evaluates "
            f"{MOST_RULES} rules"
        )
        fix = "set monitoring.prometheus.backend to cluster, or use another environment"
        yield Problem("services", f"{len(services)} services", allowed, fix)
