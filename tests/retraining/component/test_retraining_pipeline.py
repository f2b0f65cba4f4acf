"""RetrainingPipeline: its state machine, triggers, alarms and least-privilege roles."""

from functools import cache
from typing import Any

from groundplan import RetrainingPipeline
from groundplan.testing import Plan, deploy

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:" + "a" * 64
BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
TARGET: Any = {
    "endpoint": "churn",
    "region": "us-east-1",
    "variant": "primary",
    "role_arn": "arn:aws:iam::123456789012:role/churn",
    "model_package_group": "churn",
    "gates": {"metrics": {"auc": {"min": 0.8}}},
    "audit": {"bucket": "artifacts-1", "prefix": "releases/"},
}
MINIMAL: dict[str, Any] = {
    "release_target": TARGET,
    "endpoint": "churn",
    "artifacts": BUCKET,
    "dataset": "churn:latest",
    "training": {"job": "churn", "image": IMAGE, "instance_type": "ml.m5.xlarge"},
    "evaluation": {"held_out": "churn-held-out:latest"},
    "budget_usd_per_month": 50,
    "notifications": {"topic_arn": TOPIC},
}


def plan_of(**args: Any) -> Plan:
    arguments: Any = {**MINIMAL, **args}
    return deploy(
        lambda: RetrainingPipeline("again", arguments),
        project="ml",
        stack="prod",
        region="us-east-1",
    )


@cache
def minimal() -> Plan:
    return plan_of()


