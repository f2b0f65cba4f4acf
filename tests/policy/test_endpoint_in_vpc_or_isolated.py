from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.endpoint_in_vpc_or_isolated import RULE

MODEL = "aws:sagemaker/model:Model"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize(
    "inputs",
    [{"enableNetworkIsolation": True}, {"vpcConfig": {"subnets": ["s"]}}, {"vpcConfig": "${unknown until network}"},
     {"enableNetworkIsolation": "${unknown}"}],
)  # fmt: skip
def test_a_model_that_is_kept_in_complies(make: Make, judge: Judge, inputs: dict[str, Any]) -> None:
    assert judge(RULE, make(MODEL, "churn", inputs)) == []


@pytest.mark.parametrize("inputs", [{}, {"enableNetworkIsolation": False}, {"vpcConfig": None}])
def test_a_model_with_the_internet_at_hand_is_named(
    make: Make, judge: Judge, inputs: dict[str, Any]
) -> None:
    model = make(MODEL, "churn", inputs)
    reason = "the container of model churn can send what it sees anywhere on the internet"
    assert judge(RULE, model) == [Breach(model.urn, reason, "enableNetworkIsolation")]


def test_it_is_about_models_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:sagemaker/endpoint:Endpoint")) == []


@pytest.mark.parametrize(
    ("variants", "found"),
    [([{"serverlessConfig": {"memorySizeInMb": 2048}}], 0), ([{}], 1), ([], 1)],
)
def test_a_model_without_instances_can_have_neither(
    make: Make, judge: Judge, variants: list[Any], found: int
) -> None:
    model = make("aws:sagemaker/model:Model", "churn")
    configuration = make(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "config",
        {"productionVariants": variants},
        {"productionVariants": model},
    )
    assert len(judge(RULE, model, configuration)) == found
