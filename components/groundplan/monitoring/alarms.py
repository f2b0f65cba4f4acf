"""The alarms: which metric, how much, for how long, what silence means, and the runbook
that goes with each.

Plain data, apart from the identifiers that only the cloud knows; `MonitoringStack`
makes the resources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.facts import instances
from groundplan.monitoring.args import WatchedEndpointArgs

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
NAT = "AWS/NATGateway"
"""Namespaces, each with a value a minute. Sources: Amazon SageMaker AI Developer Guide,
"metrics in Amazon CloudWatch"; Amazon VPC User Guide, "Monitor NAT gateways with Amazon
CloudWatch"."""

MAX_ERROR_PERCENT = 1.0
MAX_LATENCY_MS = 1000.0

REJECTED_PERCENT = 10.0
"""Some 4xx answers are the callers' own mistakes; a tenth of all is a changed contract,
or throttling."""
BUSY_PERCENT = 90.0
"""CPU and memory: SageMaker documents no limit of its own. Beyond it requests queue,
and the next one may be one too many."""
FULL_PERCENT = 85.0
"""Disk: leaves room to read the runbook before a container fails to write."""
DROPPED_PERCENT = 0.01
"""Share of dropped packets above which AWS suspects the NAT gateway itself (Amazon VPC
User Guide, `PacketsDropCount`)."""


@dataclass(frozen=True)
class Alarm:
    """An alarm, but for whom it tells."""

    role: str
    """One word, the last part of its name."""
    says: str
    """What is the matter, in words."""
    runbook: str
    """Its file in docs/runbooks."""
    settings: Mapping[str, Any]
    """Arguments of `aws.cloudwatch.MetricAlarm`."""

    def description(self, environment: str) -> str:
        """What whoever is woken reads first."""
        return f"{environment}: {self.says} Runbook: docs/runbooks/{self.runbook}"


# A few minutes of trouble in five, not one bad minute: an alarm that calls for a
# person.
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
# No request, no metric: an endpoint that nobody calls has neither errors nor latency.
QUIET_IS_FINE: Mapping[str, Any] = {"treat_missing_data": "notBreaching"}


def of_endpoint(key: str, args: WatchedEndpointArgs) -> list[Alarm]:
    """The alarms of an endpoint."""
    dimensions = {
        "EndpointName": args["endpoint_name"],
        "VariantName": args.get("variant_name", "primary"),
    }
    errors, latency = (
        args.get("max_error_percent", MAX_ERROR_PERCENT),
        args.get("max_latency_ms", MAX_LATENCY_MS),
    )
    found = [
        Alarm(
            "errors",
            f"More than {errors:g} % of the requests to endpoint {key} end in a server error (5xx).",
            "serving-errors.md",
            _share("Invocation5XXErrors", dimensions, errors),
        ),
        Alarm(
            "rejections",
            f"More than {REJECTED_PERCENT:g} % of the requests to endpoint {key} are rejected (4xx).",
            "serving-rejections.md",
            _share("Invocation4XXErrors", dimensions, REJECTED_PERCENT),
        ),
        Alarm(
            "latency",
            f"The slowest 1 % of answers of endpoint {key} take the model longer than {latency:g} ms.",
            "serving-latency.md",
            {
                **MINUTES,
                **QUIET_IS_FINE,
                "namespace": INVOCATIONS,
                "metric_name": "ModelLatency",
                "dimensions": dimensions,
                "extended_statistic": "p99",
                "period": 60,
                "threshold": latency * 1000,  # ModelLatency is in microseconds
                # Below 1000 requests in five minutes a p99 is the slowest few; to
                # ignore those would leave all but the busiest endpoints without this
                # alarm.
                "evaluate_low_sample_count_percentiles": "evaluate",
            },
        ),
        _used("memory", key, "MemoryUtilization", dimensions, BUSY_PERCENT),
        _used("disk", key, "DiskUtilization", dimensions, FULL_PERCENT),
    ]
    instance = instances.find(args.get("instance_type", ""))
    if instance:
        found.append(_busy(key, dimensions, instance.vcpus))
    if (least := args.get("min_invocations_per_hour")) is not None:
        found.append(_silence(key, dimensions, least))
    return found


def of_nat_gateway(position: int, gateway_id: pulumi.Input[str]) -> list[Alarm]:
    """The alarms of a NAT gateway."""
    dimensions = {"NatGatewayId": gateway_id}
    packets = {
        "dropped": "PacketsDropCount",
        "sent": "PacketsInFromSource",
        "received": "PacketsInFromDestination",
    }
    return [
        Alarm(
            "ports",
            f"NAT gateway {position} has no source port left for new connections to some destination.",
            "nat-ports.md",
            {
                # One refused connection is a failed download somewhere: any in five
                # minutes.
                "comparison_operator": "GreaterThanThreshold",
                "threshold": 0,
                "period": 300,
                "evaluation_periods": 1,
                "namespace": NAT,
                "metric_name": "ErrorPortAllocation",
                "dimensions": dimensions,
                "statistic": "Sum",
                **QUIET_IS_FINE,
            },
        ),
        Alarm(
            "packets",
            f"NAT gateway {position} drops more than {DROPPED_PERCENT:g} % of its packets.",
            "nat-packets.md",
            {
                **MINUTES,
                **QUIET_IS_FINE,
                "threshold": DROPPED_PERCENT,
                "metric_queries": [
                    *(_query(id_, NAT, metric, dimensions) for id_, metric in packets.items()),
                    _expression("100 * dropped / (sent + received)", "dropped packets in percent"),
                ],
            },
        ),
    ]


def _share(
    metric: str, dimensions: Mapping[str, pulumi.Input[str]], percent: float
) -> Mapping[str, Any]:
    """A metric as a share of all invocations: SageMaker sends 1 for each such answer, 0
    for each other one."""
    return {
        **MINUTES,
        **QUIET_IS_FINE,
        "threshold": percent,
        "metric_queries": [
            _query("errors", INVOCATIONS, metric, dimensions),
            _query("invocations", INVOCATIONS, "Invocations", dimensions),
            _expression("100 * errors / invocations", f"{metric} in percent"),
        ],
    }


def _query(
    id_: str, namespace: str, metric: str, dimensions: Mapping[str, pulumi.Input[str]]
) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id_,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=namespace, metric_name=metric, dimensions=dimensions, stat="Sum", period=60
        ),
        return_data=False,
    )


def _expression(expression: str, label: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="share", expression=expression, label=label, return_data=True
    )


def _used(
    role: str, key: str, metric: str, dimensions: Mapping[str, pulumi.Input[str]], percent: float
) -> Alarm:
    """A share of an instance's memory or disk; of several instances, the fullest
    counts."""
    settings = {
        **QUARTER_HOUR,
        "namespace": INSTANCES,
        "metric_name": metric,
        "dimensions": dimensions,
        "statistic": "Maximum",
        "threshold": percent,
        # An endpoint that is scaled to zero, or not there yet, has no instances to be
        # full.
        **QUIET_IS_FINE,
    }
    says = f"Endpoint {key} uses more than {percent:g} % of an instance's {role}."
    return Alarm(role, says, f"serving-{role}.md", settings)


def _busy(key: str, dimensions: Mapping[str, pulumi.Input[str]], cores: int) -> Alarm:
    settings = {
        **QUARTER_HOUR,
        "namespace": INSTANCES,
        "metric_name": "CPUUtilization",
        "dimensions": dimensions,
        "statistic": "Average",
        # "The sum of each individual CPU core's utilization": four cores reach 400 %
        # (SageMaker AI endpoint metrics).
        "threshold": BUSY_PERCENT * cores,
        # An endpoint that is scaled to zero, or not there yet, has no instances to be
        # busy.
        **QUIET_IS_FINE,
    }
    return Alarm(
        "cpu",
        f"The {cores} cores of endpoint {key} are more than {BUSY_PERCENT:g} % busy.",
        "serving-cpu.md",
        settings,
    )


def _silence(key: str, dimensions: Mapping[str, pulumi.Input[str]], least: int) -> Alarm:
    settings = {
        "comparison_operator": "LessThanThreshold",
        "threshold": least,
        "period": 3600,
        "evaluation_periods": 1,
        "namespace": INVOCATIONS,
        "metric_name": "Invocations",
        "dimensions": dimensions,
        "statistic": "Sum",
        # No request at all sends no metric: that is just what this alarm looks for.
        "treat_missing_data": "breaching",
    }
    return Alarm(
        "silence",
        f"Endpoint {key} got fewer than {least} requests in an hour.",
        "serving-silence.md",
        settings,
    )
