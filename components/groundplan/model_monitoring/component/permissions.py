"""What the function of a ModelMonitoring may do: read captures, labels and the
baseline, write results, send events. Pure."""

from collections.abc import Sequence
from typing import Any

from groundplan.iam import Statement
from groundplan.model_monitoring.analysis import names


def data_statements(
    bucket_arn: str, key_arn: str, *, read: Sequence[str], baseline: str, written: str
) -> list[Statement]:
    """Returns what a check reads and writes. `read` are folders, `written` is one,
    whose former results a page shows."""
    listed = [f"{folder}*" for folder in (*read, written)]
    objects = [*(f"{bucket_arn}/{folder}" for folder in listed), f"{bucket_arn}/{baseline}"]
    return [
        _allow("ReadCaptures", ["s3:GetObject"], objects),
        {
            **_allow("ListCaptures", ["s3:ListBucket"], [bucket_arn]),
            "Condition": {"StringLike": {"s3:prefix": listed}},
        },
        _allow("WriteResults", ["s3:PutObject"], [f"{bucket_arn}/{written}*"]),
        _allow("UseBucketKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def event_statements(bus_arn: str) -> list[Statement]:
    """Returns what sending a result's event needs."""
    return [
        {
            **_allow("SendResults", ["events:PutEvents"], [bus_arn]),
            "Condition": {"StringEquals": {"events:source": names.SOURCE}},
        }
    ]


def operation_statements(
    log_group_arn: str, queue_arn: str, key_arn: str, *, tracing: bool
) -> list[Statement]:
    """Returns what Lambda does in the function's name: logs, traces, and events that it
    gave up."""
    found: list[Statement] = [
        _allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"]),
        *queue_statements(queue_arn, key_arn),
    ]
    if tracing:
        # X-Ray knows no resource for either.
        found.append(
            _allow("WriteTraces", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"])
        )
    return found


def queue_statements(queue_arn: str, key_arn: str) -> list[Statement]:
    """Returns what it takes to leave an event in the queue."""
    return [
        _allow("KeepFailedEvents", ["sqs:SendMessage"], [queue_arn]),
        _allow("EncryptFailedEvents", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def schedule_statements(function_arn: str, queue_arn: str, key_arn: str) -> list[Statement]:
    """Returns what the schedule may do: start a check, and keep what it could not
    start."""
    return [
        _allow("StartChecks", ["lambda:InvokeFunction"], [function_arn]),
        *queue_statements(queue_arn, key_arn),
    ]


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
