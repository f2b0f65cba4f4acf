"""The alarms of a DataPipeline on a cluster: the same as in AWS Glue, on the metrics
that its driver publishes."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from groundplan import runbooks, tags
from groundplan.data.pipeline.alarms import FAILED, LATE, QUALITY
from groundplan.data.pipeline.engine.names import (
    BUCKET,
    DATASET,
    DEAD_LETTERS,
    FAILED_RULES,
    FAILED_RUNS,
    HOURS_SINCE_PUBLISHED,
    LOOKS,
    NAMESPACE,
    OVER_LIMIT,
    PIPELINE,
    RUNS_NAMESPACE,
)
from groundplan.data.pipeline.spec import ClusterPipelineSpec
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.lambda_functions.alarms import Watched, create_alarms

HOUR = 3600
SILENT_HOURS = 3
"""Longer than an outage of a registry or a node, and than the longest time between two
looks; a run waits, and loses nothing."""


def create(
    spec: ClusterPipelineSpec, resource_tags: tags.Tags, parent: pulumi.Resource
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Creates the alarms, and returns them by what they watch."""
    dimensions = {BUCKET: spec.bucket["bucket_name"], PIPELINE: spec.name}
    name = spec.name

    def of(text: str, metric: str) -> Watched:
        return Watched(text, FAILED, RUNS_NAMESPACE, metric, dimensions, statistic="Maximum")

    watched = {
        "failed": of(f"A run of {name} failed: nothing was published.", FAILED_RUNS),
        "dead-letters": of(
            f"Runs of {name} failed, and what they read waits for a person.", DEAD_LETTERS
        ),
        "over-limit": of(
            f"A run of {name} did not begin: the vCPU hours of the month are used.", OVER_LIMIT
        ),
    }
    if spec.quality:
        watched["quarantined"] = Watched(
            f"What the last run of {name} wrote broke quality rules: it is in quarantine.",
            QUALITY,
            NAMESPACE,
            FAILED_RULES,
            {DATASET: spec.dataset, PIPELINE: name},
            statistic="Maximum",
            # What a check came to holds until the next one.
            missing="ignore",
        )
    found = create_alarms(
        name,
        watched,
        spec,
        parent,
    )
    found["not-carried"] = _alarm(
        spec,
        "not-carried",
        f"Nobody has carried the runs of {name} for {SILENT_HOURS} hours: none begins, and an "
        "open one waits.",
        LOOKS,
        dimensions,
        comparison="LessThanThreshold",
        threshold=1,
        periods=SILENT_HOURS,
        resource_tags=resource_tags,
        parent=parent,
    )
    if spec.triggers.expected_within_hours is not None:
        hours = spec.triggers.expected_within_hours
        found["late"] = _alarm(
            spec,
            "late",
            f"No run of {name} published within {hours} hours.",
            HOURS_SINCE_PUBLISHED,
            dimensions,
            comparison="GreaterThanThreshold",
            threshold=hours,
            periods=1,
            resource_tags=resource_tags,
            parent=parent,
        )
    return found


def _alarm(
    spec: ClusterPipelineSpec,
    role: str,
    text: str,
    metric: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    *,
    comparison: str,
    threshold: float,
    periods: int,
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    actions = list(spec.alarm_actions)
    return aws.cloudwatch.MetricAlarm(
        f"{spec.name}-{role}",
        alarm_description=runbooks.message(
            text, AlertSeverity.WARNING.value, spec.owner, LATE, spec.runbooks_url
        ),
        namespace=RUNS_NAMESPACE,
        metric_name=metric,
        dimensions=dimensions,
        statistic="Sum" if metric == LOOKS else "Minimum",
        comparison_operator=comparison,
        threshold=threshold,
        period=HOUR,
        evaluation_periods=periods,
        # A driver that is gone measures nothing.
        treat_missing_data="breaching",
        alarm_actions=actions,
        ok_actions=actions,
        tags=resource_tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
