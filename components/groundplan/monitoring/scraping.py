"""ServiceMonitors of a training cluster in addition to those of the chart: of Kueue,
the Cluster Autoscaler and Karpenter.

Each is an object of Prometheus' chart, not of the software's own: that is installed
before Prometheus, when the CRD of ServiceMonitors does not exist. Without the software
there is nothing to scrape.
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
                # Kueue asks the API server whether the token is allowed to read
                # /metrics; the chart's ClusterRole for Prometheus allows it.
                "bearerTokenFile": TOKEN,
                # Kueue uses a self-signed certificate.
                "tlsConfig": {"insecureSkipVerify": True},
                # The namespace of the local queue, not of Kueue.
                "honorLabels": True,
            }
        ],
    },
    {
        # kubernetes/autoscaler@55c37cd5, cluster-autoscaler/charts/cluster-autoscaler:
        # templates/{service.yaml,_helpers.tpl}.
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
