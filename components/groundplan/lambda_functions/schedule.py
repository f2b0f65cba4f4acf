"""A schedule of EventBridge Scheduler that invokes a function."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.permissions import failed_event_statements
from groundplan.tags import Tags

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""The time in an event. EventBridge Scheduler User Guide, "Adding context attributes":
a retry has the same time."""
RETRIES = 10
"""The scheduler's attempts to reach Lambda, as long as the event is not too old."""


@dataclass(frozen=True)
class FunctionSchedule:
    """A schedule, and the role that it invokes the function with."""

    schedule: aws.scheduler.Schedule
    role: aws.iam.Role
    policy: aws.iam.RolePolicy


def create_schedule(
    name: str,
    *,
    starts: str,
    expression: str,
    function: aws.lambda_.Function,
    event: Mapping[str, Any],
    max_age_seconds: int,
    stores: Stores,
    tags: Tags,
    parent: pulumi.Resource,
) -> FunctionSchedule:
    """Creates the schedule. `starts`: what it starts, for descriptions. Events that do
    not reach the function go to the queue."""
    invoke, child = pulumi.InvokeOptions(parent=parent), pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-schedule-role",
        description=f"Starts {starts}",
        assume_role_policy=iam.account_trust("scheduler.amazonaws.com", invoke),
        tags=tags,
        opts=child,
    )
    arns = pulumi.Output.all(function.arn, stores.queue.arn, stores.key_arn)
    policy = aws.iam.RolePolicy(
        f"{name}-schedule-policy",
        role=role.name,
        policy=arns.apply(lambda known: _policy(*known)),
        opts=child,
    )
    schedule = aws.scheduler.Schedule(
        f"{name}-schedule",
        description=f"Starts {starts}",
        schedule_expression=expression,
        schedule_expression_timezone="UTC",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=aws.scheduler.ScheduleTargetArgs(
            arn=function.arn,
            role_arn=role.arn,
            input=json.dumps(event),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=max_age_seconds, maximum_retry_attempts=RETRIES
            ),
            dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(
                arn=stores.queue.arn
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
    return FunctionSchedule(schedule, role, policy)


def _policy(function_arn: str, queue_arn: str, key_arn: str) -> str:
    statements = [
        iam.allow("InvokeFunction", ["lambda:InvokeFunction"], [function_arn]),
        *failed_event_statements(queue_arn, key_arn),
    ]
    return iam.document_text(statements)
