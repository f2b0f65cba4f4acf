"""What the role of a state machine needs besides what its states call, and what starts
an execution."""

import pulumi

from groundplan.iam import Statement, allow

ENCRYPT = ["kms:Decrypt", "kms:GenerateDataKey"]


def encryption_statements(key_arn: str, machines: str) -> list[Statement]:
    """Returns the statement on encrypting the data of executions (Step Functions
    Developer Guide, "Data at rest encryption"). `machines`: the pattern of the state
    machine's ARN."""
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": machines}
    return [allow("EncryptRuns", ENCRYPT, [key_arn], {"StringLike": context})]


def log_statements(key_arn: str, log_groups: str) -> list[Statement]:
    """Returns the statements on writing to an encrypted log group. `log_groups`: the
    pattern of the ARNs that CloudWatch Logs encrypts for."""
    context = {"kms:EncryptionContext:SourceArn": log_groups}
    return [
        allow("EncryptLogs", ["kms:GenerateDataKey"], [key_arn], {"StringLike": context}),
        # CloudWatch Logs has no resource for any of them (Step Functions Developer
        # Guide, "Using CloudWatch Logs", IAM policies for logging).
        allow(
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


def trace_statements(*, tracing: bool) -> list[Statement]:
    """Returns the statement on writing traces; none without tracing."""
    if not tracing:
        return []
    # X-Ray knows no resource for any of them.
    actions = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]
    return [allow("WriteTraces", actions, ["*"])]


def start_statements(machine_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> list[Statement]:
    """Returns the statements on starting executions, whose input the key encrypts (Step
    Functions Developer Guide, "Data at rest encryption")."""
    return [
        allow("StartRuns", ["states:StartExecution"], [machine_arn]),
        allow("EncryptRuns", ENCRYPT, [key_arn]),
    ]
