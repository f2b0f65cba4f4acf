"""What the function of a ModelMonitoring may do: read captures, labels and the
baseline, write results, send events. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.iam import Statement, allow
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.names import WORK
from groundplan.model_monitoring.component.spec import ModelMonitoringSpec


def data_statements(
    bucket_arn: str, key_arn: str, *, read: Sequence[str], baseline: str, written: str
) -> list[Statement]:
    """Returns what a check reads and writes. `read` are folders, `written` is one,
    whose former results a page shows."""
    listed = [f"{folder}*" for folder in (*read, written)]
    objects = [*(f"{bucket_arn}/{folder}" for folder in listed), f"{bucket_arn}/{baseline}"]
    return [
        allow("ReadCaptures", ["s3:GetObject"], objects),
        allow(
            "ListCaptures", ["s3:ListBucket"], [bucket_arn], {"StringLike": {"s3:prefix": listed}}
        ),
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
        allow(
            "SendResults",
            ["events:PutEvents"],
            [bus_arn],
            {"StringEquals": {"events:source": names.SOURCE}},
        )
    ]


def start_statements(job_arn: str) -> list[Statement]:
    """Returns what the function does where Spark checks."""
    return [allow("StartSpark", ["glue:StartJobRun"], [job_arn])]


def spark_statements(
    spec: ModelMonitoringSpec, code: str, known: Mapping[str, Any]
) -> list[Statement]:
    """Returns what the Glue job may do: what the function may, and read its code, join
    labels, and send metrics."""
    partition, region, account = known["place"]
    endpoint, bucket = known["endpoint"], known["bucket"]
    written = f"{spec.result_prefix}{spec.monitor(endpoint)}/"
    read = [f"{spec.capture_prefix}{endpoint}/{spec.variant}/"]
    read += [spec.label_prefix] if spec.label_prefix else []
    logs = f"arn:{partition}:logs:{region}:{account}:log-group:/aws-glue/*"
    metrics = allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"])  # it knows no resource
    return [
        *data_statements(
            bucket, known["bucket_key"], read=read, baseline=spec.baseline_key, written=written
        ),
        *work_statements(bucket, written),
        *event_statements(f"arn:{partition}:events:{region}:{account}:event-bus/default"),
        allow("ReadCode", ["s3:GetObject"], [f"{bucket}/{code}*"]),
        {**metrics, "Condition": {"StringEquals": {"cloudwatch:namespace": names.NAMESPACE}}},
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{known['logs']}:*"]),
        # Glue's own groups, of its driver's output, which it creates and encrypts.
        allow(
            "WriteGlueLogs",
            [
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            [logs],
        ),
        allow("UseKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [known["key"]]),
    ]
