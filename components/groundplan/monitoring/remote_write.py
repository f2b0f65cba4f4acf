"""The values of kube-prometheus-stack with which Prometheus in a cluster writes to a
workspace of Amazon Managed Service for Prometheus.

It stays a server: autoscaling queries it (`groundplan.kubernetes.prometheus.URL`), and
it evaluates the chart's own rules, whose alerts go to the workspace's alert manager.
The rules of this library are evaluated by the workspace.

Keys: as `groundplan.monitoring.prometheus`; of `additionalAlertManagerConfigs` and
`additionalAlertRelabelConfigs`, which the chart passes on as they are, Prometheus'
configuration.
"""

from typing import Any
from urllib.parse import urlsplit

import pulumi

from groundplan.monitoring import prometheus
from groundplan.monitoring.spec import Prometheus

ACCOUNT = "prometheus"
"""The service account of Prometheus."""

LOCAL_DAYS = 3
"""Days that Prometheus in the cluster retains: the longest range of the chart's rules,
that of the API server's error budget (kube-prometheus, `apiserver_request:burnrate3d`).
"""
LOCAL_DAYS_OF_OPEN_COST = 15
"""Days where OpenCost is installed: it computes costs of a window from the metrics of
this server, as with the other backend by default."""

QUEUE = {
    # Amazon Managed Service for Prometheus User Guide, "Set up ingestion from a new
    # Prometheus server using Helm".
    "maxSamplesPerSend": 1000,
    "maxShards": 200,
    "capacity": 2500,
    # The service answers 429 where a quota is exceeded: samples are sent again, and not
    # dropped.
    "retryOnRateLimit": True,
}

NOT_WRITTEN = (
    "apiserver_(request|request_sli|request_body|admission|watch|response|storage|flowcontrol).*"
    "_bucket"
    "|etcd_.*_bucket"
    "|(workqueue|rest_client|scheduler)_.*_bucket"
    "|(kubelet|storage_operation|csi_operations)_.*_bucket"
    "|go_.*_bucket"
)
"""Metrics that are not written: histograms of the control plane and of kubelets, by far
the most series of a small cluster. The chart's rules, which Prometheus in the cluster
evaluates, record what is used of them."""


def values(
    spec: Prometheus,
    endpoint: pulumi.Output[str],
    region: pulumi.Input[str],
    cluster_name: pulumi.Input[str],
) -> dict[str, Any]:
    """Returns the values of the release. `endpoint`: the workspace's URL."""
    days = LOCAL_DAYS_OF_OPEN_COST if spec.open_cost else LOCAL_DAYS
    found = prometheus.shared_values(spec, days)
    found["defaultRules"]["rules"] = {"alertmanager": False}
    found["alertmanager"] = {"enabled": False}
    found["grafana"] = {"enabled": False}
    found["prometheus"]["serviceAccount"] = {"name": ACCOUNT}
    found["prometheus"]["prometheusSpec"] |= {
        # The service retains each series once, of one replica, by these two labels
        # (same guide, "Set up high availability data to Amazon Managed Service for
        # Prometheus using the Prometheus Operator Helm chart").
        "externalLabels": {"cluster": cluster_name},
        "replicaExternalLabelName": "__replica__",
        "remoteWrite": [
            {
                "url": pulumi.Output.concat(endpoint, "api/v1/remote_write"),
                "sigv4": {"region": region},
                "queueConfig": dict(QUEUE),
                "writeRelabelConfigs": [
                    {"sourceLabels": ["__name__"], "regex": NOT_WRITTEN, "action": "drop"}
                ],
            }
        ],
        "additionalAlertManagerConfigs": [
            {
                "scheme": "https",
                "path_prefix": endpoint.apply(lambda url: f"{urlsplit(url).path}alertmanager"),
                "sigv4": {"region": region},
                "static_configs": [{"targets": [endpoint.apply(lambda url: urlsplit(url).netloc)]}],
            }
        ],
        **_relabeling(spec),
    }
    return found


def _relabeling(spec: Prometheus) -> dict[str, Any]:
    """Returns the labels of the alerts that Prometheus sends. As external labels they
    would be on every series too."""
    labels = spec.alerts.labels
    if not labels:
        return {}
    return {
        "additionalAlertRelabelConfigs": [
            # `$` begins the name of a group.
            {"target_label": label, "replacement": text.replace("$", "$$")}
            for label, text in labels.items()
        ]
    }
