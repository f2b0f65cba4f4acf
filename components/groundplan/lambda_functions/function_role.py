"""The role of a function, and what it may do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.lambda_functions.event_function import Stores
from groundplan.lambda_functions.operation import FunctionOperation
from groundplan.lambda_functions.permissions import operation_statements
from groundplan.tags import merged


def create_role(
    name: str, spec: FunctionOperation, *, description: str, parent: pulumi.Resource
) -> aws.iam.Role:
    """Creates the role `<name>-role`, which only Lambda functions of this account
    assume."""
    return aws.iam.Role(
        f"{name}-role",
        description=description,
        assume_role_policy=iam.account_trust(
            "lambda.amazonaws.com", pulumi.InvokeOptions(parent=parent)
        ),
        tags=merged(name, spec.tags),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def create_policy(
    name: str,
    spec: FunctionOperation,
    *,
    role: aws.iam.Role,
    stores: Stores,
    needed: Mapping[str, Any],
    statements: Callable[[Mapping[str, Any]], Sequence[iam.Statement]],
    parent: pulumi.Resource,
) -> aws.iam.RolePolicy:
    """Creates the policy `<name>-role-policy`: `statements` of what is known of
    `needed`, which may hold outputs, and those on the function's logs and failed
    events."""
    operation = [stores.log_group.arn, stores.queue.arn, stores.key_arn]

    def document(known: Mapping[str, Any]) -> str:
        own = statements(known["needed"])
        return iam.document_text(
            [*own, *operation_statements(*known["operation"], tracing=spec.tracing)]
        )

    return aws.iam.RolePolicy(
        f"{name}-role-policy",
        role=role.name,
        policy=pulumi.Output.all(needed=dict(needed), operation=operation).apply(document),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def place(parent: pulumi.Resource) -> list[pulumi.Output[str]]:
    """Returns partition, region and account of a component's resources."""
    invoke = pulumi.InvokeOptions(parent=parent)
    return [iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)]
