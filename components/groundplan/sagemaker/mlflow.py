"""The MLflow that programs log to: its access, as components pass it on, and what a
role needs that logs."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.iam import Statement
from groundplan.storage.access import read_statements, write_statements


class TrackingAccessArgs(TypedDict):
    """The arguments of access to an MLflow: `ExperimentTracking.access`."""

    tracking_uri: pulumi.Input[str]
    """Value of `MLFLOW_TRACKING_URI`: the ARN of SageMaker's app, or a URL."""
    bucket_arn: pulumi.Input[str]
    """ARN of the bucket of the files that programs log."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key of that bucket."""
    prefix: str
    """Folder of these files in it."""
    tracking_arn: NotRequired[pulumi.Input[str]]
    """ARN of SageMaker's app. Default: none, of an MLflow on a cluster."""


def call_statements(app_arn: pulumi.Input[str]) -> list[Statement]:
    """Returns the permission to call an app's API."""
    return [
        {
            "Sid": "CallMlflow",
            "Effect": "Allow",
            "Action": "sagemaker:CallMlflowAppApi",
            "Resource": app_arn,
        }
    ]


def log_statements(access: TrackingAccessArgs, calls: Sequence[Statement] = ()) -> list[Statement]:
    """Returns what a role needs that logs: to call SageMaker's app, or what `calls`
    says of another server, and to read and write files in its folder of the bucket."""
    bucket = access["bucket_arn"], access["kms_key_arn"], access["prefix"]
    app = access.get("tracking_arn")
    return [
        *(call_statements(app) if app is not None else []),
        *calls,
        *read_statements(*bucket),
        *write_statements(*bucket),
    ]
