"""What Prometheus scrapes of a training cluster beside what the chart finds by itself:
Kueue, and what starts nodes.

Each monitor is an object of Prometheus' chart and not of the software's own: that comes
before Prometheus, when there are no ServiceMonitors yet. Where the software isn't
installed, there is nothing to scrape and nothing to alert on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"

MONITORS: Sequence[Mapping[str, Any]] = (
    {
        # kubernetes-sigs/kueue@8eab6877, charts/kueue/templates/prometheus/monitor.yaml
        # and values.yaml, `metricsService`.
        "name": "kueue",
        "namespaceSelector": {"matchNames": ["kueue-system"]},
        "selector": {
            "matchLabels": {
                "app.kubernetes.io/name": "kueue",
                "app.kubernetes.io/component": "metrics-service",
            }
        },
        "endpoints": [
            {
                "port": "https",
                "path": "/metrics",
                "scheme": "https",
                # Kueue asks the API server whether the token may read /metrics; the
                # chart's ClusterRole for Prometheus says that it may.
                "bearerTokenFile": TOKEN,
                # Kueue signs its certificate itself.
                "tlsConfig": {"insecureSkipVerify": True},
                # The namespace of a local queue, and not Kueue's.
                "honorLabels": True,
            }
        ],
    },
    {
        # kubernetes/autoscaler@55c37cd5,
        # cluster-autoscaler/charts/cluster-autoscaler/templates/{service.yaml,_helpers.tpl}.
        "name": "cluster-autoscaler",
        "namespaceSelector": {"matchNames": ["kube-system"]},
        "selector": {"matchLabels": {"app.kubernetes.io/name": "aws-cluster-autoscaler"}},
        "endpoints": [{"port": "http", "path": "/metrics"}],
    },
    {
        # aws/karpenter-provider-aws@1d927085,
        # charts/karpenter/templates/{service.yaml,_helpers.tpl}.
        "name": "karpenter",
        "namespaceSelector": {"any": True},
        "selector": {"matchLabels": {"app.kubernetes.io/name": "karpenter"}},
        "endpoints": [{"port": "http-metrics", "path": "/metrics"}],
    },
)
"""Values of the chart's `prometheus.additionalServiceMonitors`."""
