"""OpenCost's chart and its values.

Keys: opencost/opencost-helm-chart@725bb939 (2026-04-28), charts/opencost/values.yaml,
chart 2.5.17 with OpenCost 1.120.1, whose image the chart pins by digest. The chart has
no schema: it ignores unknown keys silently.

OpenCost downloads the list prices of AWS without credentials
(pricing.us-east-1.amazonaws.com), so that its pods need no identity. With one it would
read the price history of Spot; without it nodes of Spot have an estimated discount.
"""

from typing import Any

from groundplan.kubernetes.chart_reference import Chart
from groundplan.kubernetes.open_cost.spec import OpenCostSpec

CHART = Chart("opencost", "2.5.17", "https://opencost.github.io/opencost-helm-chart")

PORT = 9003
"""The port of the API and of the metrics (chart values, `exporter.apiPort`)."""

REPEATED = (
    "kube_node_labels",
    "kube_node_status_allocatable",
    "kube_node_status_capacity",
    "kube_node_status_condition",
)
"""Metrics of kube-state-metrics 2 that OpenCost would repeat, beside those of version 1
that its own queries need (opencost/opencost, pkg/metrics/kubemetrics.go): each sum over
both would be twice as large."""

PRICES = {
    "cpu_usd_per_hour": "CPU",
    "memory_usd_per_gib_hour": "RAM",
    "gpu_usd_per_hour": "GPU",
    "storage_usd_per_gib_month": "storage",
}
"""Argument -> key of OpenCost's prices (OpenCost documentation, "Installing
On-Premises"): hourly, of a core, a GiB, a GPU."""
MONTHLY = "storage_usd_per_gib_month"
HOURS = 730
"""Hours a month, as AWS's own calculators count."""


def values(spec: OpenCostSpec) -> dict[str, Any]:
    """Returns the values of the release."""
    opencost: dict[str, Any] = {
        "exporter": {
            "defaultClusterId": spec.cluster_id,
            # What the Pod Security Standard "restricted" demands; the image's user is
            # 1001 (opencost/opencost, Dockerfile.cross).
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
        "prometheus": {
            "internal": {"enabled": False},
            "external": {"enabled": True, "url": spec.prometheus_url},
        },
        "metrics": {
            "serviceMonitor": {"enabled": spec.service_monitor},
            "kubeStateMetrics": {"emitKsmV1Metrics": False, "emitKsmV1MetricsOnly": True},
            "config": {"enabled": True, "disabledMetrics": list(REPEATED)},
        },
        # Neither authenticates who asks.
        "ui": {"enabled": False},
        "mcp": {"enabled": False},
    }
    if spec.prices:
        hourly = {**spec.prices, MONTHLY: round(spec.prices[MONTHLY] / HOURS, 12)}
        own = {PRICES[key]: price for key, price in hourly.items()}
        opencost["customPricing"] = {"enabled": True, "costModel": own}
    return {"opencost": opencost}
