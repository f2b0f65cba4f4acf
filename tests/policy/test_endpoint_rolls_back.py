from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.endpoint_rolls_back import RULE

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def rollback(alarms: Any) -> dict[str, Any]:
    return {"deploymentConfig": {"autoRollbackConfiguration": {"alarms": alarms}}}


@pytest.mark.parametrize(
    "inputs",
    [rollback([{"alarmName": "errors"}]), rollback("${unknown}"), {"deploymentConfig": "${x}"}],
)
def test_an_endpoint_with_alarms_complies(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(ENDPOINT, "churn", inputs)) == []


@pytest.mark.parametrize(
    "inputs", [{}, {"deploymentConfig": {"blueGreenUpdatePolicy": {}}}, rollback([])]
)
def test_an_endpoint_without_alarms_is_named(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    endpoint = build(ENDPOINT, "churn", inputs)
    reason = "endpoint churn doesn't roll a failed deployment back: no alarm is set"
    assert check_rule(RULE, endpoint) == [
        Breach(endpoint.urn, reason, "deploymentConfig.autoRollbackConfiguration")
    ]


def test_a_serverless_endpoint_has_no_rollback_and_is_left_alone(
    build: Build, check_rule: CheckRule
) -> None:
    serverless = build(
        CONFIGURATION,
        "config",
        {"productionVariants": [{"serverlessConfig": {"maxConcurrency": 5}}]},
    )
    assert (
        check_rule(
            RULE, serverless, build(ENDPOINT, "churn", {}, {"endpointConfigName": serverless})
        )
        == []
    )
    name = build("random:index/randomPet:RandomPet", "name")
    assert (
        check_rule(
            RULE,
            serverless,
            name,
            build(ENDPOINT, "churn", {}, {"endpointConfigName": [name, serverless]}),
        )
        == []
    )
    usual = build(
        CONFIGURATION, "config", {"productionVariants": [{"instanceType": "ml.m5.large"}]}
    )
    assert (
        len(check_rule(RULE, usual, build(ENDPOINT, "churn", {}, {"endpointConfigName": usual})))
        == 1
    )


def test_a_configuration_outside_the_program_is_taken_for_a_usual_one(
    build: Build, check_rule: CheckRule
) -> None:
    elsewhere = build(
        CONFIGURATION,
        "config",
        {"productionVariants": [{"serverlessConfig": {"maxConcurrency": 5}}]},
    )
    assert (
        len(check_rule(RULE, build(ENDPOINT, "churn", {}, {"endpointConfigName": elsewhere}))) == 1
    )


def test_it_is_about_endpoints_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build(CONFIGURATION), build("aws:ec2/vpcEndpoint:VpcEndpoint")) == []
