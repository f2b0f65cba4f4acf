"""The scrape configuration and the alerts of an endpoint in Prometheus. Alertmanager
sends them, as all alerts (`MonitoringStack`).

Series of Deployments are those of kube-state-metrics. vLLM's:
docs.vllm.ai/en/v0.30.0/design/metrics; its requests are counted by
prometheus-fastapi-instrumentator, with `status="5xx"`. Alerts distinguish the stable
pods from a candidate by the label of the track, so that a bad candidate shows before it
is promoted.
"""

from typing import Any

from groundplan.kubernetes import alert_rules
from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity
from groundplan.serving.kubernetes_endpoint import objective_rules, series, workload
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec, Metrics

ERRORS, LATENCY, AVAILABILITY = (
    f"kubernetes-endpoint-{concern}.md" for concern in ("errors", "latency", "availability")
)

GONE_MINUTES = 2
"""Short, since without a pod every request fails."""
DEGRADED_MINUTES = 30
"""A new GPU node, its image and the model take their time
(`resolution.START_SECONDS`)."""


def rules(spec: EndpointSpec) -> list[AlertRule]:
    """Returns the alerts of an endpoint; none without Prometheus."""
    return [*health(spec), *objective_rules.rules(spec)] if spec.prometheus else []


def health(spec: EndpointSpec) -> list[AlertRule]:
    """Returns the alerts on what pods do now, which end a bad release. Those on an
    objective count what was before it too."""
    limits, pods, name = spec.alarms, series.of_pods(spec.namespace, spec.name), spec.name
    minutes, rules = limits.evaluation_minutes, _availability(spec)
    if spec.metrics is not None:
        rules.append(_errors(name, pods, spec.metrics, limits.max_error_percent, minutes))
        if limits.max_latency_ms is not None:
            histogram, what = spec.metrics.latency, "to be answered"
            rules.append(
                _slow(
                    "EndpointLatency", name, pods, histogram, limits.max_latency_ms, minutes, what
                )
            )
    if spec.stable.vllm is not None:
        histogram, what = "vllm:time_to_first_token_seconds", "for their first token"
        limit = limits.max_first_token_ms
        rules.append(_slow("EndpointFirstToken", name, pods, histogram, limit, minutes, what))
        rules.append(_queue(name, pods, limits.max_waiting_requests, minutes))
    return rules


def groups(spec: EndpointSpec) -> list[dict[str, Any]]:
    """Returns the groups of a PrometheusRule, or of a rule group namespace in a
    workspace."""
    labels = {"namespace": spec.namespace, "endpoint": spec.name}
    labels |= spec.managed.labels if spec.managed else {}
    name = f"endpoint-{spec.name}"
    return [alert_rules.rule_group(name, rules(spec), spec.alarms.runbooks_url, labels)]


def monitor_spec(spec: EndpointSpec, metrics: Metrics) -> dict[str, Any]:
    """Returns the spec of a PodMonitor."""
    return {
        "selector": {"matchLabels": workload.selector(spec.name)},
        "podTargetLabels": list(series.LABELS),
        # By number: the names of the ports of KServe's runtimes differ, and some have
        # none.
        "podMetricsEndpoints": [
            {"portNumber": spec.stable.port, "path": metrics.path, "interval": "15s"}
        ],
    }


def _availability(spec: EndpointSpec) -> list[AlertRule]:
    endpoint, namespace, names = spec.name, spec.namespace, spec.main_service
    which = f'namespace="{namespace}",deployment="{names}"'
    both = f'namespace="{namespace}",deployment=~"{names}|{names}-canary"'
    if spec.engine is EndpointEngine.KSERVE:
        both = which
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
            f"kube_deployment_status_replicas_available{{{both}}} < "
            f"kube_deployment_spec_replicas{{{both}}}",
            DEGRADED_MINUTES,
            AlertSeverity.WARNING,
            f"Endpoint {endpoint} has fewer pods than it should",
            f"{{{{ $value }}}} pods of {namespace}/{{{{ $labels.deployment }}}} are ready, fewer "
            f"than desired, for {DEGRADED_MINUTES} minutes.",
            AVAILABILITY,
        ),
        AlertRule(
            "EndpointRolloutStuck",
            f"kube_deployment_status_condition{{{both},"
            'condition="Progressing",status="false"} == 1',
            1,
            AlertSeverity.CRITICAL,
            f"A rollout of endpoint {endpoint} is stuck",
            f"New pods of {namespace}/{{{{ $labels.deployment }}}} do not become ready. The old "
            "ones continue to serve.",
            AVAILABILITY,
        ),
    ]


def _errors(endpoint: str, pods: str, metrics: Metrics, percent: float, minutes: int) -> AlertRule:
    counter = metrics.requests

    def rate(more: str) -> str:
        return f"sum by ({series.TRACK}) (rate({counter}{{{pods}{more}}}[5m]))"

    failed = rate(',status=~"5.."')
    return AlertRule(
        "EndpointErrors",
        f"100 * {failed} / {rate('')} > {percent:g}",
        minutes,
        AlertSeverity.CRITICAL,
        f"Requests to endpoint {endpoint} fail",
        f"{{{{ $value | humanize }}}} % of the requests to its {{{{ $labels.{series.TRACK} }}}} "
        f"pods fail with a 5xx error; the limit is {percent:g} %.",
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
        f"One in ten requests to its {{{{ $labels.{series.TRACK} }}}} pods takes "
        f"{{{{ $value | humanize }}}} ms or longer {what}; the limit is {limit:g} ms.",
        LATENCY,
    )


def _queue(endpoint: str, pods: str, limit: int, minutes: int) -> AlertRule:
    return AlertRule(
        "EndpointQueue",
        f"avg by ({series.TRACK}) (vllm:num_requests_waiting{{{pods}}}) > {limit}",
        minutes,
        AlertSeverity.WARNING,
        f"Requests wait in endpoint {endpoint}",
        f"{{{{ $value | humanize }}}} requests wait in each of its "
        f"{{{{ $labels.{series.TRACK} }}}} pods, which are overloaded.",
        LATENCY,
    )
