"""The state machine of a pipeline: every state is reached, every task is bounded."""

from typing import Any

from groundplan.data.pipeline.engine.names import OverLimit, Status
from groundplan.data.pipeline.machine.definition import definition

FOUND = definition(
    "arn:function", "job", settle_seconds=300, timeout_minutes=30, retries=2, partition="aws-cn"
)
STATES: dict[str, Any] = FOUND["States"]


def following(state: dict[str, Any]) -> set[str]:
    found = {rule["Next"] for key in ("Choices", "Catch") for rule in state.get(key, ())}
    return found | {state[key] for key in ("Next", "Default") if key in state}


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    reached, waiting = set(), [FOUND["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += following(STATES[name])
    assert reached == STATES.keys()
    ends = {name for name, state in STATES.items() if state["Type"] in ("Succeed", "Fail")}
    assert ends == {"Published", "Joined", "Failed", "OverLimit"}


def test_every_task_has_a_timeout_retries_and_an_end_for_errors() -> None:
    for name, state in STATES.items():
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"] > 0, name
            assert state["Retry"], name
            assert state["Catch"][-1] == {
                "ErrorEquals": ["States.ALL"],
                "ResultPath": "$.error",
                "Next": "Failed",
            }
            assert state["Resource"].startswith("arn:aws-cn:states:::"), name


def test_nothing_is_published_but_after_the_job() -> None:
    assert STATES["Transform"]["Next"] == "Publish"
    before = [name for name, state in STATES.items() if "Publish" in following(state)]
    assert before == ["Transform"]
    assert STATES["Transform"]["Resource"].endswith(":glue:startJobRun.sync")


def test_an_execution_goes_on_waits_or_joins() -> None:
    turn = STATES["Turn"]
    cases = {rule["StringEquals"]: rule["Next"] for rule in turn["Choices"]}
    assert cases == {Status.GO_ON.value: "Transform", Status.WAIT.value: "Wait"}
    assert turn["Default"] == "Joined"
    assert STATES["Wait"]["Next"] == "Begin"


def test_a_run_over_the_limit_is_not_retried() -> None:
    begin = STATES["Begin"]
    assert begin["Parameters"]["Payload"]["began.$"] == "$$.Execution.Input"
    assert begin["Retry"][0] == {"ErrorEquals": [OverLimit.__name__], "MaxAttempts": 0}
    assert begin["Catch"][0]["Next"] == "OverLimit"


def test_a_failed_job_is_retried_as_often_as_is_set() -> None:
    retries = {tuple(r["ErrorEquals"]): r["MaxAttempts"] for r in STATES["Transform"]["Retry"]}
    assert retries[("States.TaskFailed",)] == 2
    never = definition("f", "job", settle_seconds=1, timeout_minutes=5, retries=0)
    errors = [e for r in never["States"]["Transform"]["Retry"] for e in r["ErrorEquals"]]
    assert "States.TaskFailed" not in errors


def test_what_broke_its_rules_is_never_published() -> None:
    checked = definition(
        "f", "job", settle_seconds=1, timeout_minutes=5, retries=1, check_name="check"
    )["States"]
    before = {
        name: [other for other, state in checked.items() if name in following(state)]
        for name in ("Publish", "Judge", "Check", "Quarantined")
    }
    assert before == {
        "Publish": ["Verdict"],
        "Judge": ["Check"],
        "Check": ["Transform"],
        "Quarantined": ["Verdict"],
    }
    assert checked["Verdict"]["Default"] == "Quarantined"
    assert checked["Quarantined"]["Type"] == "Fail"
    (passed,) = checked["Verdict"]["Choices"]
    assert (passed["StringEquals"], passed["Next"]) == ("passed", "Publish")
    payload = checked["Publish"]["Parameters"]["Payload"]
    assert payload["quality.$"] == "$.judged.answer.quality"


def test_an_execution_waits_longer_for_a_job_that_may_take_longer() -> None:
    waits = [
        definition("f", "job", settle_seconds=1, timeout_minutes=minutes, retries=5)["States"]
        for minutes in (240, 241)
    ]
    assert [states["Wait"]["Seconds"] for states in waits] == [60, 600]
    # The longest wait of an execution fits into its history.
    assert FOUND["TimeoutSeconds"] / 600 * 9 < 25_000
    assert (240 + 60) * 6 * 9 < 25_000
