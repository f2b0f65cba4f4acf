"""Publishes the states of endpoints, which SageMaker sends as events, to the alarm
topics."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.monitoring import topic
from groundplan.monitoring.notifications import Notifications
from groundplan.monitoring.spec import MonitoringSpec


def publish(
    spec: MonitoringSpec,
    role: str,
    states: Sequence[str],
    severity: AlertSeverity,
    notifications: Notifications,
    parent: pulumi.Resource,
) -> aws.cloudwatch.EventRule:
    """Creates the rule that publishes states of endpoints to the topics of a severity,
    as a child of `parent`."""
    child = pulumi.ResourceOptions(parent=parent)
    names = [endpoint.endpoint_name for endpoint in spec.endpoints]
    rule = aws.cloudwatch.EventRule(
        f"{spec.name}-{role}",
        description=f"Endpoints of {spec.environment} that are {', '.join(states)}",
        event_pattern=topic.endpoint_events(names, states),
        tags=spec.tags,
        opts=child,
    )
    targets = ("target", "urgent-target")
    for target, arn in zip(targets, notifications.topic_arns(severity), strict=False):
        aws.cloudwatch.EventTarget(
            f"{spec.name}-{role}-{target}",
            rule=rule.name,
            arn=arn,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=topic.EVENT_PATHS,
                input_template=json.dumps(spec.message(topic.EVENT, severity, topic.RUNBOOK)),
            ),
            opts=child,
        )
    return rule
