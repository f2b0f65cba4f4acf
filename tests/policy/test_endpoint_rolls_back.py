from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.endpoint_rolls_back import RULE

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


def rollback(alarms: Any) -> dict[str, Any]:
    return {"deploymentConfig": {"autoRollbackConfiguration": {"alarms": alarms}}}


@pytest.mark.parametrize(
    "inputs",
    [rollback([{"alarmName": "errors"}]), rollback("${unknown}"), {"deploymentConfig": "${x}"}],
)
def test_an_endpoint_with_alarms_complies(make: Make, judge: Judge, inputs: dict[str, Any]) -> None:
    assert judge(RULE, make(ENDPOINT, "churn", inputs)) == []


@pytest.mark.parametrize(
    "inputs", [{}, {"deploymentConfig": {"blueGreenUpdatePolicy": {}}}, rollback([])]
)
def test_an_endpoint_without_alarms_is_named(
    make: Make, judge: Judge, inputs: dict[str, Any]
) -> None:
    endpoint = make(ENDPOINT, "churn", inputs)
    reason = "endpoint churn keeps a new model that fails: no alarm brings the former one back"
    assert judge(RULE, endpoint) == [
        Breach(endpoint.urn, reason, "deploymentConfig.autoRollbackConfiguration")
    ]


def test_a_serverless_endpoint_has_no_rollback_and_is_left_alone(make: Make, judge: Judge) -> None:
    serverless = make(
        CONFIGURATION,
        "config",
        {"productionVariants": [{"serverlessConfig": {"maxConcurrency": 5}}]},
    )
    assert (
        judge(RULE, serverless, make(ENDPOINT, "churn", {}, {"endpointConfigName": serverless}))
        == []
    )
    name = make("random:index/randomPet:RandomPet", "name")
    assert (
        judge(
            RULE,
            serverless,
            name,
            make(ENDPOINT, "churn", {}, {"endpointConfigName": [name, serverless]}),
        )
        == []
    )
    usual = make(CONFIGURATION, "config", {"productionVariants": [{"instanceType": "ml.m5.large"}]})
    assert len(judge(RULE, usual, make(ENDPOINT, "churn", {}, {"endpointConfigName": usual}))) == 1


def test_a_configuration_outside_the_program_is_taken_for_a_usual_one(
    make: Make, judge: Judge
) -> None:
    elsewhere = make(
        CONFIGURATION,
        "config",
        {"productionVariants": [{"serverlessConfig": {"maxConcurrency": 5}}]},
    )
    assert len(judge(RULE, make(ENDPOINT, "churn", {}, {"endpointConfigName": elsewhere}))) == 1


def test_it_is_about_endpoints_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make(CONFIGURATION), make("aws:ec2/vpcEndpoint:VpcEndpoint")) == []
