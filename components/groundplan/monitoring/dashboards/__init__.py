"""Grafana's dashboards, which `tools/dashboards` generates with Grafana's SDK."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

LABEL: Mapping[str, str] = {"grafana_dashboard": "1"}
"""The label by which Grafana's sidecar discovers a ConfigMap, in any namespace (chart
values, `grafana.sidecar.dashboards`)."""

OF_EVERY_CLUSTER = ("cluster", "training", "endpoints")
OF_GPUS = "gpu"
OF_CLOUDWATCH = "drift"
OF_MODEL_CHECKS = "drift-cluster"
OF_SPENDING = "spending"
"""Its metrics are OpenCost's."""
CEILING = "ceiling"
"""The variable of the spending ceiling."""


def names() -> list[str]:
    """Returns the names of all dashboards."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))


def text(name: str) -> str:
    """Returns a dashboard as Grafana's JSON."""
    return resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Shown:
    """What a cluster has dashboards of, beside those of every cluster."""

    gpus: bool = False
    cloudwatch: bool = False
    """Whether Grafana reads CloudWatch: the drift of SageMaker endpoints."""
    model_checks: bool = False
    """Whether checks of models run on the cluster."""
    spending: bool = False


def of_cluster(shown: Shown, max_usd_per_hour: float | None = None) -> Mapping[str, str]:
    """Returns the dashboards of a cluster, by name. `max_usd_per_hour`: the spending
    ceiling."""
    optional = {
        OF_GPUS: shown.gpus,
        OF_CLOUDWATCH: shown.cloudwatch,
        OF_MODEL_CHECKS: shown.model_checks,
    }
    chosen = [*OF_EVERY_CLUSTER, *(name for name, wanted in optional.items() if wanted)]
    texts = {name: text(name) for name in chosen}
    return texts | ({OF_SPENDING: with_ceiling(max_usd_per_hour or 0)} if shown.spending else {})


def with_ceiling(usd_per_hour: float) -> str:
    """Returns the dashboard of spending, whose ceiling has a value at first; 0 for
    none. A person may type another."""
    dashboard = json.loads(text(OF_SPENDING))
    value = f"{usd_per_hour:g}"
    for variable in dashboard["templating"]["list"]:
        if variable["name"] == CEILING:
            variable["query"] = value
            variable["current"] = {"selected": True, "text": value, "value": value}
    return json.dumps(dashboard, indent=1, sort_keys=True) + "\n"
