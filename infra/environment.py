"""What an environment is made of, and how it is wired: the picture of the system.

network ── private subnets ──> training cluster ──> services ──┐
   │                             │  file systems                ├──> monitoring
   └────── private subnets ──> model endpoints ────────────────┘
artifacts ── datasets, models, captures ──┘
    ├── files of experiments ──> tracking <── jobs of the training cluster
    └── records of releases ──> releases ──> model endpoints, from models, the registry
images, for all that runs in containers
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import registries
import services
from endpoint_settings import EndpointSettings
from groundplan import (
    ArtifactBucket,
    ContainerRegistry,
    ExperimentTracking,
    KubernetesEndpoint,
    LustreFileSystem,
    ModelEndpoint,
    ModelRegistry,
    MonitoringStack,
    Network,
    ReleaseRuntime,
    TrainingCluster,
)
from groundplan.problems import Problem
from groundplan.serving.model_endpoint.choices import ReleaseMode
from section import Section
from settings import Settings
from training_settings import FileSystem


@dataclass(frozen=True)
class Environment:
    """The components of one environment."""

    network: Network
    artifacts: ArtifactBucket
    images: ContainerRegistry | None
    models: ModelRegistry | None
    tracking: ExperimentTracking | None
    training: TrainingCluster | None
    file_systems: Mapping[str, LustreFileSystem]
    endpoints: Mapping[str, ModelEndpoint]
    monitoring: MonitoringStack
    releases: ReleaseRuntime | None
    """None if no endpoint's models come from the registry."""
    services: Mapping[str, KubernetesEndpoint]

    def exports(self) -> dict[str, Any]:
        """What other stacks, and the people who operate the environment, need to know."""
        exports: dict[str, Any] = {
            "vpcId": self.network.vpc_id,
            "privateSubnetIds": self.network.private_subnet_ids,
            "artifactBucket": self.artifacts.bucket_name,
            "artifactKeyArn": self.artifacts.kms_key_arn,
            "endpoints": {
                name: endpoint.endpoint_name for name, endpoint in self.endpoints.items()
            },
            "alarmTopicArn": self.monitoring.topic_arn,
            "dashboard": self.monitoring.dashboard_name,
        }
        if self.images:
            exports["imageRepositories"] = self.images.repository_urls
        if self.models:
            exports["modelPackageGroups"] = self.models.group_names
        if self.tracking:
            exports["trackingUri"] = self.tracking.tracking_uri
        if self.services:
            exports["services"] = {name: service.url for name, service in self.services.items()}
        if self.releases:
            exports["releaseTargets"] = self.releases.release_targets
        if self.training:
            exports |= {
                "clusterName": self.training.cluster_name,
                "kubeconfig": self.training.kubeconfig,
            }
        return exports


def build(settings: Settings) -> Environment:
    """Register the components that the settings ask for."""
    shared = {"tags": settings.tags}
    kept = {**shared, "deletion_protection": settings.deletion_protection}

    network = Network("network", _arguments(kept, settings.network))
    linked = (
        any(system.links for system in settings.training.file_systems.values())
        if settings.training
        else False
    )
    files = {"file_systems": True} if linked else {}
    artifacts = ArtifactBucket("artifacts", _arguments({**kept, **files}, settings.artifacts))

    images = (
        ContainerRegistry("images", _arguments(kept, settings.images)) if settings.images else None
    )
    models = ModelRegistry("models", _arguments(kept, settings.models)) if settings.models else None

    training, file_systems, teams = None, {}, {}
    if settings.training:
        placed = {
            "private_subnet_ids": network.private_subnet_ids,
            "zones": network.zones,
            "vpc_id": network.vpc_id,
            "artifacts": artifacts.access,
        }
        given = _arguments({**kept, **placed}, settings.training)
        if teams := registries.reaching(given.get("teams", {}), settings.tracking):
            given["teams"] = teams
        training = TrainingCluster("training", given)
        for name, system in settings.training.file_systems.items():
            file_systems[name] = _file_system(name, system, kept, network, artifacts, training)
            training.mount(name, file_systems[name].mount, claim_name=name)

    tracking = None
    if settings.tracking:
        tracking = registries.tracking(
            settings.tracking, kept, network, artifacts, models, training, list(teams)
        )

    data = {**shared, "artifacts": artifacts.access}
    inside = {
        **data,
        "network": {"vpc_id": network.vpc_id, "subnet_ids": network.private_subnet_ids},
    }
    endpoints = {
        # A serverless endpoint can't be in a VPC.
        name: ModelEndpoint(
            name, _released(_arguments(data if endpoint.serverless else inside, endpoint), models)
        )
        for name, endpoint in settings.endpoints.items()
    }

    watched: dict[str, Any] = {
        "buckets": {"artifacts": artifacts.bucket_name},
        "endpoints": {
            name: _watched(settings.endpoints[name], endpoint)
            for name, endpoint in endpoints.items()
        },
        "network": {"nat_gateway_ids": [gateway.id for gateway in network.nat_gateways]},
    }
    if training and settings.training:
        watched["cluster"] = {
            "cluster_name": training.cluster_name,
            "gpus": settings.training.has_gpus,
        }
    monitoring = MonitoringStack(
        "monitoring",
        _arguments({**kept, **watched}, settings.monitoring),
        pulumi.ResourceOptions(providers=[training.kubernetes_provider] if training else None),
    )
    released = {
        name: endpoints[name].release_target
        for name, endpoint in settings.endpoints.items()
        if endpoint.release is ReleaseMode.REGISTRY
    }
    releases = None
    if released:
        told = {
            "targets": released,
            "audit": artifacts.access,
            "alarm_actions": [monitoring.topic_arn],
        }
        releases = ReleaseRuntime("releases", _arguments({**kept, **told}, settings.releases))
    served = services.build(settings.services, data, training, monitoring) if training else {}
    return Environment(
        network,
        artifacts,
        images,
        models,
        tracking,
        training,
        file_systems,
        endpoints,
        monitoring,
        releases,
        served,
    )


def _file_system(
    name: str,
    settings: FileSystem,
    kept: Mapping[str, Any],
    network: Network,
    artifacts: ArtifactBucket,
    training: TrainingCluster,
) -> LustreFileSystem:
    """A file system in one zone of the network, with directories that show folders of
    the artifact bucket."""
    given = settings.arguments()
    zone, links = given.pop("zone", None), given.pop("links", {})

    def subnet(told: Sequence[Sequence[str]]) -> str:
        ids, zones = told
        if zone and zone not in zones:
            at = f"groundplan:training.fileSystems.{name}.zone"
            known = (
                ", ".join(zones)
                or "nothing in a network that was there already: its first private subnet is taken"
            )
            raise pulumi.RunError(
                str(Problem(at, zone, known, "name one of them" if zones else "remove it"))
            )
        return ids[zones.index(zone) if zone else 0]

    wired: Any = {
        **kept,
        "vpc_id": network.vpc_id,
        "subnet_id": pulumi.Output.all(network.private_subnet_ids, network.zones).apply(subnet),
        "client_security_groups": {"cluster": training.security_group_id},
        "links": {
            key: {**link, "bucket_name": artifacts.bucket_name} for key, link in links.items()
        },
    }
    return LustreFileSystem(name, wired | given)


def _released(arguments: Any, models: ModelRegistry | None) -> Any:
    """An endpoint's arguments, whose model package group may be one of the
    environment's own."""
    group = models.groups.get(arguments.get("model_package_group", "")) if models else None
    return (
        {**arguments, "model_package_group": group.model_package_group_name} if group else arguments
    )


def _arguments(wired: Mapping[str, Any], section: Section) -> Any:
    """A component's arguments: what the environment wires, and what the settings say."""
    return {**wired, **section.arguments()}


def _watched(settings: EndpointSettings, endpoint: ModelEndpoint) -> dict[str, Any]:
    """An endpoint as the monitoring knows it: people are called at the thresholds that
    roll a release back."""
    alarms = settings.alarms.arguments() if settings.alarms else {}
    return {
        "endpoint_name": endpoint.endpoint_name,
        "instance_type": settings.instance_type,
        **alarms,
    }
