"""Which triggers lead to a run, which do not, and that none is lost."""

import json
import re
from typing import Any

import pytest
from groundplan.retraining.engine import driver, triggers
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.names import Outcome, Status, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.settings import LimitSettings, TrainingSettings
from retraining_account import Account
from retraining_world import (
    API,
    DRIFT,
    ENDPOINT,
    LOOK,
    PERSON,
    QUALITY,
    SCHEDULED,
    dataset,
    evaluated,
    pipeline,
    publish,
    tag_event,
    version,
)

ROOT = f"retraining/{ENDPOINT}/"


def decide(retraining: Pipeline, event: dict[str, Any], execution: str = "") -> Answer:
    return retraining.take(Step.DECIDE, {"event": event, "execution": execution})


def rejected(account: Account, retraining: Pipeline) -> str:
    """A whole run whose candidate breaks a gate."""
    account.evaluate = evaluated(candidate=0.5)
    for _ in range(20):
        answer = driver.advance(retraining, DRIFT)
        if answer.step is Step.END:
            return answer.run
    raise AssertionError("the run ends")


def answers(account: Account) -> dict[str, str]:
    return {
        key.removeprefix(f"{ROOT}answers/").removesuffix(".json"): json.loads(account.text(key))[
            "outcome"
        ]
        for key in account.keys(f"{ROOT}answers/")
    }


@pytest.mark.parametrize(
    "event", [DRIFT, QUALITY, SCHEDULED, PERSON, API, tag_event()], ids=lambda e: str(e)[:40]
)
def test_every_kind_of_trigger_begins_the_same_run(
    retraining: Pipeline, account: Account, event: dict[str, Any]
) -> None:
    answer = decide(retraining, event)
    assert (answer.status, answer.notify) == (Status.NEXT, True)
    assert answer.run == decide(pipeline(account.snapshot()), LOOK).run
    assert len(account.keys(f"{ROOT}triggers/")) == 1


def test_same_event_twice_is_one_trigger_and_one_run(
    retraining: Pipeline, account: Account
) -> None:
    first, second = decide(retraining, DRIFT), decide(retraining, {**DRIFT, "id": "2"})
    assert first.run == second.run
    assert len(account.keys(f"{ROOT}triggers/drift")) == 1


def test_lost_event_of_a_dataset_is_recovered_by_a_look(retraining: Pipeline) -> None:
    assert decide(retraining, LOOK).status is Status.NEXT


def test_two_pipelines_that_decide_at_once_begin_one_run(account: Account) -> None:
    """The second decides between the first's look at the lock and its write."""
    one, other = pipeline(account), pipeline(account)
    met: list[Answer] = []

    def meet(operation: str) -> None:
        is_locking = operation == "put_object" and not met and account.keys(f"{ROOT}triggers/")
        if is_locking:
            met.append(Answer(Status.IDLE, Step.DECIDE))
            met.append(decide(other, DRIFT))

    account.before = meet
    first = decide(one, DRIFT)
    assert first.run == met[1].run
    assert len({key.split("/")[3] for key in account.keys(f"{ROOT}runs/")}) == 1


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({**DRIFT, "detail": {"statuses": {"missing_values": "alarm"}}}, "neither drift nor"),
        (tag_event("candidate"), "is not the tag of churn:latest"),
        ({"kind": "person", "id": "1", "reason": ""}, "lacks"),
        ({"kind": "schedule"}, "lacks"),
        ({"source": "aws.ec2"}, "no known kind"),
        ({}, "no known kind"),
    ],
)
def test_other_events_begin_nothing_and_notify_nobody(
    retraining: Pipeline, account: Account, event: dict[str, Any], message: str
) -> None:
    answer = decide(retraining, event)
    assert (answer.status, answer.notify) == (Status.IDLE, False)
    assert message in answer.message
    assert not account.writes()


def test_kinds_that_the_settings_leave_out_begin_nothing(account: Account) -> None:
    retraining = pipeline(account, triggers=("dataset",))
    assert "not among the settings" in decide(retraining, DRIFT).message
    assert decide(retraining, tag_event()).status is Status.NEXT


def test_same_data_as_the_champion_s_is_not_needed_and_people_know(
    retraining: Pipeline, account: Account
) -> None:
    publish(account, 1)
    answer = decide(retraining, DRIFT)
    assert (answer.status, answer.outcome, answer.notify) == (
        Status.IDLE,
        Outcome.NOT_NEEDED,
        True,
    )
    assert version(1) in answer.message
    assert list(answers(account).values()) == ["not-needed"]
    assert decide(retraining, DRIFT).notify is False
    assert decide(retraining, LOOK).message == "Nothing asks for a run"


def test_data_that_was_rejected_is_not_tried_again_unless_a_person_says_so(
    retraining: Pipeline, account: Account
) -> None:
    run = rejected(account, retraining)
    account.pass_time(days=2)
    answer = decide(retraining, QUALITY)
    assert (answer.outcome, f"Run {run} has tried" in answer.message) == (Outcome.NOT_NEEDED, True)

    again = decide(retraining, {**PERSON, "again": True})
    assert again.status is Status.NEXT
    assert again.run != run


def test_cool_down_keeps_the_trigger_waiting(retraining: Pipeline, account: Account) -> None:
    rejected(account, retraining)
    publish(account, 3)
    answer = decide(retraining, tag_event())
    assert (answer.outcome, answer.notify) == (Outcome.NOT_ALLOWED, True)
    assert "cool-down is 24 hours" in answer.message
    assert decide(retraining, LOOK).notify is False

    account.pass_time(hours=25)
    assert decide(retraining, LOOK).status is Status.NEXT


def test_person_need_not_wait_for_the_cool_down(retraining: Pipeline, account: Account) -> None:
    rejected(account, retraining)
    publish(account, 3)
    assert decide(retraining, API).outcome is Outcome.NOT_ALLOWED
    assert decide(retraining, PERSON).status is Status.NEXT


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (LimitSettings(usd_per_run=8), "costs up to 8.50 USD, and may cost 8.00"),
        (LimitSettings(usd_per_month=8), "month's budget is 8.00"),
    ],
)
def test_run_over_the_budget_is_not_allowed_and_waits(
    account: Account, limits: LimitSettings, message: str
) -> None:
    """Two nodes at 2 USD for two hours, and an hour of evaluation at 0.50."""
    answer = decide(pipeline(account, limits=limits), PERSON)
    assert (answer.status, answer.outcome) == (Status.IDLE, Outcome.NOT_ALLOWED)
    assert message in answer.message
    assert answers(account) == {}
    assert decide(pipeline(account, limits=LimitSettings()), LOOK).status is Status.NEXT


def test_unknown_price_is_over_every_budget(account: Account) -> None:
    retraining = pipeline(account, training=TrainingSettings(role_arn="arn:aws:iam::1:role/x"))
    assert "Nobody knows what a run costs" in decide(retraining, PERSON).message


def test_month_counts_what_runs_have_cost_and_the_next_month_is_new(account: Account) -> None:
    """A run costs 8.50 at most, and the one that ended 2.25: half an hour of two nodes
    and of the evaluation."""
    limits = LimitSettings(usd_per_month=10.5, cool_down_hours=0)
    retraining = pipeline(account, limits=limits)
    run = rejected(account, retraining)
    assert json.loads(account.text(f"{ROOT}runs/{run}/ended.json"))["usd"] == 2.25
    publish(account, 3)
    answer = decide(retraining, LOOK)
    assert "have cost 2.25 USD" in answer.message
    account.pass_time(days=10)
    assert decide(retraining, LOOK).status is Status.NEXT


def test_run_that_is_carried_is_left_to_its_execution_and_the_trigger_is_recorded(
    retraining: Pipeline, account: Account
) -> None:
    first = decide(retraining, DRIFT, "arn:one")
    account.running.add("arn:one")
    second = decide(retraining, QUALITY, "arn:two")
    assert (second.status, second.outcome, second.notify) == (Status.IDLE, Outcome.RECORDED, True)
    assert len(account.keys(f"{ROOT}triggers/")) == 2

    account.running.clear()
    third = decide(retraining, LOOK, "arn:three")
    assert (third.status, third.run) == (Status.NEXT, first.run)


def test_trigger_that_came_during_a_run_is_answered_after_it(
    retraining: Pipeline, account: Account
) -> None:
    decide(retraining, DRIFT)
    decide(retraining, QUALITY)
    run = rejected(account, retraining)
    account.pass_time(days=2)
    decide(retraining, LOOK)
    assert answers(account) == {
        "drift-2026-11-28T00:00:00Z-abc": "rejected",
        "quality-2026-11-28T00:00:00Z-def": "not-needed",
        f"dataset-2-{dataset(2)[2][:12]}": "not-needed",
    }
    assert len({key.split("/")[3] for key in account.keys(f"{ROOT}runs/")}) == 1
    assert run


def test_endpoint_without_a_registered_version_keeps_the_trigger(
    retraining: Pipeline, account: Account
) -> None:
    account.models[f"{ENDPOINT}-model"] = {"PrimaryContainer": {"Image": "x"}}
    answer = decide(retraining, DRIFT)
    assert answer.outcome is Outcome.NOT_ALLOWED
    assert "no version of the registry" in answer.message
    assert answers(account) == {}


def test_failed_runs_are_tried_again_as_often_as_allowed(account: Account) -> None:
    retraining = pipeline(account, limits=LimitSettings(attempts=2, cool_down_hours=1))
    account.training_ends += ["Failed"] * 5
    runs, jobs = set(), set()
    for _ in range(60):
        answer = driver.advance(retraining)
        runs |= {answer.run} - {""}
        jobs |= set(account.training)
        account.pass_time(minutes=20)
    assert len(runs) == len(jobs) == 2
    assert answer.outcome is Outcome.NOT_NEEDED
    assert list(answers(account).values()) == ["not-needed"]


@pytest.mark.parametrize(
    ("one", "other"), [("order/1", "order-1"), ("a" * 300 + "1", "a" * 300 + "2"), ("é", "ü")]
)
def test_two_requests_are_two_triggers(one: str, other: str) -> None:
    first, second = (triggers.of_person(identity, "why", "jo").name for identity in (one, other))
    assert first != second
    assert triggers.of_person(one, "why", "jo").name == first
    assert all(re.fullmatch(r"[0-9A-Za-z:.+-]{1,230}", name) for name in (first, second))


def test_trigger_is_named_after_its_id() -> None:
    assert triggers.of_person("2026-11-28T06:00:00Z", "why", "jo").name == (
        "person-2026-11-28T06:00:00Z"
    )
