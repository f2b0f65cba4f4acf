"""What the function of a ModelMonitoring may do: read captures, labels and the
baseline, write results, send events. Pure."""

from collections.abc import Sequence

from groundplan.iam import Statement
from groundplan.lambda_functions.permissions import allow
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.names import WORK


def data_statements(
    bucket_arn: str, key_arn: str, *, read: Sequence[str], baseline: str, written: str
) -> list[Statement]:
    """Returns what a check reads and writes. `read` are folders, `written` is one,
    whose former results a page shows."""
    listed = [f"{folder}*" for folder in (*read, written)]
    objects = [*(f"{bucket_arn}/{folder}" for folder in listed), f"{bucket_arn}/{baseline}"]
    return [
        allow("ReadCaptures", ["s3:GetObject"], objects),
        {
            **allow("ListCaptures", ["s3:ListBucket"], [bucket_arn]),
            "Condition": {"StringLike": {"s3:prefix": listed}},
        },
        allow("WriteResults", ["s3:PutObject"], [f"{bucket_arn}/{written}*"]),
        allow("UseBucketKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def work_statements(bucket_arn: str, written: str) -> list[Statement]:
    """Returns what an engine's workers need to join labels: a folder of the results
    that they clear."""
    return [allow("ClearWork", ["s3:DeleteObject"], [f"{bucket_arn}/{written}{WORK}/*"])]


def event_statements(bus_arn: str) -> list[Statement]:
    """Returns what sending a result's event needs."""
    return [
        {
            **allow("SendResults", ["events:PutEvents"], [bus_arn]),
            "Condition": {"StringEquals": {"events:source": names.SOURCE}},
        }
    ]
