"""What an environment is made of, and how it is wired: the picture of the system.

network ── private subnets ──> training cluster ──┐
   │                                              ├──> monitoring
   └────── private subnets ──> model endpoints ───┘
artifacts ── models, captures ──┘
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from groundplan import ArtifactBucket, ModelEndpoint, MonitoringStack, Network, TrainingCluster
from settings import EndpointSettings, Section, Settings


@dataclass(frozen=True)
class Environment:
    """The components of one environment."""

    network: Network
    artifacts: ArtifactBucket
    training: TrainingCluster | None
    endpoints: Mapping[str, ModelEndpoint]
    monitoring: MonitoringStack

    def exports(self) -> dict[str, Any]:
        """What other stacks, and the people who operate the environment, need to know."""
        exports: dict[str, Any] = {
            "vpcId": self.network.vpc_id,
            "privateSubnetIds": self.network.private_subnet_ids,
            "artifactBucket": self.artifacts.bucket_name,
            "artifactKeyArn": self.artifacts.kms_key_arn,
            "endpoints": {name: endpoint.endpoint_name for name, endpoint in self.endpoints.items()},
            "alarmTopicArn": self.monitoring.topic_arn,
            "dashboard": self.monitoring.dashboard_name,
        }
        if self.training:
            exports |= {"clusterName": self.training.cluster_name, "kubeconfig": self.training.kubeconfig}
        return exports


def build(settings: Settings) -> Environment:
    """Register the components that the settings ask for."""
    shared = {"tags": settings.tags}
    kept = {**shared, "deletion_protection": settings.deletion_protection}

    network = Network("network", _arguments(kept, settings.network))
    artifacts = ArtifactBucket("artifacts", _arguments(kept, settings.artifacts))

    training = None
    if settings.training:
        placed = {"private_subnet_ids": network.private_subnet_ids, "vpc_id": network.vpc_id}
        training = TrainingCluster("training", _arguments({**kept, **placed}, settings.training))

    inside = {
        "artifacts": artifacts.access,
        "network": {"vpc_id": network.vpc_id, "subnet_ids": network.private_subnet_ids},
    }
    endpoints = {
        name: ModelEndpoint(name, _arguments({**shared, **inside}, endpoint)) for name, endpoint in settings.endpoints.items()
    }

    watched: dict[str, Any] = {
        "buckets": {"artifacts": artifacts.bucket_name},
        "endpoints": {name: _watched(settings.endpoints[name], endpoint) for name, endpoint in endpoints.items()},
        "network": {"nat_gateway_ids": [gateway.id for gateway in network.nat_gateways]},
    }
    if training:
        watched["cluster"] = {"cluster_name": training.cluster_name}
    monitoring = MonitoringStack(
        "monitoring",
        _arguments({**kept, **watched}, settings.monitoring),
        pulumi.ResourceOptions(providers=[training.kubernetes_provider] if training else None),
    )
    return Environment(network, artifacts, training, endpoints, monitoring)


def _arguments(wired: Mapping[str, Any], section: Section) -> Any:
    """A component's arguments: what the environment wires, and what the settings say."""
    return {**wired, **section.arguments()}


def _watched(settings: EndpointSettings, endpoint: ModelEndpoint) -> dict[str, Any]:
    """An endpoint as the monitoring knows it: people are called at the thresholds that roll a release back."""
    alarms = settings.alarms.arguments() if settings.alarms else {}
    return {"endpoint_name": endpoint.endpoint_name, "instance_type": settings.instance_type, **alarms}
