"""The cluster: nodes, their load, and what Kubernetes can't place."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_panels import dashboard, graph

_INSTANCE = "{{instance}}"


def build() -> Dashboard:
    nodes = [
        graph(
            "Nodes that are ready, and that are not",
            "short",
            ('sum(kube_node_status_condition{condition="Ready", status="true"})', "ready"),
            ('sum(kube_node_status_condition{condition="Ready", status!="true"})', "not ready"),
            description="Runbook: docs/runbooks/node-broken.md",
        ),
        graph(
            "Nodes by instance type",
            "short",
            (
                "count by (label_node_kubernetes_io_instance_type) (kube_node_labels)",
                "{{label_node_kubernetes_io_instance_type}}",
            ),
        ),
        graph(
            "Cores in use",
            "percentunit",
            (
                '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
                _INSTANCE,
            ),
        ),
        graph(
            "Memory in use",
            "percentunit",
            ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", _INSTANCE),
        ),
        graph(
            "Disk in use",
            "percentunit",
            (
                (
                    'max by (instance) (1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"} / '
                    'node_filesystem_size_bytes{fstype!~"tmpfs|overlay"})'
                ),
                _INSTANCE,
            ),
        ),
        graph(
            "Network",
            "Bps",
            (
                'sum by (instance) (rate(node_network_receive_bytes_total{device!="lo"}[5m]))',
                "{{instance}} in",
            ),
            (
                'sum by (instance) (rate(node_network_transmit_bytes_total{device!="lo"}[5m]))',
                "{{instance}} out",
            ),
        ),
    ]
    capacity = [
        graph(
            "Scale-ups that failed, an hour",
            "short",
            (
                "sum by (reason) (increase(cluster_autoscaler_failed_scale_ups_total[1h]))",
                "autoscaler: {{reason}}",
            ),
            (
                "sum by (error) (increase(karpenter_cloudprovider_errors_total[1h]))",
                "Karpenter: {{error}}",
            ),
            description="Runbook: docs/runbooks/capacity-shortage.md",
        ),
        graph(
            "Pods by phase",
            "short",
            ("sum by (phase) (kube_pod_status_phase)", "{{phase}}"),
        ),
    ]
    rows = (("Nodes", nodes), ("Capacity", capacity))
    return dashboard("groundplan-cluster", "Groundplan / Cluster", rows)
