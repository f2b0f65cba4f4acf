"""The state machine runs, in moto's interpreter, with the steps that Lambda runs: the
good path, and each failure of each state."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import step_functions
from groundplan.retraining.engine import handler
from groundplan.retraining.engine.names import SEQUENCE, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.settings import LimitSettings
from groundplan.retraining.machine.definition import definition, name
from retraining_account import Account
from retraining_world import (
    CONFIG,
    DRIFT,
    ENDPOINT,
    LOOK,
    PERSON,
    approve,
    evaluated,
    furnish,
    pipeline,
    serving,
)
from step_functions import FUNCTION, SESSION, TOPIC, Interpreter

ROOT = f"retraining/{ENDPOINT}/"
CHAMPION = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/1"
CANDIDATE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/2"


@pytest.fixture(scope="module")
def furnished() -> Account:
    return furnish(Account())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def machine() -> Iterator[Interpreter]:
    with step_functions.interpreter(definition(FUNCTION, TOPIC)) as running:
        yield running


class World:
    """An account, and the state machine over it."""

    def __init__(self, account: Account, machine: Interpreter) -> None:
        self.account, self.machine = account, machine
        self.retraining: Pipeline = pipeline(account)
        self.before: Callable[[Mapping[str, Any]], None] = lambda _payload: None
        machine.call, machine.passed = self.call, lambda seconds: account.pass_time(seconds=seconds)
        machine.waited.clear()
        machine.forget()
        # Tokens and executions are the interpreter's.
        account._send_task_success = lambda params: machine.client.send_task_success(**params)  # type: ignore[method-assign]
        account._describe_execution = lambda params: machine.client.describe_execution(**params)  # type: ignore[method-assign]

    def call(self, payload: Mapping[str, Any]) -> Any:
        self.before(payload)
        return handler.answered(self.retraining, payload)

    def ended(self) -> list[dict[str, Any]]:
        keys = [key for key in self.account.keys(f"{ROOT}runs/") if key.endswith("/ended.json")]
        return [json.loads(self.account.text(key)) for key in keys]

    def is_locked(self) -> bool:
        return bool(self.account.keys(f"{ROOT}lock"))


@pytest.fixture
def world(furnished: Account, machine: Interpreter) -> World:
    return World(furnished.snapshot(), machine)


def approving(world: World, payload: Mapping[str, Any]) -> None:
    """A person approves when asked; the event of the registry wakes the run."""
    if payload["step"] == "ask":
        approve(world.account)


def test_good_path_ends_released(world: World) -> None:
    world.before = lambda payload: approving(world, payload)
    execution = world.machine.run(DRIFT)
    tasks = [state for state in execution.states if state in {name(step) for step in Step}]
    assert list(dict.fromkeys(tasks)) == [
        "Decide",
        "Dataset",
        "Train",
        "Evaluate",
        "Gates",
        "Register",
        "Approval",
        "Ask",
        "Release",
        "Watch",
        "End",
    ]
    assert (execution.status, execution.end) == ("SUCCEEDED", "Released")
    assert serving(world.account) == CANDIDATE
    assert not world.is_locked()
    assert world.machine.waited  # for the jobs, as the answers said


def test_people_are_notified_of_each_step_once(world: World) -> None:
    world.before = lambda payload: approving(world, payload)
    world.machine.run(DRIFT)
    sent = world.machine.notifications()
    order = ["decide", *(step.value for step in SEQUENCE)]
    order.insert(order.index("approval"), "approval")
    assert [subject.split()[1] for subject, _ in sent] == order
    asked = sent[order.index("approval")][1]
    assert f"waits for approval. Fix: `groundplan retraining approve {ENDPOINT}`" in asked


def test_approval_that_comes_while_the_run_waits_wakes_it(world: World) -> None:
    """The person approves after the token is stored, and EventBridge calls the function
    with the event of the registry."""

    def before(payload: Mapping[str, Any]) -> None:
        world.before = lambda _payload: None
        if payload["step"] == "ask":
            handler.answered(world.retraining, payload)  # stores the token
            approve(world.account)
            handler.answered(world.retraining, {"source": "aws.sagemaker"})
        else:
            world.before = before

    world.before = before
    execution = world.machine.run(DRIFT)
    assert execution.end == "Released"
    assert execution.states.count("Ask") == 1


def test_approval_whose_event_is_lost_is_seen_by_the_next_look(world: World) -> None:
    asked: list[Any] = []

    def before(payload: Mapping[str, Any]) -> None:
        asked.extend([payload] if payload["step"] == "ask" else [])
        if payload["step"] == "approval" and len(asked) == 3:
            approve(world.account)

    world.before = before
    execution = world.machine.run(DRIFT)
    assert execution.end == "Released"
    assert execution.states.count("Ask") == 3


def test_version_that_nobody_approves_counts_as_refused(world: World) -> None:
    world.retraining = pipeline(world.account, limits=LimitSettings(approval_days=1))
    execution = world.machine.run(DRIFT)
    assert (execution.status, execution.end) == ("SUCCEEDED", "Refused")
    package = world.account.packages[CANDIDATE]
    assert package["ModelApprovalStatus"] == "Rejected"
    assert "Nobody approved" in package["ApprovalDescription"]
    assert serving(world.account) == CHAMPION


def fails_to_train(world: World) -> None:
    world.account.training_ends.append("Failed")


def fails_to_evaluate(world: World) -> None:
    world.account.processing_ends.append("Failed")


def breaks_a_gate(world: World) -> None:
    world.account.evaluate = evaluated(candidate=0.7)


def breaks_a_gate_on_recent_data(world: World) -> None:
    world.account.evaluate = evaluated(recent=0.85)


def is_refused(world: World) -> None:
    def before(payload: Mapping[str, Any]) -> None:
        if payload["step"] == "ask":
            world.account.packages[CANDIDATE]["ModelApprovalStatus"] = "Rejected"

    world.before = before


def meets_another_champion(world: World) -> None:
    other = CHAMPION.replace("/1", "/9")

    def before(payload: Mapping[str, Any]) -> None:
        if payload["step"] == "gates":
            package = {**world.account.packages[CHAMPION], "ModelPackageVersion": 9}
            world.account.packages[other] = {**package, "ModelPackageArn": other}
            model = {"PrimaryContainer": {"ModelPackageName": other}}
            world.account.models[f"{ENDPOINT}-model"] = model

    world.before = before


def rolls_back(world: World) -> None:
    world.before = lambda payload: approving(world, payload)
    world.account.update_ends.append("rolled-back")


def alarms_after_the_release(world: World) -> None:
    world.retraining = pipeline(world.account, limits=LimitSettings(bake_minutes=30))

    def before(payload: Mapping[str, Any]) -> None:
        approving(world, payload)
        if payload["step"] == "watch":
            world.account.alarms.add("errors")

    world.before = before


@pytest.mark.parametrize(
    ("spoil", "end", "outcome"),
    [
        (fails_to_train, "Failed", "failed"),
        (fails_to_evaluate, "Failed", "failed"),
        (breaks_a_gate, "Rejected", "rejected"),
        (breaks_a_gate_on_recent_data, "Rejected", "rejected"),
        (is_refused, "Refused", "refused"),
        (meets_another_champion, "Superseded", "superseded"),
        (rolls_back, "RolledBack", "rolled-back"),
        (alarms_after_the_release, "RolledBack", "rolled-back"),
    ],
)
def test_each_bad_end_leaves_the_champion_serving(
    world: World, spoil: Callable[[World], None], end: str, outcome: str
) -> None:
    spoil(world)
    execution = world.machine.run(DRIFT)
    assert execution.end == end
    assert execution.status == ("FAILED" if end == "Failed" else "SUCCEEDED")
    assert [record["outcome"] for record in world.ended()] == [outcome]
    assert world.machine.notifications()[-1][0] == f"Retraining: end {outcome}"
    assert world.account.endpoints[ENDPOINT].config == CONFIG
    assert not world.is_locked()


def test_trigger_without_a_run_ends_idle(world: World) -> None:
    world.account.models[f"{ENDPOINT}-model"] = {"PrimaryContainer": {"Image": "x"}}
    assert world.machine.run(DRIFT).states == [
        "Decide",
        "Decided",
        "IdleNews",
        "IdleNotify",
        "Idle",
    ]
    assert world.machine.run(LOOK).end == "Idle"


def test_trigger_while_an_execution_carries_a_run_is_recorded(world: World) -> None:
    others: list[str] = []

    def before(payload: Mapping[str, Any]) -> None:
        approving(world, payload)
        if payload["step"] == "evaluate" and not others:
            others.append("")
            others[0] = world.machine.run(PERSON).end

    world.before = before
    assert world.machine.run(DRIFT).end == "Released"
    assert others == ["Idle"]
    assert world.account.keys(f"{ROOT}triggers/person")
    assert world.machine.run(LOOK).end == "Idle"
    assert world.account.keys(f"{ROOT}answers/person")


STEPS = [Step.DATASET, Step.TRAIN, Step.EVALUATE, Step.GATES, Step.REGISTER, Step.APPROVAL]


@pytest.mark.parametrize("error", ["MemoryError", "Lambda.TooManyRequestsException"])
def test_errors_of_every_step_that_pass_are_retried_and_the_run_ends_as_without_them(
    world: World, error: str
) -> None:
    left = dict.fromkeys((step.value for step in Step), 2)

    def before(payload: Mapping[str, Any]) -> None:
        approving(world, payload)
        if left[payload["step"]]:
            left[payload["step"]] -= 1
            raise type(error, (Exception,), {})("the function's")

    world.before = before
    assert world.machine.run(DRIFT).end == "Released"
    assert {step for step, times in left.items() if times} == {"fault", "wake"}
    assert len(world.account.training) == 1


@pytest.mark.parametrize(
    "step", [Step.DECIDE, *STEPS, Step.ASK, Step.RELEASE, Step.WATCH, Step.END]
)
def test_step_that_fails_after_all_retries_notifies_and_a_look_continues_the_run(
    world: World, step: Step
) -> None:
    broken = True

    def before(payload: Mapping[str, Any]) -> None:
        approving(world, payload)
        if payload["step"] == step.value and broken:
            raise RuntimeError("AWS is down")

    world.before = before
    execution = world.machine.run(DRIFT)
    assert (execution.status, execution.end) == ("FAILED", "Failed")
    assert "AWS is down" in world.machine.notifications()[-1][1]
    if step not in (Step.WATCH, Step.END):
        assert serving(world.account) == CHAMPION

    broken = False
    assert world.machine.run(LOOK if step is not Step.DECIDE else DRIFT).end == "Released"
    assert [record["outcome"] for record in world.ended()] == ["released"]
    assert (len(world.account.training), serving(world.account)) == (1, CANDIDATE)


def test_step_that_fails_again_and_again_ends_the_run(world: World) -> None:
    def before(payload: Mapping[str, Any]) -> None:
        if payload["step"] == "evaluate":
            raise RuntimeError("a fault of the function")

    world.before = before
    ends = [world.machine.run(event).states for event in (DRIFT, LOOK, LOOK)]
    assert [states[-1] for states in ends] == ["Failed"] * 3
    assert ["End" in states for states in ends] == [False, False, True]
    assert [record["outcome"] for record in world.ended()] == ["failed"]
    assert not world.is_locked()


def test_fault_that_cannot_be_recorded_still_notifies(world: World) -> None:
    def before(payload: Mapping[str, Any]) -> None:
        if payload["step"] in ("train", "fault"):
            raise RuntimeError("S3 is down")

    world.before = before
    execution = world.machine.run(DRIFT)
    assert execution.states[-2:] == ["NotifyFailure", "Failed"]
    subject, message = world.machine.notifications()[-1]
    assert subject == "Retraining failed"
    assert "S3 is down" in message


def test_notifications_that_cannot_be_sent_stop_nothing(world: World) -> None:
    world.before = lambda payload: approving(world, payload)
    topics = SESSION.client("sns")
    topics.delete_topic(TopicArn=TOPIC)
    assert world.machine.run(DRIFT).end == "Released"
    topics.create_topic(Name="retraining")
