"""The models that the training cluster of an environment serves."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from groundplan import KubernetesEndpoint, MonitoringStack, TrainingCluster
from service_settings import ServiceSettings


def build(
    settings: Mapping[str, ServiceSettings],
    data: Mapping[str, Any],
    training: TrainingCluster,
    monitoring: MonitoringStack,
) -> dict[str, KubernetesEndpoint]:
    """Register the services. `data`: tags, and the artifact bucket."""
    if not settings:
        return {}
    # Their alerts are of a kind that comes with Prometheus, and go before it. Children
    # don't wait for what their component depends on, but for their provider they do.
    provider = kubernetes.Provider(
        "services",
        kubeconfig=training.kubeconfig,
        cluster_identifier=training.cluster_arn,
        opts=pulumi.ResourceOptions(depends_on=[monitoring]),
    )
    made = {}
    for name, service in settings.items():
        # Without a model in the bucket there is nothing for it in AWS.
        wired = (
            {**data, "cluster_name": training.cluster_name}
            if service.reads_models
            else {"tags": data["tags"]}
        )
        given: Any = {**wired, **service.arguments()}
        made[name] = KubernetesEndpoint(name, given, pulumi.ResourceOptions(provider=provider))
    return made
