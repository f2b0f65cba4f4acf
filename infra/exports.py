"""The exports of an environment."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from description import Reference, service
from groundplan.delivery_levels.assessment import EXPORT
from groundplan.delivery_levels.choices import DeliveryLevel
from references import CLUSTER_NAME, SUBNETS, VPC
from settings import Settings
from wiring import monitoring, placement


def exports(
    settings: Settings,
    runtimes: Mapping[str, Sequence[str]],
    pipelines: Mapping[str, str],
    released: Sequence[str],
    apis: Sequence[str],
) -> Iterator[tuple[str, Any]]:
    """Returns what other stacks, and the people who operate the environment, need.
    `runtimes` are the release runtimes, and the endpoints that each releases to;
    `pipelines` are endpoints -> the names of what retrains them; `released` are the
    services that release from the registry; `apis` are the APIs."""
    if "region" in settings:
        yield "vpcId", VPC
        yield "privateSubnetIds", SUBNETS
        yield "artifactBucket", Reference("artifacts", "bucket_name")
        yield "artifactKeyArn", Reference("artifacts", "kms_key_arn")
        yield "endpoints", _each(settings.get("endpoints", {}), "endpoint_name")
        yield "alarmTopicArn", Reference("monitoring", "topic_arn")
        yield "urgentTopicArn", Reference("monitoring", "urgent_topic_arn")
        yield "dashboard", Reference("monitoring", "dashboard_name")
        yield from _managed_grafana(settings)
        yield from _optional_exports(settings)
        if apis:
            yield "apis", {name: Reference(name, "url") for name in apis}
            yield "apiArns", {name: Reference(name, "invoke_arns") for name in apis}
    yield from _of_models(settings, runtimes, pipelines, released)
    if "logs" in settings:
        yield "logGroups", Reference("logs", "log_group_names")
        yield "logSearch", Reference("logs", "search_endpoint")
        yield "logDashboards", Reference("logs", "dashboards_url")
    if "level" in settings.get("delivery", {}):
        # Which policy rules and previews hold the environment to.
        yield EXPORT, DeliveryLevel(settings["delivery"]["level"]).value
    if "platform" in settings:
        yield "namespaces", Reference("platform", "namespaces")
        yield "clusterQueues", Reference("platform", "cluster_queues")


def _optional_exports(settings: Settings) -> Iterator[tuple[str, Any]]:
    if "images" in settings:
        yield "imageRepositories", Reference("images", "repository_urls")
    if "models" in settings:
        yield "modelPackageGroups", Reference("models", "group_names")
    if "tracking" in settings:
        yield "trackingUri", Reference("tracking", "tracking_uri")
    if "training" in settings:
        yield from _workspace(settings)
        yield "clusterName", CLUSTER_NAME
        yield "kubeconfig", Reference("training", "kubeconfig")


def _of_models(
    settings: Settings,
    runtimes: Mapping[str, Sequence[str]],
    pipelines: Mapping[str, str],
    released: Sequence[str],
) -> Iterator[tuple[str, Any]]:
    """Returns the services, and what releases and retrains models."""
    if settings.get("services") and placement.has_cluster(settings):
        yield "services", {name: service(name, "url") for name in settings["services"]}
    if runtimes or released:
        services = {name: service(name, "release_target") for name in released}
        yield "releaseTargets", {**services, **_release_targets(runtimes)}
    if pipelines:
        yield (
            "retraining",
            {n: Reference(pipeline, "settings") for n, pipeline in pipelines.items()},
        )


def _managed_grafana(settings: Settings) -> Iterator[tuple[str, Any]]:
    if "grafana" in settings.get("monitoring", {}):
        yield "grafanaWorkspaceId", Reference("monitoring", "grafana_workspace_id")
        yield "grafanaUrl", Reference("monitoring", "grafana_url")


def _workspace(settings: Settings) -> Iterator[tuple[str, Any]]:
    if monitoring.is_managed(settings):
        yield "prometheusWorkspaceId", Reference("monitoring", "prometheus_workspace_id")
        yield "prometheusEndpoint", Reference("monitoring", "prometheus_endpoint")


def _release_targets(runtimes: Mapping[str, Sequence[str]]) -> dict[str, Reference]:
    return {
        name: Reference(runtime, "release_targets", select=operator.itemgetter(name))
        for runtime, names in runtimes.items()
        for name in names
    }


def _each(names: Mapping[str, Any], attribute: str) -> dict[str, Reference]:
    return {name: Reference(name, attribute) for name in names}
