"""The metrics of exporters that rules and dashboards name: read in each exporter's own
list, so that a name that nothing exports is noticed."""

from collections.abc import Mapping

EXPORTERS: Mapping[str, frozenset[str]] = {
    # kubernetes/kube-state-metrics@c92fe0c5 (2026-08-20), docs/metrics.
    "kube-state-metrics": frozenset(
        {
            "kube_cronjob_created",
            "kube_cronjob_status_active",
            "kube_cronjob_status_last_schedule_time",
            "kube_cronjob_status_last_successful_time",
            "kube_daemonset_status_number_unavailable",
            "kube_horizontalpodautoscaler_spec_max_replicas",
            "kube_horizontalpodautoscaler_status_current_replicas",
            "kube_job_status_completion_time",
            "kube_job_status_failed",
            "kube_job_status_start_time",
            "kube_pod_container_resource_limits",
            "kube_pod_owner",
            "kube_deployment_spec_replicas",
            "kube_deployment_status_condition",
            "kube_deployment_status_replicas_available",
            "kube_job_complete",
            "kube_job_failed",
            "kube_node_labels",
            "kube_node_status_condition",
            "kube_pod_container_resource_requests",
            "kube_pod_container_status_restarts_total",
            "kube_pod_status_phase",
            "kube_pod_status_unschedulable",
        }
    ),
    # kubernetes-sigs/kueue@ff69552e79 (2026-08-22), pkg/metrics/metrics.go.
    "kueue": frozenset(
        {
            "kueue_admission_wait_time_seconds",
            "kueue_admitted_active_workloads",
            "kueue_cluster_queue_status",
            "kueue_evicted_workloads_total",
            # Since kueue 0.17; kubernetes-sigs/kueue pull request 8694.
            "kueue_finished_workloads_total",
            "kueue_pending_workloads",
            "kueue_admitted_workloads_total",
        }
    ),
    # prometheus/node_exporter@a7dcc3a0 (2026-08-08), collector.
    "node-exporter": frozenset(
        {
            "node_cpu_seconds_total",
            "node_filesystem_avail_bytes",
            "node_filesystem_size_bytes",
            "node_memory_MemAvailable_bytes",
            "node_memory_MemTotal_bytes",
            "node_network_receive_bytes_total",
            "node_network_transmit_bytes_total",
        }
    ),
    # kubernetes-sigs/karpenter@226646810 (2026-08-20), pkg/cloudprovider/metrics.
    "karpenter": frozenset({"karpenter_cloudprovider_errors_total"}),
    # kubernetes/autoscaler@55c37cd5 (2026-08-22),
    # cluster-autoscaler/proposals/metrics.md.
    "cluster-autoscaler": frozenset({"cluster_autoscaler_failed_scale_ups_total"}),
    # docs.vllm.ai/en/v0.30.0/design/metrics, and prometheus-fastapi-instrumentator.
    "vllm": frozenset(
        {
            "vllm:e2e_request_latency_seconds",
            "vllm:generation_tokens_total",
            "vllm:kv_cache_usage_perc",
            "vllm:num_requests_waiting",
            "vllm:time_to_first_token_seconds",
            "http_request_duration_seconds",
            "http_requests_total",
        }
    ),
    # google/cadvisor, docs/storage/prometheus.md, by way of the kubelet.
    "cadvisor": frozenset(
        {"container_cpu_usage_seconds_total", "container_memory_working_set_bytes"}
    ),
    # groundplan.model_monitoring.analysis, which `test_drift_dashboards.py` compares.
    "model-monitoring": frozenset(
        f"groundplan_model_monitoring_{name}"
        for name in (
            "broken_lines",
            "distance",
            "quality",
            "requests",
            "rows",
            "share",
            "status",
            "window_end_timestamp_seconds",
        )
    ),
    # opencost/opencost@5f653330, pkg/costmodel/metrics.go; OpenCost documentation,
    # "OpenCost Metrics".
    "opencost": frozenset(
        {
            "container_cpu_allocation",
            "container_gpu_allocation",
            "container_memory_allocation_bytes",
            "kubecost_load_balancer_cost",
            "node_cpu_hourly_cost",
            "node_gpu_count",
            "node_gpu_hourly_cost",
            "node_ram_hourly_cost",
            "node_total_hourly_cost",
            "pod_pvc_allocation",
            "pv_hourly_cost",
        }
    ),
    # Prometheus' own series of each target.
    "prometheus": frozenset({"up"}),
}
METRICS = frozenset().union(*EXPORTERS.values())
