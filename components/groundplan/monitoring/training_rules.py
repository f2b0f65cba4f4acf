"""Alert rules for a training cluster, without its GPUs: broken nodes, missing capacity,
and queues that admit no jobs.

Metrics of Kueue: kubernetes-sigs/kueue@8eab6877 (v0.19.2), pkg/metrics/metrics.go. Of
Karpenter: its reference, "Metrics", and sigs.k8s.io/karpenter v1.14,
pkg/cloudprovider/metrics. Of the autoscaler: kubernetes/autoscaler@55c37cd5,
cluster-autoscaler/proposals/metrics.md. Of nodes and pods: kube-state-metrics. If
one of them is not installed, its series do not exist, and its alerts never fire.
"""

from collections.abc import Sequence

from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity

CONDITIONS = (
    "AcceleratedHardwareReady|ContainerRuntimeReady|KernelReady|NetworkingReady|StorageReady"
)
"""Conditions that the node monitoring agent sets on a node, in addition to `Ready` (EKS
User Guide, "Detect node health issues")."""

UNREPAIRED_MINUTES = 45
"""Auto repair acts 10 minutes after failures of accelerators and 30 minutes after
others, and then takes some time (same guide)."""

UNSCHEDULABLE_MINUTES = 20
"""A new GPU node takes 5 to 10 minutes from the request until it is ready."""

_BROKEN = (
    "max by (node, condition) "
    f'(kube_node_status_condition{{condition=~"{CONDITIONS}", status="false"}}) == 1'
)

NODES = (
    AlertRule(
        "NodeBroken",
        _BROKEN,
        1,
        AlertSeverity.WARNING,
        "A node is broken",
        "Node {{ $labels.node }} is not {{ $labels.condition }}. Auto repair replaces or "
        "restarts it, and ends its jobs.",
        "node-broken.md",
    ),
    AlertRule(
        "NodeNotRepaired",
        _BROKEN,
        UNREPAIRED_MINUTES,
        AlertSeverity.CRITICAL,
        "A broken node is not repaired",
        f"Node {{{{ $labels.node }}}} has not been {{{{ $labels.condition }}}} for "
        f"{UNREPAIRED_MINUTES} minutes, and auto repair has not replaced it.",
        "node-broken.md",
    ),
)

CAPACITY = (
    AlertRule(
        "CapacityMissing",
        "sum by (reason) (increase(cluster_autoscaler_failed_scale_ups_total[30m])) > 0 or "
        "sum by (error) (increase("
        'karpenter_cloudprovider_errors_total{error="InsufficientCapacityError"}[30m])) > 0',
        0,
        AlertSeverity.WARNING,
        "Nodes for jobs could not be started",
        "Starting nodes failed {{ $value | humanize }} times in half an hour: "
        "{{ $labels.reason }}{{ $labels.error }}.",
        "capacity-shortage.md",
    ),
    AlertRule(
        "PodsUnschedulable",
        "count by (namespace) (kube_pod_status_unschedulable == 1)",
        UNSCHEDULABLE_MINUTES,
        AlertSeverity.WARNING,
        "Pods are unschedulable",
        "{{ $value }} pods of {{ $labels.namespace }} are unschedulable, some of them for "
        f"{UNSCHEDULABLE_MINUTES} minutes.",
        "capacity-shortage.md",
    ),
)

# Each replica of Kueue counts pending workloads; followers only as a standby.
_WAITING = 'sum by (cluster_queue) (kueue_pending_workloads{replica_role!="follower"})'


def queues(max_wait_minutes: int) -> Sequence[AlertRule]:
    """Returns the alert rules for Kueue's queues."""
    return (
        AlertRule(
            "QueueStandsStill",
            # True at each evaluation during `for`: workloads are pending, and none was
            # admitted in the last minutes.
            f"{_WAITING} > 0 unless on (cluster_queue) "
            "sum by (cluster_queue) (increase(kueue_admitted_workloads_total[5m])) > 0",
            max_wait_minutes,
            AlertSeverity.WARNING,
            "Jobs are pending, and none is admitted",
            "{{ $value }} jobs are pending in the queue {{ $labels.cluster_queue }}, which has "
            f"admitted none for {max_wait_minutes} minutes.",
            "queue-waiting.md",
        ),
        AlertRule(
            "JobsWaitLong",
            "histogram_quantile(0.9, sum by (cluster_queue, le) "
            "(rate(kueue_admission_wait_time_seconds_bucket[1h]))) "
            f"> {max_wait_minutes * 60}",
            15,
            AlertSeverity.WARNING,
            "Jobs are pending for a long time",
            "One in ten jobs of the queue {{ $labels.cluster_queue }} was pending for "
            "{{ $value | humanizeDuration }} or longer.",
            "queue-waiting.md",
        ),
    )
