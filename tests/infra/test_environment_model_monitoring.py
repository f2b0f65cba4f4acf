"""The checks of an environment: wired to the endpoint's captures, the bucket and the
topic."""

import json
from functools import cache

import registration
from configuration import describe
from groundplan.testing import Plan, deploy, policy

FUNCTION = "aws:lambda/function:Function"
SECTIONS = {
    "endpoints": {
        "churn": {
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4",
            "instanceType": "ml.m5.large",
            "capture": {"prefix": "asked/"},
        }
    },
    "modelMonitoring": {
        "churn": {
            "baselineKey": "baselines/churn.json",
            "layerArns": ["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"],
            "limits": {"minimumRows": 500},
        }
    },
    "monitoring": {"runbooksUrl": "https://example.com/runbooks"},
}


@cache
def environment() -> Plan:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in SECTIONS.items()}
    described = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    return deploy(lambda: registration.register(described), region="us-east-1")


def test_the_checks_read_where_the_endpoint_captures() -> None:
    plan = environment()
    (function,) = (f for f in plan.all(FUNCTION).values() if f.name == "churn-checks-function")
    settings = json.loads(function.inputs["environment"]["variables"]["GROUNDPLAN_MONITOR"])
    capture = plan.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration").inputs[
        "dataCaptureConfig"
    ]
    assert settings["job"]["captures"].startswith(capture["destinationS3Uri"].rstrip("/") + "/")
    assert settings["job"]["captures"].endswith("/primary")
    assert settings["job"]["limits"]["minimum_rows"] == 500
    allowed = policy(
        plan.one("aws:iam/rolePolicy:RolePolicy", "churn-checks-role-policy").inputs["policy"]
    )
    assert allowed["ReadCaptures"]["Resource"][0].split(":::")[-1].endswith("/primary/*")


def test_the_alarms_of_checks_notify_the_topic_of_the_environment() -> None:
    alarm = environment().one("aws:cloudwatch/metricAlarm:MetricAlarm", "churn-checks-drift")
    topics = {resource.name for resource in environment().all("aws:sns/topic:Topic").values()}
    (action,) = alarm.inputs["alarmActions"]
    assert action.removeprefix("${").removesuffix(".arn}") in topics
    assert "https://example.com/runbooks/model-drift.md" in alarm.inputs["alarmDescription"]
