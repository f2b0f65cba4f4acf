"""Training: how long jobs wait, how many run, what fails, what is full."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_panels import choice, dashboard, graph

# Each replica of Kueue counts; followers only as a standby.
_LEADING = 'replica_role!="follower", cluster_queue=~"$queue"'
_WAIT = "kueue_admission_wait_time_seconds_bucket"

_OPENCOST = (
    "Of OpenCost's prices: empty where OpenCost is not installed. Idle nodes are not a run's."
)

# Pods that have ended are listed for a while, with what they requested.
_COST = (
    "sum by (namespace, pod, node) "
    '(kube_pod_container_resource_requests{resource=~"nvidia_com_gpu|aws_amazon_com_neuron.*"}) '
    "* on (namespace, pod) group_left () "
    '(max by (namespace, pod) (kube_pod_status_phase{phase="Running"}) == 1) '
    "* on (node) group_left () max by (node) (node_gpu_hourly_cost)"
)


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
        graph(
            "Throughput: jobs that finish, an hour",
            "short",
            (
                (
                    "sum by (cluster_queue) "
                    f"(increase(kueue_finished_workloads_total{{{_LEADING}}}[1h]))"
                ),
                "{{cluster_queue}}",
            ),
            description="Succeeded or failed.",
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
    runs += [
        graph(
            "Jobs that failed, by reason",
            "short",
            (
                "sum by (namespace, reason) (kube_job_status_failed) > 0",
                "{{namespace}}: {{reason}}",
            ),
        ),
        graph(
            "Duration of the runs that are listed",
            "s",
            (
                (
                    "max by (namespace, job_name) "
                    "(kube_job_status_completion_time - kube_job_status_start_time)"
                ),
                "{{namespace}}/{{job_name}}",
            ),
        ),
    ]
    cost = [
        graph(
            "Accelerators of running jobs, USD an hour",
            "currencyUSD",
            (f"sum by (namespace) ({_COST})", "{{namespace}}"),
            description=_OPENCOST,
        ),
        graph(
            "Accelerators of a run in the last day, USD",
            "currencyUSD",
            (
                (
                    "sum by (namespace, owner_name) ("
                    f"sum_over_time(({_COST})[1d:5m]) / 12 "
                    "* on (namespace, pod) group_left (owner_name) "
                    "max by (namespace, pod, owner_name) "
                    '(max_over_time(kube_pod_owner{owner_kind="Job"}[1d])))'
                ),
                "{{namespace}}/{{owner_name}}",
            ),
            description=_OPENCOST,
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
    rows = (("Queues", queues), ("Runs", runs), ("Cost", cost), ("Capacity", capacity))
    return dashboard("groundplan-training", "Groundplan / Training", rows, queue)
