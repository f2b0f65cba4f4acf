"""The report on what of the environment idles."""

from collections.abc import Iterator
from typing import Any

from description import Component, Reference
from references import ACCESS, CLUSTER_NAME, VPC
from settings import Settings

from wiring import monitoring
from wiring.components import component, notes

NAME = "utilization"


def described(settings: Settings) -> Iterator[Component]:
    if "utilization" not in settings:
        return
    endpoints = settings.get("endpoints", {})
    args: dict[str, Any] = {
        "bucket": ACCESS,
        "vpc_id": VPC,
        "endpoints": {name: Reference(name, "endpoint_name") for name in endpoints},
        "topic_arn": Reference("monitoring", "topic_arn"),
        "topic_key_arn": Reference("monitoring", "key_arn"),
        "alarm_actions": [Reference("monitoring", "topic_arn")],
        **({"cluster_name": CLUSTER_NAME} if "training" in settings else {}),
        **_prometheus(settings),
        **notes(settings),
        **settings["utilization"],
    }
    yield component(settings, "UtilizationReport", NAME, args, key="utilization")


def _prometheus(settings: Settings) -> dict[str, Any]:
    """Returns the workspace of the environment's metrics: a Prometheus in the cluster
    has no address that Lambda can reach."""
    if not monitoring.is_managed(settings):
        return {}
    workspace_arn = Reference("monitoring", "workspace", select=lambda found: found.arn)
    url = Reference("monitoring", "prometheus_endpoint")
    return {"prometheus": {"url": url, "workspace_arn": workspace_arn}}
