"""Training: how long jobs wait, how many run, what fails, what is full."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_panels import choice, dashboard, graph

# Each replica of Kueue counts; followers only as a standby.
_LEADING = 'replica_role!="follower", cluster_queue=~"$queue"'
_WAIT = "kueue_admission_wait_time_seconds_bucket"


def _wait(quantile: float) -> str:
    return (
        f"histogram_quantile({quantile:g}, sum by (cluster_queue, le) "
        f"(rate({_WAIT}{{{_LEADING}}}[1h])))"
    )


def build() -> Dashboard:
    queues = [
        graph(
            "Wait until a job is admitted, in the last hour",
            "s",
            (_wait(0.5), "{{cluster_queue}}, half wait less"),
            (_wait(0.9), "{{cluster_queue}}, 90 % wait less"),
            description="Runbook: docs/runbooks/queue-waiting.md",
        ),
        graph(
            "Jobs that wait",
            "short",
            (
                f"sum by (cluster_queue) (kueue_pending_workloads{{{_LEADING}}})",
                "{{cluster_queue}}",
            ),
        ),
        graph(
            "Jobs that are admitted",
            "short",
            (
                f"sum by (cluster_queue) (kueue_admitted_active_workloads{{{_LEADING}}})",
                "{{cluster_queue}}",
            ),
        ),
        graph(
            "Jobs that were evicted, an hour",
            "short",
            (
                (
                    "sum by (cluster_queue, reason) "
                    f"(increase(kueue_evicted_workloads_total{{{_LEADING}}}[1h]))"
                ),
                "{{cluster_queue}}: {{reason}}",
            ),
            description="Preempted by a team with a guarantee, or a node was lost.",
        ),
    ]
    runs = [
        graph(
            "Jobs that succeeded and failed, of those that are listed",
            "short",
            ('count(kube_job_complete{condition="true"} == 1)', "succeeded"),
            ('count(kube_job_failed{condition="true"} == 1)', "failed"),
            description="Kubernetes deletes finished jobs after their time to live.",
        ),
        graph(
            "Containers that restart, an hour",
            "short",
            (
                "sum by (namespace) (increase(kube_pod_container_status_restarts_total[1h])) > 0",
                "{{namespace}}",
            ),
        ),
    ]
    capacity = [
        graph(
            "Accelerators that pods request",
            "short",
            (
                (
                    "sum by (namespace, resource) (kube_pod_container_resource_requests{"
                    'resource=~"nvidia_com_gpu|aws_amazon_com_neuron.*"})'
                ),
                "{{namespace}}: {{resource}}",
            ),
        ),
        graph(
            "Pods that no node can hold",
            "short",
            ("sum by (namespace) (kube_pod_status_unschedulable)", "{{namespace}}"),
            description="Runbook: docs/runbooks/capacity-shortage.md",
        ),
    ]
    queue = choice("queue", "Queue", "label_values(kueue_cluster_queue_status, cluster_queue)")
    rows = (("Queues", queues), ("Runs", runs), ("Capacity", capacity))
    return dashboard("groundplan-training", "Groundplan / Training", rows, queue)
