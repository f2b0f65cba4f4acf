"""Model endpoints, and services on the training cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from description import Component, Provider, Reference
from groundplan.serving.model_endpoint.choices import ReleaseMode
from references import ACCESS, SUBNETS, VPC
from settings import Settings

from wiring import models, monitoring, placement
from wiring.components import component, runbooks


def endpoints(settings: Settings) -> Iterator[Component]:
    inside = {"network": {"vpc_id": VPC, "subnet_ids": SUBNETS}}
    for name, endpoint in settings.get("endpoints", {}).items():
        # A serverless endpoint cannot be in a VPC.
        placed = {} if "serverless" in endpoint else inside
        args: dict[str, Any] = {"artifacts": ACCESS, **placed, **endpoint}
        if url := runbooks(settings):
            args["alarms"] = {**url, **args.get("alarms", {})}
        group = endpoint.get("model_package_group")
        if isinstance(group, str) and group in settings.get("models", {}).get("groups", {}):
            args["model_package_group"] = models.group(group, "model_package_group_name")
        yield component(
            settings,
            "ModelEndpoint",
            name,
            args,
            key=f"endpoints.{name}",
            name_key=None if "endpoint_name" in endpoint else "endpoint_name",
        )


def services(settings: Settings) -> Iterator[Component | Provider]:
    services = settings.get("services", {})
    if not services or not placement.has_cluster(settings):
        return
    if not placement.is_without_aws(settings):
        # Prometheus brings the kinds of the services' alert rules, so it is created
        # first.
        connection = {
            "kubeconfig": Reference("training", "kubeconfig"),
            "cluster_identifier": Reference("training", "cluster_arn"),
        }
        yield Provider("services", connection, depends_on=("monitoring",))
    for name, service in services.items():
        yield component(
            settings,
            "KubernetesEndpoint",
            name,
            {
                **_bucket_of(settings, service),
                **_judge_of(settings, name, service),
                **service,
                **_capture_of(settings, service),
                **_alarms_of(settings, service),
                **rules_of(settings, service),
            },
            key=f"services.{name}",
            provider=placement.provider(settings),
            name_key=None if "endpoint_name" in service else "endpoint_name",
        )


def has_model(service: Mapping[str, Any]) -> bool:
    """Returns whether a service loads a model of the bucket."""
    return "model_data" in service or "model_data" in service.get("canary", {})


def captures(service: Mapping[str, Any]) -> bool:
    """Returns whether a service captures requests in the environment's bucket."""
    return "object_store" not in service.get("capture", {"object_store": {}})


def _bucket_of(settings: Settings, service: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the bucket of what a service reads and writes: without either it needs
    none, and nothing of AWS."""
    aws = not placement.is_without_aws(settings)
    if has_model(service) or (captures(service) and aws):
        return placement.bucket(settings)
    return {}


def _capture_of(settings: Settings, service: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the captures of a service, with the object store where there is no
    AWS."""
    if not placement.is_without_aws(settings) or not captures(service):
        return {}
    return {"capture": {**placement.bucket(settings), **service["capture"]}}


def released(settings: Settings) -> list[str]:
    """Returns the services whose models are released from the registry."""
    if not placement.has_cluster(settings):
        return []
    services = settings.get("services", {})
    return [name for name, own in services.items() if own.get("release") is ReleaseMode.REGISTRY]


def _judge_of(settings: Settings, name: str, service: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the URL of the workspace whose alerts end a bad release, where it is not
    Prometheus in the cluster."""
    if name not in released(settings) or not rules_of(settings, service):
        return {}
    return {"prometheus_url": Reference("monitoring", "prometheus_endpoint")}


def _alarms_of(settings: Settings, service: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the alarms of a service, with the URL of the runbooks."""
    url = runbooks(settings)
    if not url or not service.get("prometheus", True):  # without it, no alerts
        return {}
    return {"alarms": {**url, **service.get("alarms", {})}}


def rules_of(settings: Settings, service: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the workspace that evaluates the alerts of a service, or of Fluent Bit,
    if it is not Prometheus in the cluster."""
    if not monitoring.is_managed(settings) or not service.get("prometheus", True):
        return {}
    owner = settings.get("monitoring", {}).get("owner")
    workspace = Reference("monitoring", "prometheus_workspace_id")
    labels = {"labels": {"owner": owner}} if owner else {}
    return {"managed_prometheus": {"workspace_id": workspace, **labels}}
