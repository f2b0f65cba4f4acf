"""An encrypted state machine of AWS Step Functions, with its role and its log group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.lambda_functions.operation import FunctionOperation
from groundplan.tags import merged

LOG_FOLDER = "/aws/vendedlogs/states/"
"""Step Functions Developer Guide, "Using CloudWatch Logs": with this prefix, log groups
do not use up the size of the account's resource policy."""
KEY_REUSE_SECONDS = 300
"""Step Functions' default."""


@dataclass(frozen=True)
class LoggedMachine:
    """A state machine with what it needs."""

    machine: aws.sfn.StateMachine
    log_group: aws.cloudwatch.LogGroup
    role: aws.iam.Role
    policy: aws.iam.RolePolicy


def create_machine(
    name: str,
    spec: FunctionOperation,
    *,
    definition: pulumi.Output[str],
    needed: Mapping[str, Any],
    statements: Callable[[Mapping[str, Any]], Sequence[iam.Statement]],
    log_name: pulumi.Input[str],
    with_data: bool,
    key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> LoggedMachine:
    """Creates the state machine `<name>-machine`. `statements`: what its role may do,
    by what is known of `needed`, which may hold outputs. `log_name`: the log group's
    name in the folder of vended logs. `with_data`: whether logs have the input and
    output of states."""
    child, resource_tags = pulumi.ResourceOptions(parent=parent), merged(name, spec.tags)
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-machine-logs",
        name=pulumi.Output.concat(LOG_FOLDER, log_name),
        retention_in_days=spec.log_retention_days,
        kms_key_id=key_arn,
        tags=resource_tags,
        opts=child,
    )
    role = aws.iam.Role(
        f"{name}-machine-role",
        description=f"What the executions of {name} may do",
        assume_role_policy=iam.account_trust(
            "states.amazonaws.com", pulumi.InvokeOptions(parent=parent)
        ),
        tags=resource_tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-machine-policy",
        role=role.name,
        policy=pulumi.Output.all(**needed).apply(
            lambda known: iam.document_text(statements(known))
        ),
        opts=child,
    )
    machine = aws.sfn.StateMachine(
        f"{name}-machine",
        type="STANDARD",  # waits for hours or days, and each state runs once
        role_arn=role.arn,
        definition=definition,
        logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
            level="ALL",
            include_execution_data=with_data,
            log_destination=pulumi.Output.concat(log_group.arn, ":*"),
        ),
        tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=spec.tracing),
        encryption_configuration=aws.sfn.StateMachineEncryptionConfigurationArgs(
            type="CUSTOMER_MANAGED_KMS_KEY",
            kms_key_id=key_arn,
            kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
        ),
        tags=resource_tags,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
    return LoggedMachine(machine, log_group, role, policy)
