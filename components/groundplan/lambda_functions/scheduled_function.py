"""A function that a schedule invokes: its role, what the role may do, and both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.lambda_functions import event_function, function_role
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.function_schedule import create_function_schedule
from groundplan.lambda_functions.operation import FunctionOperation
from groundplan.tags import merged


@dataclass(frozen=True)
class Access:
    """What the role of a function may do."""

    description: str
    needed: Mapping[str, Any]
    """What the statements are written from; values may be outputs."""
    statements: Callable[[Mapping[str, Any]], Sequence[iam.Statement]]
    """Returns the statements of what is known of `needed`."""


@dataclass(frozen=True)
class Code:
    """What a function runs."""

    description: str
    handler: str
    archive: pulumi.Input[pulumi.Archive]
    memory_mb: int
    environment: Mapping[str, pulumi.Input[str]]
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of `aws.lambda_.Function`."""


@dataclass(frozen=True)
class Schedule:
    """When a function is invoked."""

    expression: str
    starts: str
    """What it starts, for descriptions."""
    max_age_seconds: int
    """Seconds after which an event is given up."""


@dataclass(frozen=True)
class ScheduledFunction:
    """The resources."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    function: aws.lambda_.Function
    failed_events: aws.lambda_.FunctionEventInvokeConfig
    schedule: aws.scheduler.Schedule
    schedule_role: aws.iam.Role
    schedule_policy: aws.iam.RolePolicy


def create_scheduled_function(
    name: str,
    spec: FunctionOperation,
    *,
    access: Access,
    code: Code,
    schedule: Schedule,
    stores: Stores,
    parent: pulumi.Resource,
) -> ScheduledFunction:
    """Creates the function, its role and its schedule. Events that fail, and events
    that do not reach it, go to the queue of `stores`."""
    role = function_role.create_role(name, spec, description=access.description, parent=parent)
    policy = function_role.create_policy(
        name,
        spec,
        role=role,
        stores=stores,
        needed=access.needed,
        statements=access.statements,
        parent=parent,
    )
    function, failed_events = event_function.create_function(
        name,
        spec,
        description=code.description,
        handler=code.handler,
        code=code.archive,
        memory_mb=code.memory_mb,
        environment=code.environment,
        max_age_seconds=schedule.max_age_seconds,
        stores=stores,
        policy=policy,
        role=role,
        parent=parent,
        **code.more,
    )
    created = create_function_schedule(
        name,
        schedule.expression,
        function,
        starts=schedule.starts,
        max_age_seconds=schedule.max_age_seconds,
        stores=stores,
        tags=merged(name, spec.tags),
        parent=parent,
    )
    return ScheduledFunction(
        role,
        policy,
        function,
        failed_events,
        created.schedule,
        created.role,
        created.policy,
    )
