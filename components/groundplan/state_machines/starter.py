"""The role that EventBridge starts executions of a state machine with."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.state_machines.permissions import start_statements
from groundplan.tags import Tags


def create_starter(
    name: str,
    role: str,
    service: str,
    *,
    machine: aws.sfn.StateMachine,
    key_arn: pulumi.Input[str],
    tags: Tags,
    parent: pulumi.Resource,
    further: Sequence[iam.Statement] = (),
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Creates the role `<name>-<role>-role`, which `service` starts executions with,
    and its policy. `further`: what else it allows."""
    child = pulumi.ResourceOptions(parent=parent)
    created = aws.iam.Role(
        f"{name}-{role}-role",
        description=f"Starts runs of {name}",
        assume_role_policy=iam.account_trust(service, pulumi.InvokeOptions(parent=parent)),
        tags=tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-{role}-policy",
        role=created.name,
        policy=iam.document([*start_statements(machine.arn, key_arn), *further]),
        opts=child,
    )
    return created, policy
