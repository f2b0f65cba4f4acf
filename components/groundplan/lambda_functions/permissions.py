"""What Lambda does in a function's name."""

from dataclasses import dataclass

import pulumi

from groundplan.iam import Statement, allow


@dataclass(frozen=True)
class Place:
    """Where the function runs."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of a resource, or a pattern of some."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def operation_statements(
    log_group_arn: str, queue_arn: str, key_arn: str, *, tracing: bool
) -> list[Statement]:
    """Returns the statements on logs, traces, and events that failed."""
    logs, *traces = log_statements(log_group_arn, tracing=tracing)
    return [logs, *failed_event_statements(queue_arn, key_arn), *traces]


def log_statements(log_group_arn: str, *, tracing: bool) -> list[Statement]:
    """Returns the statements on logs and traces."""
    statements: list[Statement] = [
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"])
    ]
    if tracing:
        # X-Ray knows no resource for either.
        actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        statements.append(allow("WriteTraces", actions, ["*"]))
    return statements


def failed_event_statements(
    queue_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[Statement]:
    """Returns the statements on sending events that failed to the encrypted queue."""
    return [
        allow("KeepFailedEvents", ["sqs:SendMessage"], [queue_arn]),
        allow("EncryptFailedEvents", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]
