"""The state machine of a pipeline, its role and its logs."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.pipeline import cost_limits, permissions
from groundplan.data.pipeline.machine.definition import definition
from groundplan.data.pipeline.spec import GluePipelineSpec

LOG_FOLDER = "/aws/vendedlogs/states/"
"""Step Functions Developer Guide, "Using CloudWatch Logs": with this prefix, log groups
do not use up the size of the account's resource policy."""
KEY_REUSE_SECONDS = 300
"""Step Functions' default."""


class PipelineMachine:
    """The state machine with what it needs."""

    def __init__(
        self,
        spec: GluePipelineSpec,
        *,
        function: aws.lambda_.Function,
        job: aws.glue.Job,
        check: aws.glue.Job | None,
        key_arn: pulumi.Output[str],
        machines: pulumi.Output[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        """`machines`: the ARN of the state machine, up to what Pulumi appends."""
        child, invoke = pulumi.ResourceOptions(parent=parent), pulumi.InvokeOptions(parent=parent)
        self.log_group = aws.cloudwatch.LogGroup(
            f"{spec.name}-machine-logs",
            name=f"{LOG_FOLDER}{spec.qualified_name}",
            retention_in_days=spec.log_retention_days,
            kms_key_id=key_arn,
            tags=resource_tags,
            opts=child,
        )
        self.role = aws.iam.Role(
            f"{spec.name}-machine-role",
            description=f"What the executions of {spec.name} may do",
            assume_role_policy=iam.account_trust("states.amazonaws.com", invoke),
            tags=resource_tags,
            opts=child,
        )
        partition = iam.partition(invoke)
        needed: Any = {
            "function": function.arn,
            "jobs": [job.arn, *([check.arn] if check else [])],
            "key": key_arn,
            "machine": machines,
            "place": [partition, iam.region(invoke), iam.account_id(invoke)],
        }

        def policy(known: Mapping[str, Any]) -> str:
            statements = permissions.machine_statements(known, tracing=spec.tracing)
            return iam.document_text(statements)

        self.policy = aws.iam.RolePolicy(
            f"{spec.name}-machine-policy",
            role=self.role.name,
            policy=pulumi.Output.all(**needed).apply(policy),
            opts=child,
        )

        def document(known: Mapping[str, str]) -> str:
            found = definition(
                known["function"],
                known["job"],
                settle_seconds=spec.triggers.settle_minutes * 60,
                timeout_minutes=spec.glue.timeout_minutes,
                retries=spec.glue.retries,
                check_name=known["check"],
                check_minutes=cost_limits.CHECK_MINUTES,
                partition=known["partition"],
            )
            return json.dumps(found, sort_keys=True)

        self.machine = aws.sfn.StateMachine(
            f"{spec.name}-machine",
            type="STANDARD",  # waits for hours, and each state runs once
            role_arn=self.role.arn,
            definition=pulumi.Output.all(
                function=function.arn,
                job=job.name,
                check=check.name if check else "",
                partition=partition,
            ).apply(document),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                include_execution_data=True,
                log_destination=pulumi.Output.concat(self.log_group.arn, ":*"),
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(
                enabled=spec.tracing
            ),
            encryption_configuration=aws.sfn.StateMachineEncryptionConfigurationArgs(
                type="CUSTOMER_MANAGED_KMS_KEY",
                kms_key_id=key_arn,
                kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
            ),
            tags=resource_tags,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.policy]),
        )
