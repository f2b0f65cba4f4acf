"""The logs of an environment: of its cluster's containers, its endpoints and its
functions."""

from collections.abc import Iterator, Mapping
from typing import Any

import model_checks
from description import Component, Provider, Reference
from references import CLUSTER_NAME, SUBNETS, VPC
from settings import Settings

from wiring import api, releases, serving
from wiring.components import component, notes

PROVIDER = "logs-cluster"


def described(settings: Settings) -> Iterator[Component | Provider]:
    if "logs" not in settings:
        return
    args: dict[str, Any] = {**notes(settings), **settings["logs"]}
    if teams := teams_of(settings):
        args["teams"] = teams
    provider = None
    if "region" in settings:
        args |= _of_aws(settings)
        args["alarm_actions"] = [Reference("monitoring", "topic_arn")]
        if "search" in args:
            inside = {"vpc_id": VPC, "subnet_ids": SUBNETS}
            args["search"] = {"network": inside, **args["search"]}
    if "training" in settings:
        args["cluster"] = _training_cluster(settings, args.get("cluster", {}))
        provider = Reference(PROVIDER)
        # Prometheus brings the kinds of Fluent Bit's alerts.
        connection = {
            "kubeconfig": Reference("training", "kubeconfig"),
            "cluster_identifier": Reference("training", "cluster_arn"),
        }
        yield Provider(PROVIDER, connection, depends_on=("monitoring",))
    elif "platform" in settings and "cluster" in args:
        provider = Reference("platform", "kubernetes_provider")
    yield component(settings, "LogStore", "logs", args, provider=provider)


def teams_of(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """Returns the teams with lines of their own: those of the cluster, and those that
    the settings add."""
    sections: Any = (settings.get("training", {}), settings.get("platform", {}))
    of_cluster: dict[str, Mapping[str, Any]] = {
        name: {} for section in sections for name in section.get("teams", {})
    }
    return {**of_cluster, **settings.get("logs", {}).get("teams", {})}


def _of_aws(settings: Settings) -> dict[str, Any]:
    """Returns the log groups that other components create."""
    if "output" in settings.get("logs", {}).get("cluster", {}):
        return {}  # no line is in AWS
    watched = [model_checks.named(name) for name in settings.get("model_monitoring", {})]
    functions = [*watched, *releases.runtimes(settings), *api.apis(settings)]
    endpoints = settings.get("endpoints", {})
    found = {
        "endpoints": {name: Reference(name, "endpoint_name") for name in endpoints},
        "functions": {name: _log_group(name) for name in functions},
    }
    return {key: groups for key, groups in found.items() if groups}


def _log_group(component: str) -> Reference:
    return Reference(component, "log_group", select=lambda group: group.name)


def _training_cluster(settings: Settings, cluster: Mapping[str, Any]) -> dict[str, Any]:
    watched = settings.get("monitoring", {}).get("cluster", {}).get("prometheus", True)
    found = {"prometheus": watched, **cluster}
    if "output" in cluster:
        return found
    return {**found, **serving.rules_of(settings, found), "cluster_name": CLUSTER_NAME}
