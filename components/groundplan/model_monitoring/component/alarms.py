"""The alarms of a ModelMonitoring: on what checks find, and on checks that fail."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks, tags
from groundplan.model_monitoring.analysis import names

PERIOD = 300
DRIFT, QUALITY, CHECKS = "model-drift.md", "model-quality.md", "model-checks.md"

RESULTS = {
    "drift": (
        names.DRIFT_ALARMS,
        "Requests or predictions of {0} no longer look like the training data.",
        DRIFT,
    ),
    "values": (
        names.VALUE_ALARMS,
        "Requests to {0} have more missing, invalid or unseen values than the training data.",
        DRIFT,
    ),
    "records": (names.RECORD_ALARMS, "Captures of {0} can't be read.", DRIFT),
    "quality": (
        names.QUALITY_ALARMS,
        "Predictions of {0} are worse than those of the baseline.",
        QUALITY,
    ),
    "unknown": (
        names.NOT_ENOUGH_DATA,
        "A check of {0} had not enough requests or labels to say whether the model decays.",
        CHECKS,
    ),
}
"""Role -> metric, description, runbook."""


def alarms(
    name: str,
    monitor: pulumi.Input[str],
    function_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    actions: Sequence[pulumi.Input[str]],
    runbooks_url: str,
    labels: tags.Tags,
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Returns the alarms by what they watch."""
    watched: dict[str, tuple[str, str, dict[str, Any]]] = {
        role: (
            text.format(name),
            runbook,
            {
                "namespace": names.NAMESPACE,
                "metric_name": metric,
                "dimensions": {names.MONITOR: monitor},
                "statistic": "Maximum",
                # What a check came to holds until the next one.
                "treat_missing_data": "ignore",
            },
        )
        for role, (metric, text, runbook) in RESULTS.items()
    }
    watched["errors"] = (
        f"A check of {name} ended with an error.",
        CHECKS,
        {
            "namespace": "AWS/Lambda",
            "metric_name": "Errors",
            "dimensions": {"FunctionName": function_name},
            "statistic": "Sum",
            "treat_missing_data": "notBreaching",
        },
    )
    watched["undelivered"] = (
        f"A check of {name} was given up: its queue is not empty.",
        CHECKS,
        {
            "namespace": "AWS/SQS",
            "metric_name": "ApproximateNumberOfMessagesVisible",
            "dimensions": {"QueueName": queue_name},
            "statistic": "Maximum",
            "treat_missing_data": "notBreaching",
        },
    )
    return {
        role: aws.cloudwatch.MetricAlarm(
            f"{name}-{role}",
            alarm_description=f"{text} {runbooks.note(runbook, runbooks_url)}",
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            period=PERIOD,
            alarm_actions=list(actions),
            ok_actions=list(actions),
            tags=labels,
            opts=pulumi.ResourceOptions(parent=parent),
            **settings,
        )
        for role, (text, runbook, settings) in watched.items()
    }
