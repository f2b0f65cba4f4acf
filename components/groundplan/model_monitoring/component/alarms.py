"""The alarms of a ModelMonitoring: on what checks find, and on checks that fail."""

import pulumi
import pulumi_aws as aws

from groundplan.lambda_functions.alarms import Watched, create_alarms, errors, undelivered
from groundplan.lambda_functions.operation import Notified
from groundplan.model_monitoring.analysis import names

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
    spec: Notified,
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Returns the alarms by what they watch."""
    results = {
        role: Watched(
            text.format(name),
            runbook,
            names.NAMESPACE,
            metric,
            {names.MONITOR: monitor},
            statistic="Maximum",
            missing="ignore",  # the result of a check holds until the next one
        )
        for role, (metric, text, runbook) in RESULTS.items()
    }
    watched = {
        **results,
        "errors": errors(f"A check of {name} ended with an error.", CHECKS, function_name),
        "undelivered": undelivered(
            f"A check of {name} was given up: its queue is not empty.", CHECKS, queue_name
        ),
    }
    return create_alarms(
        name,
        watched,
        spec,
        parent,
    )
