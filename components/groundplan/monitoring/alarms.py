"""The CloudWatch alarms: metric, threshold, period, missing data, and runbook of each.

Plain data; `MonitoringStack` creates the resources. An alarm of an endpoint evaluates
all its variants, so that its name does not depend on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.monitoring.spec import WatchedEndpoint, WatchedVariant
from groundplan.sagemaker.endpoint_kind import EndpointKind

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
NAT = "AWS/NATGateway"
"""Namespaces, whose metrics have a period of a minute. Sources: Amazon SageMaker AI
Developer Guide, "metrics in Amazon CloudWatch"; Amazon VPC User Guide, "Monitor NAT
gateways with Amazon CloudWatch"."""

REJECTED_PERCENT = 10.0
"""Some 4xx responses are mistakes of clients; a tenth of all requests is a changed
contract, or throttling."""
BUSY_PERCENT = 90.0
"""CPU and memory: SageMaker documents no limit. Above it requests queue."""
FULL_PERCENT = 85.0
"""Disk: leaves time to follow the runbook before a container fails to write."""
DROPPED_PERCENT = 0.01
"""Percentage of dropped packets above which AWS suspects the NAT gateway itself (Amazon
VPC User Guide, `PacketsDropCount`)."""


@dataclass(frozen=True)
class Alarm:
    """The specification of an alarm, without its actions."""

    role: str
    """One word, the last part of its name."""
    summary: str
    runbook: str
    """Its file in docs/runbooks."""
    settings: Mapping[str, Any]
    """Arguments of `aws.cloudwatch.MetricAlarm`."""
    severity: AlertSeverity = AlertSeverity.WARNING
    """Critical where its runbook says that it is urgent, whatever else is so."""


# Three minutes of five, not one: the alarm notifies a person.
MINUTES: Mapping[str, Any] = {
    "comparison_operator": "GreaterThanThreshold",
    "evaluation_periods": 5,
    "datapoints_to_alarm": 3,
}
QUARTER_HOUR: Mapping[str, Any] = {
    "comparison_operator": "GreaterThanThreshold",
    "period": 300,
    "evaluation_periods": 3,
    "datapoints_to_alarm": 3,
}
# Without requests there are no metrics, and neither errors nor latency.
MISSING_IS_FINE: Mapping[str, Any] = {"treat_missing_data": "notBreaching"}


def of_endpoint(endpoint: WatchedEndpoint) -> list[Alarm]:
    """Returns the alarms of an endpoint."""
    alarms = [_errors(endpoint), _rejections(endpoint)]
    if endpoint.max_latency_ms is not None:
        alarms.append(_latency(endpoint, endpoint.max_latency_ms))
    alarms.append(_utilization(endpoint, "memory", "MemoryUtilization", BUSY_PERCENT))
    if not endpoint.is_serverless:  # SageMaker does not measure its disk
        alarms.append(_utilization(endpoint, "disk", "DiskUtilization", FULL_PERCENT))
    if any(variant.instance for variant in endpoint.variants):
        alarms.append(_cpu(endpoint))
    if endpoint.min_invocations_per_hour is not None:
        alarms.append(_silence(endpoint, endpoint.min_invocations_per_hour))
    return alarms


def of_nat_gateway(position: int, gateway_id: pulumi.Input[str]) -> list[Alarm]:
    """Returns the alarms of a NAT gateway."""
    dimensions = {"NatGatewayId": gateway_id}
    packets = {
        "dropped": "PacketsDropCount",
        "sent": "PacketsInFromSource",
        "received": "PacketsInFromDestination",
    }
    return [
        Alarm(
            "ports",
            f"NAT gateway {position} has no source port left for new connections to a destination.",
            "nat-ports.md",
            {
                # One refused connection is a failed download: any in five minutes.
                "comparison_operator": "GreaterThanThreshold",
                "threshold": 0,
                "period": 300,
                "evaluation_periods": 1,
                "namespace": NAT,
                "metric_name": "ErrorPortAllocation",
                "dimensions": dimensions,
                "statistic": "Sum",
                **MISSING_IS_FINE,
            },
            AlertSeverity.CRITICAL,
        ),
        Alarm(
            "packets",
            f"NAT gateway {position} drops more than {DROPPED_PERCENT:g} % of its packets.",
            "nat-packets.md",
            {
                **MINUTES,
                **MISSING_IS_FINE,
                "threshold": DROPPED_PERCENT,
                "metric_queries": [
                    *(_query(key, NAT, metric, dimensions) for key, metric in packets.items()),
                    _expression("100 * dropped / (sent + received)", "dropped packets in percent"),
                ],
            },
        ),
    ]


def _errors(endpoint: WatchedEndpoint) -> Alarm:
    limit = endpoint.max_error_percent
    return Alarm(
        "errors",
        f"More than {limit:g} % of the requests to endpoint {endpoint.key} fail with a server "
        "error (5xx).",
        "serving-errors.md",
        _share(endpoint, "Invocation5XXErrors", limit),
        AlertSeverity.CRITICAL,
    )


def _rejections(endpoint: WatchedEndpoint) -> Alarm:
    return Alarm(
        "rejections",
        f"More than {REJECTED_PERCENT:g} % of the requests to endpoint {endpoint.key} are "
        "rejected (4xx).",
        "serving-rejections.md",
        _share(endpoint, "Invocation4XXErrors", REJECTED_PERCENT),
    )


def _latency(endpoint: WatchedEndpoint, limit: float) -> Alarm:
    settings: dict[str, Any]
    if len(endpoint.variants) == 1:
        settings = {
            "namespace": INVOCATIONS,
            "metric_name": "ModelLatency",
            "dimensions": _dimensions(endpoint, endpoint.variants[0]),
            "extended_statistic": "p99",
            "period": 60,
            # Below 1000 requests in five minutes a p99 is that of the few slowest;
            # ignoring those leaves all but the busiest endpoints without this alarm.
            "evaluate_low_sample_count_percentiles": "evaluate",
        }
    else:
        settings = _maximum(
            endpoint, INVOCATIONS, "ModelLatency", "p99", 60, "p99 of the slowest variant"
        )
    return Alarm(
        "latency",
        f"The slowest 1 % of the requests to endpoint {endpoint.key} take the model longer than "
        f"{limit:g} ms.",
        "serving-latency.md",
        # ModelLatency is in microseconds.
        {**MINUTES, **MISSING_IS_FINE, **settings, "threshold": limit * 1000},
    )


def _utilization(endpoint: WatchedEndpoint, role: str, metric: str, limit: float) -> Alarm:
    """Returns an alarm on the instance with the highest use of memory or disk."""
    settings: dict[str, Any]
    if len(endpoint.variants) == 1:
        settings = {
            **QUARTER_HOUR,
            "namespace": INSTANCES,
            "metric_name": metric,
            "dimensions": _dimensions(endpoint, endpoint.variants[0]),
            "statistic": "Maximum",
        }
    else:
        label = f"{metric} of the fullest instance"
        settings = {
            **_without_period(QUARTER_HOUR),
            **_maximum(endpoint, INSTANCES, metric, "Maximum", 300, label),
        }
    unit = f"its {role}" if endpoint.is_serverless else f"an instance's {role}"
    return Alarm(
        role,
        f"Endpoint {endpoint.key} uses more than {limit:g} % of {unit}.",
        f"serving-{role}.md",
        # An endpoint that is scaled to zero, or not created yet, has no instances.
        {**settings, "threshold": limit, **MISSING_IS_FINE},
        AlertSeverity.CRITICAL if role == "memory" else AlertSeverity.WARNING,
    )


def _cpu(endpoint: WatchedEndpoint) -> Alarm:
    """Returns an alarm on the variants whose number of cores is known.

    The metric is "the sum of each individual CPU core's utilization": four cores reach
    400 % (SageMaker AI endpoint metrics).
    """
    cores = [(variant, variant.instance.vcpus) for variant in endpoint.variants if variant.instance]
    settings: dict[str, Any]
    if len(endpoint.variants) == 1:
        number = cores[0][1]
        summary = (
            f"The {number} cores of endpoint {endpoint.key} are more than {BUSY_PERCENT:g} % busy."
        )
        settings = {
            **QUARTER_HOUR,
            "namespace": INSTANCES,
            "metric_name": "CPUUtilization",
            "dimensions": _dimensions(endpoint, endpoint.variants[0]),
            "statistic": "Average",
            "threshold": BUSY_PERCENT * number,
        }
    else:
        variants = f"a variant of endpoint {endpoint.key}"
        summary = f"The cores of {variants} are more than {BUSY_PERCENT:g} % busy."
        queries = [
            _query(f"m{n}", INSTANCES, "CPUUtilization", _dimensions(endpoint, v), "Average", 300)
            for n, (v, _) in enumerate(cores, 1)
        ]
        terms = ", ".join(f"m{n} / {number}" for n, (_, number) in enumerate(cores, 1))
        settings = {
            **_without_period(QUARTER_HOUR),
            "threshold": BUSY_PERCENT,
            "metric_queries": [
                *queries,
                _expression(f"MAX([{terms}])", "cores of the busiest variant, in percent"),
            ],
        }
    return Alarm("cpu", summary, "serving-cpu.md", {**settings, **MISSING_IS_FINE})


def _silence(endpoint: WatchedEndpoint, least: int) -> Alarm:
    settings: dict[str, Any] = {
        "comparison_operator": "LessThanThreshold",
        "threshold": least,
        "evaluation_periods": 1,
        # Without requests there is no metric, which is what this alarm detects.
        "treat_missing_data": "breaching",
    }
    if len(endpoint.variants) == 1:
        settings |= {
            "period": 3600,
            "namespace": INVOCATIONS,
            "metric_name": "Invocations",
            "dimensions": _dimensions(endpoint, endpoint.variants[0]),
            "statistic": "Sum",
        }
    else:
        queries, ids = _each(endpoint, INVOCATIONS, "Invocations", "Sum", 3600)
        terms = ", ".join(f"FILL({query_id}, 0)" for query_id in ids)
        total = _expression(f"SUM([{terms}])", "requests to all variants")
        settings["metric_queries"] = [*queries, total]
    return Alarm(
        "silence",
        f"Endpoint {endpoint.key} had fewer than {least} requests in an hour.",
        "serving-silence.md",
        settings,
    )


def _share(endpoint: WatchedEndpoint, metric: str, percent: float) -> Mapping[str, Any]:
    """Returns a metric as a percentage of all requests. SageMaker publishes 1 for each
    request with such an error, and 0 for each other."""
    label = f"{metric} in percent"
    if len(endpoint.variants) == 1 and endpoint.kind is not EndpointKind.ASYNCHRONOUS:
        dimensions = _dimensions(endpoint, endpoint.variants[0])
        queries = [
            _query("errors", INVOCATIONS, metric, dimensions),
            _query("invocations", INVOCATIONS, "Invocations", dimensions),
            _expression("100 * errors / invocations", label),
        ]
    else:
        # The average is the share, too. An asynchronous endpoint has no `Invocations`,
        # and ten variants would exceed the 10 metrics of an alarm.
        shares, ids = _each(endpoint, INVOCATIONS, metric, "Average", 60)
        queries = [*shares, _expression(f"100 * MAX([{', '.join(ids)}])", label)]
    return {**MINUTES, **MISSING_IS_FINE, "threshold": percent, "metric_queries": queries}


def _maximum(
    endpoint: WatchedEndpoint, namespace: str, metric: str, statistic: str, period: int, label: str
) -> dict[str, Any]:
    """Returns the highest of a metric's values of the variants."""
    queries, ids = _each(endpoint, namespace, metric, statistic, period)
    return {"metric_queries": [*queries, _expression(f"MAX([{', '.join(ids)}])", label)]}


def _each(
    endpoint: WatchedEndpoint, namespace: str, metric: str, statistic: str, period: int
) -> tuple[list[aws.cloudwatch.MetricAlarmMetricQueryArgs], list[str]]:
    """Returns a query of each variant's metric, and their IDs: numbers, since names of
    variants may have hyphens."""
    ids = [f"m{number}" for number, _ in enumerate(endpoint.variants, 1)]
    queries = [
        _query(query_id, namespace, metric, _dimensions(endpoint, variant), statistic, period)
        for query_id, variant in zip(ids, endpoint.variants, strict=True)
    ]
    return queries, ids


def _dimensions(
    endpoint: WatchedEndpoint, variant: WatchedVariant
) -> Mapping[str, pulumi.Input[str]]:
    return {"EndpointName": endpoint.endpoint_name, "VariantName": variant.name}


def _query(
    query_id: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    statistic: str = "Sum",
    period: int = 60,
) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=query_id,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            stat=statistic,
            period=period,
        ),
        return_data=False,
    )


def _expression(expression: str, label: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="share", expression=expression, label=label, return_data=True
    )


def _without_period(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings of an alarm whose queries have the period."""
    return {key: value for key, value in settings.items() if key != "period"}
