"""A schedule that invokes a function."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.eventbridge.schedule import SCHEDULED_TIME, create_schedule
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.permissions import failed_event_statements
from groundplan.tags import Tags


@dataclass(frozen=True)
class FunctionSchedule:
    """A schedule, and the role that it invokes the function with."""

    schedule: aws.scheduler.Schedule
    role: aws.iam.Role
    policy: aws.iam.RolePolicy


def create_function_schedule(
    name: str,
    expression: str,
    function: aws.lambda_.Function,
    *,
    starts: str,
    max_age_seconds: int,
    stores: Stores,
    tags: Tags,
    parent: pulumi.Resource,
) -> FunctionSchedule:
    """Creates the schedule, whose event is its time. `starts`: what it starts, for
    descriptions. Events that do not reach the function go to the queue."""
    invoke, child = pulumi.InvokeOptions(parent=parent), pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-schedule-role",
        description=f"Starts {starts}",
        assume_role_policy=iam.account_trust("scheduler.amazonaws.com", invoke),
        tags=tags,
        opts=child,
    )
    statements = [
        iam.allow("InvokeFunction", ["lambda:InvokeFunction"], [function.arn]),
        *failed_event_statements(stores.queue.arn, stores.key_arn),
    ]
    policy = aws.iam.RolePolicy(
        f"{name}-schedule-policy", role=role.name, policy=iam.document(statements), opts=child
    )
    schedule = create_schedule(
        name,
        expression,
        function.arn,
        description=f"Starts {starts}",
        event={"time": SCHEDULED_TIME},
        max_age_seconds=max_age_seconds,
        queue=stores.queue,
        role=role,
        policy=policy,
        parent=parent,
    )
    return FunctionSchedule(schedule, role, policy)
