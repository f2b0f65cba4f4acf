"""A schedule of EventBridge Scheduler."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.eventbridge.rule_target import RETRIES

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""The time in an event. EventBridge Scheduler User Guide, "Adding context attributes":
a retry has the same time."""


def create_schedule(
    name: str,
    expression: str,
    arn: pulumi.Input[str],
    *,
    description: str,
    event: Mapping[str, Any],
    max_age_seconds: int,
    queue: aws.sqs.Queue,
    role: aws.iam.Role,
    policy: aws.iam.RolePolicy,
    parent: pulumi.Resource,
) -> aws.scheduler.Schedule:
    """Creates the schedule `<name>-schedule` of a target. `role`, with its `policy`,
    sends the event to the target, and to the queue what does not reach it."""
    return aws.scheduler.Schedule(
        f"{name}-schedule",
        description=description,
        schedule_expression=expression,
        schedule_expression_timezone="UTC",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=aws.scheduler.ScheduleTargetArgs(
            arn=arn,
            role_arn=role.arn,
            input=json.dumps(event),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=max_age_seconds, maximum_retry_attempts=RETRIES
            ),
            dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
