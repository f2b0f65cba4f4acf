"""Services on Kubernetes: requests, errors, latency, saturation; a candidate beside the
stable pods."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_panels import choice, dashboard, graph

_NAME, _TRACK = "app_kubernetes_io_name", "app_kubernetes_io_component"
_CHOSEN = f'{_NAME}=~"$endpoint"'
_SPACE = 'namespace=~"$endpoint"'
"""An endpoint's own namespace has its name."""
_POD = "{{namespace}}/{{pod}}"
_EACH = f"{_NAME}, {_TRACK}"
_LEGEND = f"{{{{{_NAME}}}}} {{{{{_TRACK}}}}}"


def _quantile(quantile: float, histogram: str) -> str:
    buckets = f"sum by ({_EACH}, le) (rate({histogram}_bucket{{{_CHOSEN}}}[5m]))"
    return f"histogram_quantile({quantile:g}, {buckets})"


def build() -> Dashboard:
    http = "http_request_duration_seconds"
    symptoms = [
        graph(
            "Requests a second",
            "reqps",
            (f"sum by ({_EACH}) (rate(http_requests_total{{{_CHOSEN}}}[5m]))", _LEGEND),
        ),
        graph(
            "Requests that fail (5xx)",
            "percentunit",
            (
                (
                    f"sum by ({_EACH}) "
                    f'(rate(http_requests_total{{{_CHOSEN}, status=~"5.."}}[5m])) / '
                    f"sum by ({_EACH}) (rate(http_requests_total{{{_CHOSEN}}}[5m]))"
                ),
                _LEGEND,
            ),
            description="Runbook: docs/runbooks/kubernetes-endpoint-errors.md",
        ),
        *(
            graph(
                f"Latency, {share} of the requests are faster", "s", (_quantile(q, http), _LEGEND)
            )
            for share, q in (("half", 0.5), ("90 %", 0.9), ("99 %", 0.99))
        ),
        graph(
            "Pods that are ready",
            "short",
            (
                'kube_deployment_status_replicas_available{deployment=~"$endpoint(-canary)?"}',
                "{{namespace}}/{{deployment}}",
            ),
        ),
    ]
    pods = 'pod=~"$endpoint-.+"'
    saturation = [
        graph(
            "Cores in use of those requested, by pod",
            "percentunit",
            (
                (
                    "sum by (namespace, pod) "
                    f'(rate(container_cpu_usage_seconds_total{{{pods}, container!=""}}[5m])) / '
                    "sum by (namespace, pod) "
                    f'(kube_pod_container_resource_requests{{{pods}, resource="cpu"}})'
                ),
                _POD,
            ),
        ),
        graph(
            "Memory in use of its limit, by pod",
            "percentunit",
            (
                (
                    "sum by (namespace, pod) "
                    f'(container_memory_working_set_bytes{{{pods}, container!=""}}) / '
                    "sum by (namespace, pod) "
                    f'(kube_pod_container_resource_limits{{{pods}, resource="memory"}})'
                ),
                _POD,
            ),
        ),
        graph(
            "Accelerators in use, by pod",
            "percent",
            (f"avg by (namespace, pod) (DCGM_FI_DEV_GPU_UTIL{{{pods}}})", _POD),
        ),
        graph(
            "Pods of the autoscaler's maximum",
            "percentunit",
            (
                (
                    "max by (namespace, horizontalpodautoscaler) "
                    f"(kube_horizontalpodautoscaler_status_current_replicas{{{_SPACE}}}) / "
                    "max by (namespace, horizontalpodautoscaler) "
                    f"(kube_horizontalpodautoscaler_spec_max_replicas{{{_SPACE}}})"
                ),
                "{{namespace}}",
            ),
            description="At 100 % no pod is added, whatever the load.",
        ),
    ]
    vllm = [
        graph(
            "Time to the first token, 90 % are faster",
            "s",
            (_quantile(0.9, "vllm:time_to_first_token_seconds"), _LEGEND),
        ),
        graph(
            "Latency of whole responses, 90 % are faster",
            "s",
            (_quantile(0.9, "vllm:e2e_request_latency_seconds"), _LEGEND),
        ),
        graph(
            "Requests that wait in a pod",
            "short",
            (f"avg by ({_EACH}) (vllm:num_requests_waiting{{{_CHOSEN}}})", _LEGEND),
        ),
        graph(
            "Memory of the key-value cache in use",
            "percentunit",
            (f"max by ({_EACH}) (vllm:kv_cache_usage_perc{{{_CHOSEN}}})", _LEGEND),
        ),
        graph(
            "Tokens a second",
            "short",
            (f"sum by ({_EACH}) (rate(vllm:generation_tokens_total{{{_CHOSEN}}}[5m]))", _LEGEND),
        ),
    ]
    endpoint = choice(
        "endpoint", "Endpoint", f'label_values(up{{{_NAME}!="", {_TRACK}!=""}}, {_NAME})'
    )
    rows = (("Symptoms", symptoms), ("Saturation", saturation), ("vLLM", vllm))
    return dashboard("groundplan-endpoints", "Groundplan / Endpoints", rows, endpoint)
