"""Events that come twice, in any order, late or never, and two that act at the same
moment: the end is the same."""

import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.names import LOOK as LOOK_KIND
from retraining_account import Account
from retraining_world import (
    API,
    DRIFT,
    ENDPOINT,
    LOOK,
    PERSON,
    QUALITY,
    SCHEDULED,
    approve,
    furnish,
    pipeline,
    serving,
    tag_event,
)

ROOT = f"retraining/{ENDPOINT}/"
EVENTS = [DRIFT, QUALITY, SCHEDULED, PERSON, API, tag_event(), {"kind": LOOK_KIND, "late": True}]
ORDERS = 500


def end(account: Account) -> dict[str, Any]:
    """What all orders must come to."""
    records = [
        json.loads(account.text(key))
        for key in account.keys(f"{ROOT}runs/")
        if key.endswith("/ended.json")
    ]
    triggers = {key.rpartition("/")[2] for key in account.keys(f"{ROOT}triggers/")}
    answers = {key.rpartition("/")[2] for key in account.keys(f"{ROOT}answers/")}
    return {
        "serving": serving(account),
        "packages": len(account.packages),
        "training": sorted(account.training),
        "evaluations": sorted(account.processing),
        "updates": account.updates,
        "records": records,
        "releases": len(account.keys(f"releases/{ENDPOINT}/records/")),
        "locks": account.keys(f"{ROOT}lock") + account.keys(f"releases/{ENDPOINT}/lock"),
        "unanswered": triggers - answers,
    }


def settle(account: Account) -> None:
    """Looks until nothing is under way, as the schedule does; a person approves."""
    for _ in range(30):
        answer = driver.advance(pipeline(account), LOOK)
        approve(account)
        if "Nothing asks for a run" in answer.message:
            return
    raise AssertionError(answer)


def order(seed: int) -> list[dict[str, Any]]:
    """Some of the events, some of them twice, in any order."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    events = [event for event in EVENTS for _ in range(chance.choice((0, 1, 1, 2)))]
    chance.shuffle(events)
    return events


def meeting(account: Account, seed: int) -> Callable[[str], None]:
    """Has another event handled in the middle of a call, as by another process."""
    chance = random.Random(-seed)  # noqa: S311 (no secret)
    at = chance.randrange(300)
    event = chance.choice([DRIFT, LOOK, PERSON])
    count = 0

    def before(_operation: str) -> None:
        nonlocal count
        count += 1
        if count == at:
            driver.advance(pipeline(account), event)

    return before


@cache
def furnished() -> Account:
    return furnish(Account(ticks=1))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """The end of one event after the other."""
    account = furnished().snapshot()
    settle(account)
    return end(account)


def test_quiet_order_ends_released_with_one_of_everything(expected: dict[str, Any]) -> None:
    assert (expected["unanswered"], expected["locks"]) == (set(), [])
    assert (expected["updates"], len(expected["training"]), expected["releases"]) == (1, 1, 1)
    assert [record["outcome"] for record in expected["records"]] == ["released"]


@pytest.mark.parametrize("first", range(0, ORDERS, ORDERS // 5))
def test_every_order_ends_the_same(expected: dict[str, Any], first: int) -> None:
    for seed in range(first, first + ORDERS // 5):
        other = furnished().snapshot()
        chance = random.Random(seed)  # noqa: S311 (no secret)
        other.before = meeting(other, seed)
        for event in order(seed):
            driver.advance(pipeline(other), event)
            if chance.random() < 0.3:
                approve(other)
        settle(other)
        assert end(other) == expected, f"seed {seed}: {order(seed)}"
