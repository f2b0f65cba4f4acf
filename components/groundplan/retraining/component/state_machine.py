"""The state machine, its role and its log group."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.lambda_functions.event_function import Stores
from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.retraining.machine.definition import definition

LOOK_SECONDS = 3600
"""How often a run that waits for its approval looks at the registry by itself. Each
look is an entry in the log, which the alarm counts (`alarms`)."""
KEY_REUSE_SECONDS = 300
"""Step Functions' default."""
LOG_FOLDER = "/aws/vendedlogs/states/"
"""Step Functions Developer Guide, "Using CloudWatch Logs": with this prefix, log groups
do not use up the size of the account's resource policy. The rest of the name is the
endpoint's: AWS refuses a second pipeline of the same endpoint, in any stack."""


class StateMachine:
    """The state machine with what it needs."""

    def __init__(
        self,
        spec: RetrainingPipelineSpec,
        *,
        function: aws.lambda_.Function,
        stores: Stores,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        child, invoke = pulumi.ResourceOptions(parent=parent), pulumi.InvokeOptions(parent=parent)
        self.log_group = aws.cloudwatch.LogGroup(
            f"{spec.name}-machine-logs",
            name=pulumi.Output.concat(LOG_FOLDER, "retraining-", spec.endpoint),
            retention_in_days=spec.log_retention_days,
            kms_key_id=stores.key_arn,
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
        topic = spec.notifications
        needed: Any = {
            "function": function.arn,
            "topic": topic["topic_arn"],
            "topic_key": topic.get("kms_key_arn"),
            "key": stores.key_arn,
            "place": [partition, iam.region(invoke), iam.account_id(invoke)],
        }
        machine = f"{spec.name}-machine"
        self.policy = aws.iam.RolePolicy(
            f"{machine}-policy",
            role=self.role.name,
            policy=pulumi.Output.all(**needed).apply(
                lambda known: _policy(known, machine, tracing=spec.tracing)
            ),
            opts=child,
        )
        self.machine = aws.sfn.StateMachine(
            machine,
            type="STANDARD",  # waits for days, and each state runs once
            role_arn=self.role.arn,
            definition=pulumi.Output.all(
                function=function.arn, topic=topic["topic_arn"], partition=partition
            ).apply(_definition),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                # Execution data has the tokens of states that wait.
                include_execution_data=False,
                log_destination=pulumi.Output.concat(self.log_group.arn, ":*"),
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(
                enabled=spec.tracing
            ),
            encryption_configuration=aws.sfn.StateMachineEncryptionConfigurationArgs(
                type="CUSTOMER_MANAGED_KMS_KEY",
                kms_key_id=stores.key_arn,
                kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
            ),
            tags=resource_tags,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.policy]),
        )


def _definition(known: Mapping[str, str]) -> str:
    document = definition(
        known["function"],
        known["topic"],
        partition=known["partition"],
        ask_seconds=LOOK_SECONDS,
    )
    return json.dumps(document, sort_keys=True)


def _policy(known: Mapping[str, Any], machine: str, *, tracing: bool) -> str:
    """Returns the policy of the state machine's role."""
    partition, region, account = known["place"]
    use_key = iam.allow("EncryptRuns", ["kms:Decrypt", "kms:GenerateDataKey"], [known["key"]])
    own = f"arn:{partition}:states:{region}:{account}:stateMachine:{machine}-*"
    deliver = iam.allow("EncryptLogs", ["kms:GenerateDataKey"], [known["key"]])
    logs = f"arn:{partition}:logs:{region}:{account}:*"
    statements = [
        iam.allow("CallSteps", ["lambda:InvokeFunction"], [known["function"]]),
        iam.allow("NotifyPeople", ["sns:Publish"], [known["topic"]]),
        # Step Functions Developer Guide, "Data at rest encryption".
        {
            **use_key,
            "Condition": {"StringLike": {"kms:EncryptionContext:aws:states:stateMachineArn": own}},
        },
        {**deliver, "Condition": {"StringLike": {"kms:EncryptionContext:SourceArn": logs}}},
        # CloudWatch Logs has no resource for any of them (Step Functions Developer
        # Guide, "Using CloudWatch Logs", IAM policies for logging).
        iam.allow(
            "DeliverLogs",
            [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            ["*"],
        ),
    ]
    if known["topic_key"]:
        # Amazon SNS Developer Guide, "Key management": what a publisher to an encrypted
        # topic needs.
        actions = ["kms:Decrypt", "kms:GenerateDataKey"]
        statements.append(iam.allow("EncryptNotifications", actions, [known["topic_key"]]))
    if tracing:
        # X-Ray knows no resource for any of them.
        actions = [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]
        statements.append(iam.allow("WriteTraces", actions, ["*"]))
    return iam.document_text(statements)
