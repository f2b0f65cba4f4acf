"""The state machine's document: complete, and safe whatever fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from groundplan.retraining.machine.definition import FAILED, definition

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:retraining"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
DOCUMENT = definition(FUNCTION, TOPIC)
STATES: dict[str, dict[str, Any]] = DOCUMENT["States"]
TASKS = sorted(name for name, state in STATES.items() if state["Type"] == "Task")
CALLS = [name for name in TASKS if "lambda" in STATES[name]["Resource"]]


def following(state: dict[str, Any]) -> Iterator[str]:
    """Returns the states that one leads to."""
    for source in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        if "Next" in source:
            yield source["Next"]
    if "Default" in state:
        yield state["Default"]


def reached(start: str, without: str = "") -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in found and name != without:
            found.add(name)
            waiting += following(STATES[name])
    return found


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_retries_with_jitter_a_catch_and_a_timeout(name: str) -> None:
    state = STATES[name]
    assert state["TimeoutSeconds"] > 0
    assert state["Retry"]
    for retrier in state["Retry"]:
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["MaxAttempts"] >= 3
        assert retrier["MaxDelaySeconds"] > retrier["IntervalSeconds"]
    assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("name", CALLS)
def test_no_task_fails_without_a_notification(name: str) -> None:
    """Every way from a catch to an end passes a state that publishes to the topic."""
    publishing = {n for n in TASKS if STATES[n]["Resource"].endswith("sns:publish")}
    catch = STATES[name]["Catch"][-1]["Next"]

    def silent(state: str, seen: frozenset[str]) -> bool:
        if state in publishing or state in seen:
            return False
        onward = list(following(STATES[state]))
        return not onward or any(silent(other, seen | {state}) for other in onward)

    assert not silent(catch, frozenset())


@pytest.mark.parametrize("name", [n for n in CALLS if n not in ("Ask", "Fault", "End")])
def test_every_step_notifies_of_what_it_came_to(name: str) -> None:
    done = STATES[STATES[name]["Next"]]
    if name == "Decide":
        assert {"DecideNotify", "IdleNews"} <= set(following(done))
    else:
        assert f"{name}Notify" in set(following(done))


def test_all_states_are_reached_and_every_way_ends() -> None:
    assert reached("Decide") == STATES.keys()
    ends = {name for name, state in STATES.items() if state["Type"] in ("Succeed", "Fail")}
    for name in STATES:
        assert reached(name) & ends


def test_the_release_is_never_reached_without_the_registry_s_word() -> None:
    for state in ("Evaluate", "Gates", "Register"):
        assert "Release" not in reached(state, without="Approval")


def test_a_failed_notification_does_not_stop_a_run() -> None:
    for name in TASKS:
        state = STATES[name]
        if state["Resource"].endswith("sns:publish"):
            assert state["Catch"][0]["Next"] == state["Next"]
            assert state["ResultPath"] is None


def test_a_wait_for_approval_that_is_over_leads_back_to_the_registry() -> None:
    timeout, others = STATES["Ask"]["Catch"]
    assert (timeout["ErrorEquals"], timeout["Next"]) == (["States.Timeout"], "Approval")
    assert others["Next"] == "Fault"
    retried = {error for retrier in STATES["Ask"]["Retry"] for error in retrier["ErrorEquals"]}
    assert not retried & {"States.ALL", "States.Timeout"}


def test_the_document_is_deterministic_and_within_the_quota() -> None:
    text = json.dumps(DOCUMENT)
    assert text == json.dumps(definition(FUNCTION, TOPIC))
    assert len(text) < 1_048_576  # Step Functions' quota of a definition
    assert STATES[FAILED]["Type"] == "Fail"


def test_other_partitions_have_their_own_resources() -> None:
    china = json.dumps(definition(FUNCTION, TOPIC, partition="aws-cn"))
    assert "arn:aws-cn:states:::lambda:invoke" in china
    assert "arn:aws:states" not in china
