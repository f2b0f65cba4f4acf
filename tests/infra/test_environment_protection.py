"""What a stack file says about the protection of records, and about keys."""

import json
from typing import Any

import pytest
from configuration import describe
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from registration import register

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"
DECLARED = {"image": IMAGE, "instanceType": "ml.m5.large"}
CHURN = {**DECLARED, "release": "registry", "modelPackageGroup": "churn"}
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def plan_of(endpoints: dict[str, Any], **values: Any) -> Plan:
    arguments: dict[str, Any] = {
        "endpoints": endpoints,
        "network": {"availabilityZones": ["us-east-1a", "us-east-1b"]},
        **values,
    }
    settings = {f"groundplan:{key}": json.dumps(value) for key, value in arguments.items()}
    settings["aws:region"] = "us-east-1"

    def program() -> None:
        register(describe("groundplan", "test", settings))

    return deploy(program, project="groundplan")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(
        {"churn": CHURN, "fraud": DECLARED},
        releases={"auditPrefix": "audit/"},
        deletionProtection=False,
    )


def write_once(plan: Plan) -> list[str]:
    statements = policy(plan.one(BUCKET_POLICY, "artifacts-policy").inputs["policy"])
    denied = statements.get("DenyOverwrites", {"Resource": []})
    return [path.removeprefix("${artifacts-bucket.arn}/") for path in denied["Resource"]]


def test_nobody_overwrites_the_records_of_releases(plan: Plan) -> None:
    assert write_once(plan) == ["audit/*"]
    own = {"writeOncePrefixes": ["papers/"]}
    assert write_once(plan_of({"churn": CHURN}, artifacts=own)) == ["papers/*", "releases/*"]
    own = {"writeOncePrefixes": ["releases/"]}
    assert write_once(plan_of({"churn": CHURN}, artifacts=own)) == ["releases/*"]
    assert write_once(plan_of({"fraud": DECLARED})) == []


def test_the_keys_of_an_endpoint_are_settings() -> None:
    volume, logs = (f"arn:aws:kms:us-east-1:123456789012:key/{name}" for name in "vl")
    plan = plan_of({"fraud": {**DECLARED, "kmsKeyArn": volume, "logKmsKeyArn": logs}})
    configuration = plan.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration")
    assert configuration.inputs["kmsKeyArn"] == volume
    assert plan.one("aws:cloudwatch/logGroup:LogGroup", "fraud-logs").inputs["kmsKeyId"] == logs
    assert "fraud-key-key" not in plan.all("aws:kms/key:Key")


def test_the_key_of_an_endpoints_logs_is_protected_like_the_environment(plan: Plan) -> None:
    assert plan.one("aws:kms/key:Key", "churn-key-key").option("protect") is False
