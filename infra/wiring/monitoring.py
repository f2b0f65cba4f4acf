"""The monitoring, and the scheduled checks of models."""

from collections.abc import Iterator, Mapping
from typing import Any

import model_checks
import watched
from description import Component, Reference
from groundplan.monitoring.choices import PrometheusBackend
from references import CLUSTER_NAME, KUBERNETES
from settings import Settings

from wiring.components import component, notes

KEDA = "keda"
"""The namespace that KEDA's documentation installs it in (keda.sh, "Deploying
KEDA")."""

_REPLICA = {
    "bucket_name": Reference("artifacts", "bucket_name"),
    "replica_bucket_name": Reference(
        "artifacts", "replica", select=lambda replica: replica.bucket.bucket
    ),
}


def stack(settings: Settings) -> Iterator[Component]:
    args: dict[str, Any] = {**settings.get("monitoring", {})}
    args["buckets"] = {"artifacts": Reference("artifacts", "bucket_name")}
    if "replica" in settings.get("artifacts", {}):
        args["replicas"] = {"artifacts": _REPLICA}
    args["network"] = {
        "nat_gateway_ids": Reference(
            "network", "nat_gateways", select=lambda gateways: [g.id for g in gateways]
        )
    }
    limits = args.get("endpoints", {})
    args["endpoints"] = {
        name: {**watched.endpoint(name, endpoint), **limits.get(name, {})}
        for name, endpoint in settings.get("endpoints", {}).items()
    }
    if "training" in settings:
        gpus = watched.has_gpus(settings["training"])
        filled = {"cluster_name": CLUSTER_NAME, "gpus": gpus}
        own = args.get("cluster", {})
        args["cluster"] = {**filled, **own, **_ceiling(settings, own)}
        if args["cluster"].get("prometheus", True):
            needed = _of_prometheus(settings)
            if needed:
                args["prometheus"] = {**needed, **args.get("prometheus", {})}
    else:
        args.pop("cluster", None)  # the rules of the environment report it
    provider = KUBERNETES if "training" in settings else None
    yield component(settings, "MonitoringStack", "monitoring", args, provider=provider)


def _of_prometheus(settings: Settings) -> dict[str, Any]:
    """Returns what the other sections need of Prometheus and Grafana in the cluster."""
    filled: dict[str, Any] = {}
    if watched.has_keda(settings):
        filled["reached_from"] = [KEDA]
    if settings.get("model_monitoring") and not is_managed(settings):
        filled["cloudwatch"] = True
    return filled


def _ceiling(settings: Settings, cluster: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the spending ceiling of the training cluster, if a dashboard shows it."""
    ceiling = settings["training"].get("max_usd_per_hour", 0)
    shown = cluster.get("open_cost") and isinstance(ceiling, int | float) and ceiling > 0
    return {"max_usd_per_hour": ceiling} if shown else {}


def is_managed(settings: Settings) -> bool:
    """Returns whether a workspace of Amazon Managed Service for Prometheus retains the
    metrics of the training cluster."""
    own = settings.get("monitoring", {})
    installed = "training" in settings and own.get("cluster", {}).get("prometheus", True)
    return installed and own.get("prometheus", {}).get("backend") is PrometheusBackend.MANAGED


def checks_of_models(settings: Settings) -> Iterator[Component]:
    for name, args in model_checks.described(settings):
        key = f"model_monitoring.{name}"
        filled = {**notes(settings), **args}
        yield component(settings, "ModelMonitoring", model_checks.named(name), filled, key=key)
