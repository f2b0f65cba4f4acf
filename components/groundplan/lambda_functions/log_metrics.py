"""Metrics that count lines of a log group."""

from typing import Any

import pulumi
import pulumi_aws as aws


def create_count(
    name: str,
    metric_name: str,
    *,
    log_group: pulumi.Input[str],
    pattern: str,
    parent: pulumi.Resource,
    default: str | None = None,
) -> tuple[aws.cloudwatch.LogMetricFilter, dict[str, Any]]:
    """Creates the filter `name`, which counts the lines that a pattern matches. Returns
    it, and the metric as an alarm names it: `namespace` and `metric_name`. `default`:
    what other lines count as; none without."""
    metric = {
        "namespace": f"Groundplan/{pulumi.get_project()}-{pulumi.get_stack()}",
        "metric_name": metric_name,
    }
    counted = aws.cloudwatch.LogMetricFilter(
        name,
        log_group_name=log_group,
        pattern=pattern,
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            name=metric_name, namespace=metric["namespace"], value="1", default_value=default
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return counted, metric
