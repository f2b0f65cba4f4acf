"""Pipelines for tests, registered once."""

from functools import cache
from typing import Any

from groundplan import RetrainingPipeline
from groundplan.testing import Plan, deploy

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
TOPIC_KEY = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-3333-4444-555555555555"
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
    "audit": {"bucket": "artifacts-1", "prefix": "releases/", "kms_key_arn": "arn:bucket-key"},
}
MINIMAL: dict[str, Any] = {
    "release_target": TARGET,
    "endpoint": "churn",
    "artifacts": BUCKET,
    "dataset": "churn:latest",
    "training": {"job": "churn-model", "image": IMAGE, "instance_type": "ml.m5.xlarge"},
    "evaluation": {"held_out": "churn-held-out:latest"},
    "budget_usd_per_month": 50,
    "notifications": {"topic_arn": TOPIC},
}
COMPLETE: dict[str, Any] = {
    **MINIMAL,
    "training": {
        **MINIMAL["training"],
        "nodes": 2,
        "max_runtime_seconds": 7200,
        "max_wait_hours": 6,
        "usd_per_hour": 1.5,
        "input_name": "examples",
        "checkpoint_prefix": "points/",
        "output_prefix": "archives/",
        "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"]},
    },
    "evaluation": {
        "held_out": "s3://held-out-data/churn/",
        "recent": "churn-recent:latest",
        "image": IMAGE.replace("/churn@", "/evaluation@"),
        "command": ["python", "evaluate.py"],
        "task": "regression",
        "instance_type": "ml.m5.large",
        "volume_gib": 60,
        "max_runtime_seconds": 1800,
        "usd_per_hour": 0.5,
    },
    "data_prefixes": ["raw/churn/"],
    "budget_usd_per_run": 20,
    "cool_down_hours": 12,
    "monitor": "churn",
    "triggers": {"schedule_expression": "cron(0 3 ? * MON *)", "expected_within_hours": 168},
    "approval": {"required": True, "days": 7, "overdue_hours": 25},
    "watch_minutes": 90,
    "prefix": "loop/",
    "manifest_prefix": "environments/",
    "notifications": {"topic_arn": TOPIC, "kms_key_arn": TOPIC_KEY},
    "alarm_actions": [TOPIC],
    "runbooks_url": "https://git.example.com/runbooks",
    "kms_key_arn": KEY_ARN,
    "log_retention_days": 30,
    "tracing": True,
    "tags": {"team": "ml"},
}
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FUNCTION = "aws:lambda/function:Function"
MACHINE = "aws:sfn/stateMachine:StateMachine"
POLICY = "aws:iam/rolePolicy:RolePolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"
RULE_TARGET = "aws:cloudwatch/eventTarget:EventTarget"


def plan_of(args: dict[str, Any], region: str = "us-east-1") -> Plan:
    arguments: Any = args
    return deploy(
        lambda: RetrainingPipeline("again", arguments),
        project="ml",
        stack="prod",
        region=region,
    )


@cache
def minimal() -> Plan:
    return plan_of(MINIMAL)


@cache
def complete() -> Plan:
    return plan_of(COMPLETE)
