"""Grafana's dashboards, which `tools/dashboards` generates with Grafana's SDK."""

from collections.abc import Mapping
from importlib import resources

LABEL: Mapping[str, str] = {"grafana_dashboard": "1"}
"""The label by which Grafana's sidecar discovers a ConfigMap, in any namespace (chart
values, `grafana.sidecar.dashboards`)."""

OF_EVERY_CLUSTER = ("cluster", "training", "endpoints")
OF_GPUS = "gpu"


def names() -> list[str]:
    """Returns the names of all dashboards."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))


def text(name: str) -> str:
    """Returns a dashboard as Grafana's JSON."""
    return resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")


def of_cluster(gpus: bool) -> tuple[str, ...]:
    """Returns the dashboards of a cluster, with or without GPUs."""
    return (*OF_EVERY_CLUSTER, OF_GPUS) if gpus else OF_EVERY_CLUSTER
