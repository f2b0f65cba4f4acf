from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.endpoint_in_vpc_or_isolated import RULE

MODEL = "aws:sagemaker/model:Model"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize(
    "inputs",
    [
        {"enableNetworkIsolation": True},
        {"vpcConfig": {"subnets": ["s"]}},
        {"vpcConfig": ("${unknown until network}")},
        {"enableNetworkIsolation": "${unknown}"},
    ],
)
def test_a_model_that_is_kept_in_complies(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(MODEL, "churn", inputs)) == []


@pytest.mark.parametrize("inputs", [{}, {"enableNetworkIsolation": False}, {"vpcConfig": None}])
def test_a_model_with_the_internet_at_hand_is_named(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    model = build(MODEL, "churn", inputs)
    reason = "the container of model churn can send data to any address on the internet"
    assert check_rule(RULE, model) == [Breach(model.urn, reason, "enableNetworkIsolation")]


def test_it_is_about_models_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:sagemaker/endpoint:Endpoint")) == []


@pytest.mark.parametrize(
    ("variants", "count"),
    [([{"serverlessConfig": {"memorySizeInMb": 2048}}], 0), ([{}], 1), ([], 1)],
)
def test_a_model_without_instances_can_have_neither(
    build: Build, check_rule: CheckRule, variants: list[Any], count: int
) -> None:
    model = build("aws:sagemaker/model:Model", "churn")
    configuration = build(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "config",
        {"productionVariants": variants},
        {"productionVariants": model},
    )
    assert len(check_rule(RULE, model, configuration)) == count
