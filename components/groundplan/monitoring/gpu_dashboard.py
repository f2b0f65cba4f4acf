"""Grafana's dashboard of GPUs: allocation, utilization, temperature, errors, and
pending jobs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TITLE = "Groundplan / GPUs"
UID = "groundplan-gpus"

LABEL: Mapping[str, str] = {"grafana_dashboard": "1"}
"""The label by which Grafana's sidecar discovers the ConfigMap, in any namespace (chart
values, `grafana.sidecar.dashboards`)."""

WIDTH, HEIGHT = 12, 8
"""The size of a panel; Grafana's grid is 24 wide."""

# By its default UID (chart values, `grafana.sidecar.datasources.uid`).
SOURCE = {"type": "prometheus", "uid": "prometheus"}


@dataclass(frozen=True)
class Panel:
    """A graph over time."""

    title: str
    unit: str
    """Grafana's name of the unit."""
    query: str
    legend: str


_CHOSEN = '{pod!="", namespace=~"$namespace"}'
_USED = f"sum by (namespace, pod) (DCGM_FI_DEV_FB_USED{_CHOSEN})"
_FREE = f"sum by (namespace, pod) (DCGM_FI_DEV_FB_FREE{_CHOSEN})"
_JOB = "{{namespace}}/{{pod}}"
_LEADING = '{replica_role!="follower"}'

PANELS: Sequence[Panel] = (
    Panel(
        "Utilization by job",
        "percent",
        f"avg by (namespace, pod) (DCGM_FI_DEV_GPU_UTIL{_CHOSEN})",
        _JOB,
    ),
    Panel("Memory used by job", "percentunit", f"{_USED} / ({_USED} + {_FREE})", _JOB),
    Panel(
        "GPUs that have a job, and that have none",
        "short",
        "count by (job_or_none) (label_replace(label_replace("
        'DCGM_FI_DEV_GPU_TEMP, "job_or_none", "none", "", ".*"), '
        '"job_or_none", "a job", "pod", ".+"))',
        "{{job_or_none}}",
    ),
    Panel("Power", "watt", "sum by (node) (DCGM_FI_DEV_POWER_USAGE)", "{{node}}"),
    Panel(
        "Temperature of the hottest", "celsius", "max by (node) (DCGM_FI_DEV_GPU_TEMP)", "{{node}}"
    ),
    Panel(
        "Errors (XIDs in five minutes)",
        "short",
        "sum by (node, gpu, xid) (DCGM_EXP_XID_ERRORS_COUNT) > 0",
        "{{node}}, GPU {{gpu}}: XID {{xid}}",
    ),
    Panel(
        "Jobs that wait",
        "short",
        f"sum by (cluster_queue) (kueue_pending_workloads{_LEADING})",
        "{{cluster_queue}}",
    ),
    Panel(
        "Jobs that were let in",
        "short",
        f"sum by (cluster_queue) (kueue_admitted_active_workloads{_LEADING})",
        "{{cluster_queue}}",
    ),
)


def body() -> str:
    """Returns the dashboard as Grafana's JSON."""
    namespace = {
        "name": "namespace",
        "label": "Namespace",
        "type": "query",
        "datasource": SOURCE,
        "query": {
            "query": 'label_values(DCGM_FI_DEV_GPU_UTIL{pod!=""}, namespace)',
            "refId": "namespace",
        },
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }
    whole = {
        "uid": UID,
        "title": TITLE,
        "schemaVersion": 39,
        "editable": False,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": [namespace]},
        "panels": [_panel(index, panel) for index, panel in enumerate(PANELS)],
    }
    return json.dumps(whole, sort_keys=True)


def _panel(index: int, panel: Panel) -> dict[str, Any]:
    return {
        "id": index + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": WIDTH * (index % 2), "y": HEIGHT * (index // 2), "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": "A", "datasource": SOURCE, "expr": panel.query, "legendFormat": panel.legend}
        ],
    }
