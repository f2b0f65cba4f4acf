"""The part of an environment that knows images, models and experiments, and who may log
to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from groundplan import ArtifactBucket, ExperimentTracking, ModelRegistry, Network, TrainingCluster
from groundplan.registry.experiment_tracking.choices import TrackingServer
from registry_settings import TrackingSettings


def tracking(
    settings: TrackingSettings,
    kept: Mapping[str, Any],
    network: Network,
    artifacts: ArtifactBucket,
    models: ModelRegistry | None,
    training: TrainingCluster | None,
    teams: Sequence[str],
) -> ExperimentTracking:
    """Experiment tracking, and the permission to log of those jobs on the training
    cluster that reach it."""
    groups = [group.arn for group in models.groups.values()] if models else []
    cluster: dict[str, Any] = {}
    inside: dict[str, Any] = {"vpc_id": network.vpc_id, "subnet_ids": network.private_subnet_ids}
    if training:
        cluster = {"cluster_name": training.cluster_name}
        inside["client_security_group_id"] = training.security_group_id
    wired = settings.wired(teams=teams, groups=groups, cluster=cluster, network=inside)
    given: Any = {**kept, "artifacts": artifacts.access, **wired}
    hosted = training and settings.on is TrackingServer.CLUSTER
    made = ExperimentTracking(
        "tracking",
        given,
        pulumi.ResourceOptions(
            providers=[training.kubernetes_provider] if training and hosted else None
        ),
    )
    for namespace, access in (training.team_access if training else {}).items():
        if not hosted or namespace in settings.logging(teams):
            made.grant_log(access.role.role)
    return made


def reaching(teams: Mapping[str, Any], settings: TrackingSettings | None) -> dict[str, Any]:
    """The teams as the training cluster wants them, with a way out to MLflow for those
    that it lets in."""
    space = settings.namespace if settings else None
    if settings is None or space is None:
        return dict(teams)
    inside = settings.logging(list(teams))
    return {
        name: {**team, "reaches": list(dict.fromkeys([*team.get("reaches", ()), space]))}
        if name in inside
        else team
        for name, team in teams.items()
    }
