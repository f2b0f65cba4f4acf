"""A function that events invoke: its log group, the queue of events that failed, and
the key of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.lambda_functions.operation import FunctionOperation
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.tags import merged

RUNTIME = "python3.13"
"""Supported until June 2029 (Lambda Developer Guide, "Lambda runtimes"). Its boto3 has
to know S3's conditional writes and deletes, of botocore 1.35 and the month in which
this runtime came, November 2024: which one it has depends on the region, and only ever
grows (same guide, "Runtime-included SDK versions")."""
TIMEOUT_SECONDS = 900
"""Lambda's longest."""
RETENTION_SECONDS = 1_209_600
"""14 days, SQS's longest: somebody has to look at the events that failed."""
RETRIES = 2
"""Lambda's most."""


@dataclass(frozen=True)
class Stores:
    """What a function writes to."""

    key: EncryptionKey | None
    """None with an existing key."""
    key_arn: pulumi.Output[str]
    log_group: aws.cloudwatch.LogGroup
    queue: aws.sqs.Queue


def create_stores(
    name: str, spec: FunctionOperation, *, services: Sequence[str], parent: pulumi.Resource
) -> Stores:
    """Creates the log group and the queue, and the key that `services` use where there
    is none."""
    child, all_tags = pulumi.ResourceOptions(parent=parent), merged(name, spec.tags)
    contents = "Logs and failed events"
    key, key_arn = create_key(name, spec, contents=contents, services=services, parent=parent)
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        retention_in_days=spec.log_retention_days,
        kms_key_id=key_arn,
        tags=all_tags,
        opts=child,
    )
    queue = aws.sqs.Queue(
        f"{name}-queue",
        kms_master_key_id=key_arn,
        message_retention_seconds=RETENTION_SECONDS,
        tags=all_tags,
        opts=child,
    )
    return Stores(key, key_arn, log_group, queue)


def create_key(
    name: str,
    spec: FunctionOperation,
    *,
    contents: str,
    services: Sequence[str],
    parent: pulumi.Resource,
) -> tuple[EncryptionKey | None, pulumi.Output[str]]:
    """Creates the key that `services` use where there is none. Returns it, and the ARN
    of the key."""
    if spec.kms_key_arn is not None:
        return None, pulumi.Output.from_input(spec.kms_key_arn)
    key = EncryptionKey(
        f"{name}-key",
        {
            "description": f"{contents} of {name}",
            "services": list(services),
            "deletion_protection": spec.deletion_protection,
            "tags": spec.tags,
        },
        pulumi.ResourceOptions(parent=parent),
    )
    return key, key.arn


def create_function(
    name: str,
    spec: FunctionOperation,
    *,
    description: str,
    handler: str,
    code: pulumi.Input[pulumi.Archive],
    memory_mb: int,
    environment: Mapping[str, pulumi.Input[str]],
    max_age_seconds: int,
    stores: Stores,
    policy: aws.iam.RolePolicy,
    role: aws.iam.Role,
    parent: pulumi.Resource,
    **more: Any,
) -> tuple[aws.lambda_.Function, aws.lambda_.FunctionEventInvokeConfig]:
    """Creates the function, and what becomes of events that it fails. `more`: arguments
    of `aws.lambda_.Function`."""
    function = create_plain_function(
        name,
        spec,
        description=description,
        handler=handler,
        code=code,
        memory_mb=memory_mb,
        timeout_seconds=TIMEOUT_SECONDS,
        environment=environment,
        log_group=stores.log_group,
        policies=[policy],
        role=role,
        parent=parent,
        **more,
    )
    failed_events = aws.lambda_.FunctionEventInvokeConfig(
        f"{name}-failed-events",
        function_name=function.name,
        maximum_event_age_in_seconds=max_age_seconds,
        maximum_retry_attempts=RETRIES,
        destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
            on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
                destination=stores.queue.arn
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return function, failed_events


def create_plain_function(
    name: str,
    spec: FunctionOperation,
    *,
    description: str,
    handler: str,
    code: pulumi.Input[pulumi.Archive],
    memory_mb: int,
    timeout_seconds: int,
    environment: Mapping[str, pulumi.Input[str]],
    log_group: aws.cloudwatch.LogGroup,
    policies: Sequence[pulumi.Resource],
    role: aws.iam.Role,
    parent: pulumi.Resource,
    **more: Any,
) -> aws.lambda_.Function:
    """Creates a function whose callers wait for its answer. `more`: arguments of
    `aws.lambda_.Function`."""
    return aws.lambda_.Function(
        f"{name}-function",
        description=description,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=handler,
        code=code,
        role=role.arn,
        timeout=timeout_seconds,
        memory_size=memory_mb,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables=environment),
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(
            log_format="JSON",
            application_log_level="INFO",
            system_log_level="WARN",
            log_group=log_group.name,
        ),
        tracing_config=aws.lambda_.FunctionTracingConfigArgs(
            mode="Active" if spec.tracing else "PassThrough"
        ),
        tags=merged(name, spec.tags),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(policies)),
        **more,
    )
