"""One run at a time: what happens to others between a decision and its lock."""

import json
from collections.abc import Callable

from groundplan.retraining.engine import driver
from groundplan.retraining.engine.names import Outcome, Status, Step
from groundplan.retraining.engine.pipeline import Pipeline
from retraining_account import Account
from retraining_world import DRIFT, ENDPOINT, PERSON, approve, evaluated, pipeline

ROOT = f"retraining/{ENDPOINT}/"


def before_the_lock(account: Account, act: Callable[[], None]) -> None:
    """Acts after a decision, before its lock is written."""
    put = account._put_object

    def putting(params: dict[str, str]) -> dict[str, str]:
        if params["Key"].endswith("lock.json"):
            account._put_object = put  # type: ignore[method-assign]
            act()
        return put(params)

    account._put_object = putting  # type: ignore[method-assign]


def whole_run(account: Account, event: dict[str, object]) -> None:
    for _ in range(20):
        answer = driver.advance(pipeline(account), event)
        approve(account)
        if answer.step is Step.END:
            return
    raise AssertionError(answer)


def test_run_that_ended_before_the_lock_is_not_begun_again(
    retraining: Pipeline, account: Account
) -> None:
    """Another process began and ended the same run meanwhile."""
    account.evaluate = evaluated(candidate=0.5)
    before_the_lock(account, lambda: whole_run(account, DRIFT))
    answer = retraining.take(Step.DECIDE, {"event": DRIFT})
    assert (answer.status, answer.outcome) == (Status.IDLE, Outcome.NOT_NEEDED)
    assert len(account.training) == 1
    assert not account.keys(f"{ROOT}lock")


def test_decision_beside_a_champion_that_was_replaced_meanwhile_is_taken_again(
    retraining: Pipeline, account: Account
) -> None:
    """A person released another version between the decision and the lock."""
    (champion,) = account.packages
    other = champion.replace("/1", "/9")

    def release() -> None:
        package = {**account.packages[champion], "ModelPackageVersion": 9}
        account.packages[other] = {**package, "ModelPackageArn": other}
        account.models[f"{ENDPOINT}-model"] = {"PrimaryContainer": {"ModelPackageName": other}}

    before_the_lock(account, release)
    run = retraining.take(Step.DECIDE, {"event": DRIFT}).run
    begun = json.loads(account.text(f"{ROOT}runs/{run}/begun.json"))
    assert begun["champion"]["id"] == other
    assert len({key.split("/")[3] for key in account.keys(f"{ROOT}runs/")}) == 1


def test_lock_of_another_run_is_never_removed(retraining: Pipeline, account: Account) -> None:
    journal = retraining.context.journal
    first = journal.lock({"run": "one"})
    journal.unlock(first)
    second = journal.lock({"run": "two"})
    journal.unlock(first)
    held = journal.held()
    assert held is not None
    assert held.data == second.data
    assert journal.lock({"run": "three"}).data["run"] == "two"


def test_lock_that_a_crash_left_behind_its_run_s_end_is_removed_by_the_next_decision(
    retraining: Pipeline, account: Account
) -> None:
    account.evaluate = evaluated(candidate=0.5)
    locks: list[tuple[tuple[str, str], object]] = []

    def keep(operation: str) -> None:
        if operation == "delete_object":
            place = ("artifacts", f"{ROOT}lock.json")
            locks.append((place, account.objects[place]))

    account.before = keep
    whole_run(account, DRIFT)
    account.before = lambda _operation: None
    for place, stored in locks:
        account.objects[place] = stored  # type: ignore[assignment]
    answer = retraining.take(Step.DECIDE, {"event": {**PERSON, "again": True}})
    assert answer.status is Status.NEXT
    begun = json.loads(account.text(f"{ROOT}lock.json"))
    assert (begun["run"], begun["sequence"]) == (answer.run, 1)


def test_step_that_another_process_has_taken_meanwhile_does_not_end_the_run(
    retraining: Pipeline, account: Account
) -> None:
    """The other carries the run to its release before the gates look who serves."""
    run = ""
    while not account.keys(f"{ROOT}runs/{run}/evaluate.json"):
        run = driver.advance(retraining, DRIFT).run
        account.objects.pop(("artifacts", f"{ROOT}runs/{run}/gates.json"), None)

    def meet(operation: str) -> None:
        if operation == "describe_endpoint":
            account.before = lambda _operation: None
            whole_run(account, DRIFT)

    account.before = meet
    answer = retraining.take(Step.GATES, {"run": run})
    assert answer.status is Status.NEXT
    record = json.loads(account.text(f"{ROOT}runs/{run}/ended.json"))
    assert record["outcome"] == "released"
    assert not account.keys(f"{ROOT}runs/{run}/verdict.json")
