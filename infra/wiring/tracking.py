"""The tracking of experiments, and the namespaces that log."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from description import Call, Component, Reference
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.training.namespace_folders import TEAMLESS
from references import ACCESS, CLUSTER_NAME, KUBERNETES, SUBNETS, VPC
from settings import Settings

from wiring import models
from wiring.components import component


def connected(settings: Settings, teams: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of namespaces, by name, with MLflow's namespace in
    `reaches` of those that log."""
    space = namespace(settings)
    if space is None:
        return dict(teams)
    logging = logging_namespaces(settings)
    return {
        name: {**team, "reaches": list(dict.fromkeys([*team.get("reaches", ()), space]))}
        if name in logging
        else team
        for name, team in teams.items()
    }


def namespace(settings: Settings) -> str | None:
    """Returns the namespace that MLflow has in the training cluster, if it is there."""
    tracking = settings.get("tracking", {})
    if tracking.get("server") is not TrackingServer.CLUSTER:
        return None
    return tracking.get("cluster", {}).get("namespace", "mlflow")


def is_managed(settings: Settings) -> bool:
    """Returns whether SageMaker runs MLflow."""
    return settings.get("tracking", {}).get("server") is TrackingServer.MANAGED


def logging_namespaces(settings: Settings) -> Sequence[str]:
    """Returns the namespaces whose jobs reach MLflow in the cluster."""
    chosen = settings.get("tracking", {}).get("cluster", {}).get("reached_from")
    teams = list(settings.get("training", {}).get("teams", {}))
    return (teams or [TEAMLESS]) if chosen is None else chosen


def described(settings: Settings) -> Iterator[Component | Call]:
    if "tracking" not in settings:
        return
    args: dict[str, Any] = {"artifacts": ACCESS, **settings["tracking"]}
    in_cluster = args.get("server") is TrackingServer.CLUSTER
    if in_cluster:
        args["cluster"] = _tracking_in_cluster(settings, args.get("cluster", {}))
    elif args.get("managed", {}).get("register_models") and "models" in settings:
        args["managed"] = {
            **args["managed"],
            "model_package_group_arns": models.group_arns(settings),
        }
    provider = KUBERNETES if in_cluster else None
    yield component(settings, "ExperimentTracking", "tracking", args, provider=provider)
    if "training" not in settings:
        return
    for namespace in [TEAMLESS, *settings["training"].get("teams", {})]:
        if not in_cluster or namespace in logging_namespaces(settings):
            yield Call("tracking", "grant_log", {"role": _role_of(namespace)})


def _role_of(namespace: str) -> Reference:
    """Returns the IAM role that jobs of a namespace assume."""
    return Reference("training", "team_access", select=lambda access: access[namespace].role.role)


def _tracking_in_cluster(settings: Settings, cluster: Mapping[str, Any]) -> dict[str, Any]:
    reached = list(logging_namespaces(settings))
    filled: dict[str, Any] = {"cluster_name": CLUSTER_NAME, "reached_from": reached}
    database = cluster.get("database", {})
    if "existing" not in database:
        group = Reference("training", "security_group_id")
        inside = {"vpc_id": VPC, "subnet_ids": SUBNETS, "client_security_group_id": group}
        filled["database"] = {**database, "network": inside}
    return {**cluster, **filled}
