"""How people hear of a release that did not go live: alarms on the function, its
releases, and events it never acted on."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from groundplan.lambda_functions.alarms import Watched, create_alarms, errors, undelivered
from groundplan.lambda_functions.log_metrics import create_count
from groundplan.lambda_functions.operation import Notified

RUNBOOK = "docs/runbooks/release-failed.md"
# What the handler says of a release that failed, was rolled back or was refused
# (`runtime.handler`); Lambda writes the level and the logger of each line (Lambda
# Developer Guide, "Using structured JSON logs with Python").
PATTERN = '{ ($.level = "ERROR") && ($.logger = "groundplan.release.engine.handler") }'


def failed_releases(
    name: str, log_group: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[aws.cloudwatch.LogMetricFilter, dict[str, str]]:
    """Creates the filter that counts them, and the metric that it writes."""
    metric = f"{name}-not-live"
    return create_count(metric, metric, log_group=log_group, pattern=PATTERN, parent=parent)


def alarms(
    name: str,
    function_name: pulumi.Input[str],
    queue_name: pulumi.Input[str],
    not_live: Mapping[str, str],
    spec: Notified,
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates the alarms by what they watch."""
    watched = {
        "errors": errors(
            f"The function of {name} ended with an error: a release may not be over.",
            RUNBOOK,
            function_name,
        ),
        "releases": Watched(
            f"An approved version did not go live: {name} refused it, its release failed "
            "or was rolled back, or it waits for too long.",
            RUNBOOK,
            not_live["namespace"],
            not_live["metric_name"],
        ),
        "undelivered": undelivered(
            f"An event was given up: the queue of {name} is not empty.", RUNBOOK, queue_name
        ),
    }
    return create_alarms(
        name,
        watched,
        spec,
        parent,
    )
