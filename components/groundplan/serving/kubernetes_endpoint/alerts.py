"""What of an endpoint Prometheus scrapes and alerts on. Alertmanager sends it on, as
all alerts (`MonitoringStack`).

Series of Deployments are those of kube-state-metrics. vLLM's:
docs.vllm.ai/en/v0.30.0/design/metrics; its requests are counted by
prometheus-fastapi-instrumentator, with `status="5xx"`. Alerts tell what serves from a
candidate by the label of the track, so that a bad candidate shows before it is
promoted.
"""

from typing import Any

from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity
from groundplan.serving.kubernetes_endpoint import kserve, series, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs, PodMetricsArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine

API_VERSION = "monitoring.coreos.com/v1"
ERRORS, LATENCY, AVAILABILITY = (
    f"kubernetes-endpoint-{concern}.md" for concern in ("errors", "latency", "availability")
)

ERROR_PERCENT, LATENCY_MS, FIRST_TOKEN_MS, WAITING_REQUESTS, EVALUATION_MINUTES = (
    1.0,
    1000.0,
    2000.0,
    10,
    3,
)
GONE_MINUTES = 2
"""Without a single pod, nobody should wait longer for the news."""
DEGRADED_MINUTES = 30
"""A new GPU node, its image and the model take their time (`objects.START_SECONDS`)."""


def metrics(args: KubernetesEndpointArgs) -> PodMetricsArgs | None:
    """What Prometheus finds at the pods; none where nobody knows."""
    if workload.is_vllm(args):
        return {"latency": "vllm:e2e_request_latency_seconds", **args.get("metrics", {})}
    return args.get("metrics")


def rules(endpoint: str, namespace: str, args: KubernetesEndpointArgs) -> list[AlertRule]:
    """The alerts of an endpoint."""
    limits, found = args.get("alarms", {}), _availability(endpoint, namespace, args)
    minutes = limits.get("evaluation_minutes", EVALUATION_MINUTES)
    scraped, pods = metrics(args), series.of_pods(namespace, endpoint)
    if scraped is not None:
        found.append(
            _errors(
                endpoint, pods, scraped, limits.get("max_error_percent", ERROR_PERCENT), minutes
            )
        )
        slow = limits.get("max_latency_ms", None if workload.is_vllm(args) else LATENCY_MS)
        if slow is not None:
            histogram = scraped.get("latency", "http_request_duration_seconds")
            found.append(
                _slow("EndpointLatency", endpoint, pods, histogram, slow, minutes, "to be answered")
            )
    if workload.is_vllm(args):
        first = limits.get("max_first_token_ms", FIRST_TOKEN_MS)
        histogram = "vllm:time_to_first_token_seconds"
        found.append(
            _slow(
                "EndpointFirstToken",
                endpoint,
                pods,
                histogram,
                first,
                minutes,
                "for their first token",
            )
        )
        found.append(
            _queue(endpoint, pods, limits.get("max_waiting_requests", WAITING_REQUESTS), minutes)
        )
    return found


def rule_spec(endpoint: str, namespace: str, args: KubernetesEndpointArgs) -> dict[str, Any]:
    """The spec of a PrometheusRule."""
    address = args.get("alarms", {}).get("runbooks_url", "")
    written = [rule.rule(address) for rule in rules(endpoint, namespace, args)]
    for rule in written:
        rule["labels"] |= {"namespace": namespace, "endpoint": endpoint}
    return {"groups": [{"name": f"groundplan-endpoint-{endpoint}", "rules": written}]}


def monitor_spec(
    endpoint: str, args: KubernetesEndpointArgs, scraped: PodMetricsArgs
) -> dict[str, Any]:
    """The spec of a PodMonitor."""
    return {
        "selector": {"matchLabels": dict(workload.selector(endpoint))},
        "podTargetLabels": list(series.LABELS),
        # By number: what KServe's runtimes call their port differs, and some give it no
        # name.
        "podMetricsEndpoints": [
            {
                "portNumber": workload.port(args),
                "path": scraped.get("path", "/metrics"),
                "interval": "15s",
            }
        ],
    }


def _availability(endpoint: str, namespace: str, args: KubernetesEndpointArgs) -> list[AlertRule]:
    kserves = workload.engine(args) is EndpointEngine.KSERVE
    names = kserve.predictor(endpoint) if kserves else endpoint
    which = f'namespace="{namespace}",deployment="{names}"'
    both = which if kserves else f'namespace="{namespace}",deployment=~"{names}|{names}-canary"'
    return [
        AlertRule(
            "EndpointDown",
            f"kube_deployment_status_replicas_available{{{which}}} == 0",
            GONE_MINUTES,
            AlertSeverity.CRITICAL,
            f"Endpoint {endpoint} has no pod that serves",
            f"No pod of {namespace}/{names} is ready: every request fails.",
            AVAILABILITY,
        ),
        AlertRule(
            "EndpointDegraded",
            f"kube_deployment_status_replicas_available{{{both}}} < kube_deployment_spec_replicas{{{both}}}",
            DEGRADED_MINUTES,
            AlertSeverity.WARNING,
            f"Endpoint {endpoint} has fewer pods than it should",
            f"{{{{ $value }}}} pods of {namespace}/{{{{ $labels.deployment }}}} are ready, which is less than asked for, for "
            f"{DEGRADED_MINUTES} minutes.",
            AVAILABILITY,
        ),
        AlertRule(
            "EndpointRolloutStuck",
            f'kube_deployment_status_condition{{{both},condition="Progressing",status="false"}} == 1',
            1,
            AlertSeverity.CRITICAL,
            f"A rollout of endpoint {endpoint} is stuck",
            f"New pods of {namespace}/{{{{ $labels.deployment }}}} don't become ready. The old ones go on serving.",
            AVAILABILITY,
        ),
    ]


def _errors(
    endpoint: str, pods: str, scraped: PodMetricsArgs, percent: float, minutes: int
) -> AlertRule:
    counter = scraped.get("requests", "http_requests_total")

    def rate(more: str) -> str:
        return f"sum by ({series.TRACK}) (rate({counter}{{{pods}{more}}}[5m]))"

    failed = rate(',status=~"5.."')
    return AlertRule(
        "EndpointErrors",
        f"100 * {failed} / {rate('')} > {percent:g}",
        minutes,
        AlertSeverity.CRITICAL,
        f"Requests to endpoint {endpoint} fail",
        f"{{{{ $value | humanize }}}} % of the requests to its {{{{ $labels.{series.TRACK} }}}} pods fail with a 5xx error; "
        f"{percent:g} % may.",
        ERRORS,
    )


def _slow(
    name: str, endpoint: str, pods: str, histogram: str, limit: float, minutes: int, what: str
) -> AlertRule:
    buckets = f"sum by ({series.TRACK}, le) (rate({histogram}_bucket{{{pods}}}[5m]))"
    return AlertRule(
        name,
        f"1000 * histogram_quantile(0.9, {buckets}) > {limit:g}",
        minutes,
        AlertSeverity.WARNING,
        f"Endpoint {endpoint} is slow",
        f"One in ten requests to its {{{{ $labels.{series.TRACK} }}}} pods takes {{{{ $value | humanize }}}} ms or longer "
        f"{what}; {limit:g} ms may be.",
        LATENCY,
    )


def _queue(endpoint: str, pods: str, limit: int, minutes: int) -> AlertRule:
    return AlertRule(
        "EndpointQueue",
        f"avg by ({series.TRACK}) (vllm:num_requests_waiting{{{pods}}}) > {limit}",
        minutes,
        AlertSeverity.WARNING,
        f"Requests wait in endpoint {endpoint}",
        f"{{{{ $value | humanize }}}} requests wait in each of its {{{{ $labels.{series.TRACK} }}}} pods, which have too much "
        "to do.",
        LATENCY,
    )
