"""How people hear of a release that did not go live: alarms on the function, its
releases, and events it never acted on."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks, tags

RUNBOOK = "docs/runbooks/release-failed.md"
PERIOD = 300
# What the handler says of a release that failed, was rolled back or was refused
# (`runtime.handler`); Lambda writes the level and the logger of each line (Lambda
# Developer Guide, "Using structured JSON logs with Python").
PATTERN = '{ ($.level = "ERROR") && ($.logger = "groundplan.release.engine.handler") }'


def failed_releases(
    name: str, log_group: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[aws.cloudwatch.LogMetricFilter, dict[str, str]]:
    """The filter that counts them, and the metric that it writes."""
    metric = {
        "namespace": f"Groundplan/{pulumi.get_project()}-{pulumi.get_stack()}",
        "name": f"{name}-not-live",
    }
    counted = aws.cloudwatch.LogMetricFilter(
        f"{name}-not-live",
        log_group_name=log_group,
        pattern=PATTERN,
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            name=metric["name"], namespace=metric["namespace"], value="1"
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return counted, metric


def alarms(
    name: str,
    function_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    not_live: Mapping[str, str],
    actions: Sequence[pulumi.Input[str]],
    runbooks_url: str,
    labels: tags.Tags,
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """The alarms by what they watch."""
    watched: dict[str, tuple[str, dict[str, Any]]] = {
        "errors": (
            f"The function of {name} ended with an error: a release may not be over.",
            {
                "namespace": "AWS/Lambda",
                "metric_name": "Errors",
                "dimensions": {"FunctionName": function_name},
            },
        ),
        "releases": (
            (
                f"An approved version did not go live: {name} refused it, its release failed "
                "or was rolled back, or it waits for too long."
            ),
            {"namespace": not_live["namespace"], "metric_name": not_live["name"]},
        ),
        "undelivered": (
            f"An event was given up: the queue of {name} is not empty.",
            {
                "namespace": "AWS/SQS",
                "metric_name": "ApproximateNumberOfMessagesVisible",
                "dimensions": {"QueueName": queue_name},
                "statistic": "Maximum",
            },
        ),
    }
    return {
        role: aws.cloudwatch.MetricAlarm(
            f"{name}-{role}",
            alarm_description=f"{says} {runbooks.note(RUNBOOK, runbooks_url)}",
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            treat_missing_data="notBreaching",  # nothing is measured where nothing happens
            alarm_actions=list(actions),
            ok_actions=list(actions),
            tags=labels,
            opts=pulumi.ResourceOptions(parent=parent),
            **{"period": PERIOD, "statistic": "Sum", **settings},
        )
        for role, (says, settings) in watched.items()
    }
