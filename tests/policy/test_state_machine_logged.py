from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.state_machine_logged import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

MACHINE = "aws:sfn/stateMachine:StateMachine"


@pytest.mark.parametrize("level", ["ALL", "ERROR", "FATAL"])
def test_a_state_machine_with_a_log_group_complies(
    build: Build, check_rule: CheckRule, level: str
) -> None:
    logging = {"level": level, "logDestination": "${logs.arn}:*"}
    machine = build(MACHINE, "loop", {"loggingConfiguration": logging})
    assert check_rule(RULE, machine) == []


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"loggingConfiguration": {}},
        {"loggingConfiguration": {"level": "OFF", "logDestination": "${logs.arn}:*"}},
        {"loggingConfiguration": {"logDestination": "${logs.arn}:*"}},
        {"loggingConfiguration": {"level": "ALL"}},
    ],
)
def test_a_state_machine_that_logs_nothing_is_named(
    build: Build, check_rule: CheckRule, inputs: Any
) -> None:
    machine = build(MACHINE, "loop", inputs)
    (breach,) = check_rule(RULE, machine)
    assert (breach.urn, breach.property) == (machine.urn, "loggingConfiguration")
    assert "state machine loop logs nothing" in breach.reason


def test_what_is_not_known_yet_and_other_types_are_no_breach(
    build: Build, check_rule: CheckRule
) -> None:
    assert check_rule(RULE, build(MACHINE, "it", {"loggingConfiguration": "${logging}"})) == []
    assert check_rule(RULE, build("aws:sfn/activity:Activity", "it")) == []
