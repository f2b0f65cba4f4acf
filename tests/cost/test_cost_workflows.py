"""What state machines cost: their transitions."""

import json
from typing import Any

import pulumi_aws as aws
import pytest
from groundplan.cost import workflows
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import Estimate, estimate
from groundplan.testing import deploy

MAP: dict[str, Any] = {
    "Type": "Map",
    "ItemProcessor": {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}},
    "Next": "Both",
}
PARALLEL: dict[str, Any] = {
    "Type": "Parallel",
    "Branches": [
        {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
        {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "End": True}}},
    ],
    "End": True,
}
DEFINITION = json.dumps({"StartAt": "All", "States": {"All": MAP, "Both": PARALLEL}})


def of(assumptions: Assumptions | None = None, region: str = "us-east-1", **args: Any) -> Estimate:
    plan = deploy(
        lambda: aws.sfn.StateMachine(
            "loop", **{"definition": DEFINITION, "role_arn": "arn:aws:iam::1:role/r", **args}
        ),
        region=region,
    )
    return estimate(plan.manifest, assumptions)


def test_states_are_counted_with_those_of_branches_and_iterations() -> None:
    assert workflows.state_count(DEFINITION) == 5
    assert workflows.state_count("${machine.definition}") is None
    assert workflows.state_count(None) is None


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-northeast-1"])
def test_a_standard_state_machine_costs_its_transitions(region: str) -> None:
    found = of(region=region)
    assert found.unknown == ()
    assert found.expected == pytest.approx(100 * 7 * 0.000025)
    assert "state machine executions" in found.assumptions
    assert "state transitions" in found.assumptions


def test_a_user_says_how_often_it_runs() -> None:
    found = of(Assumptions(resources={"loop": {"state_machine_executions": 10_000}}))
    assert found.expected == pytest.approx(10_000 * 7 * 0.000025)


def test_what_is_not_known_is_never_zero() -> None:
    assert "express" in of(type="EXPRESS").unknown[0]
    assert "its states aren't known" in of(definition="not json").unknown[0]
    assert "no price" in of(region="sa-east-1").unknown[0]
