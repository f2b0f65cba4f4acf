"""Alarms of a function: its errors, the events that it was given up on, and what else a
component watches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks, tags
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.lambda_functions.operation import Notified

PERIOD = 300


@dataclass(frozen=True)
class Watched:
    """What an alarm watches: it is in alarm while the metric is above zero."""

    description: str
    runbook: str
    namespace: str
    metric_name: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statistic: str = "Sum"
    missing: str = "notBreaching"
    """What no data means. Default: nothing is measured where nothing happens."""
    severity: AlertSeverity = AlertSeverity.WARNING
    """Critical only where the actions reach who acts at once."""


def errors(description: str, runbook: str, function_name: pulumi.Input[str]) -> Watched:
    """Returns the errors of a function."""
    dimensions = {"FunctionName": function_name}
    return Watched(description, runbook, "AWS/Lambda", "Errors", dimensions)


def undelivered(description: str, runbook: str, queue_name: pulumi.Input[str]) -> Watched:
    """Returns the messages in the queue of events that failed."""
    metric = "ApproximateNumberOfMessagesVisible"
    return Watched(
        description, runbook, "AWS/SQS", metric, {"QueueName": queue_name}, statistic="Maximum"
    )


def create_alarms(
    name: str,
    watched: Mapping[str, Watched],
    spec: Notified,
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates an alarm per role, and returns them by role."""
    actions = list(spec.alarm_actions)
    return {
        role: aws.cloudwatch.MetricAlarm(
            f"{name}-{role}",
            alarm_description=runbooks.message(
                what.description,
                what.severity.value,
                spec.owner,
                what.runbook,
                spec.runbooks_url,
            ),
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            period=PERIOD,
            alarm_actions=actions,
            ok_actions=actions,
            tags=tags.merged(name, spec.tags),
            opts=pulumi.ResourceOptions(parent=parent),
            **_metric(what),
        )
        for role, what in watched.items()
    }


def _metric(what: Watched) -> dict[str, Any]:
    metric: dict[str, Any] = {
        "namespace": what.namespace,
        "metric_name": what.metric_name,
        "statistic": what.statistic,
        "treat_missing_data": what.missing,
    }
    return metric | ({"dimensions": what.dimensions} if what.dimensions else {})
