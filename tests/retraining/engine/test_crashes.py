"""A process that ends at any of its calls: the next one continues, nothing is done
twice, and the champion serves until the candidate is released."""

import copy
import itertools
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.retraining.engine import driver
from retraining_account import Account, refusal
from retraining_world import DRIFT, ENDPOINT, LOOK, approve, furnish, pipeline, serving

ROOT = f"retraining/{ENDPOINT}/"
CHAMPION = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/1"


READS = ("describe", "list", "get", "head")


def quiet(_operation: str) -> None:
    """Nothing happens."""


class Killed(BaseException):
    """The process ends here."""


@cache
def furnished() -> Account:
    account = furnish(Account(ticks=1))
    account.calls.clear()
    return account  # type: ignore[no-any-return]


def advance(account: Account) -> Iterator[None]:
    """Advances until nothing is left to do, one process after the other; a person
    approves."""
    event = DRIFT
    for _ in range(30):
        try:
            answer = driver.advance(pipeline(account), event)
        except ClientError:  # before there is a run: the CronJob's next pod tries again
            continue
        yield
        event = LOOK
        approve(account)
        if "Nothing asks for a run" in answer.message:
            return
    raise AssertionError(answer)


def end(account: Account) -> dict[str, Any]:
    """All that a run leaves. Names of releases have a time and a random end."""
    return {
        "serving": serving(account),
        "keys": account.keys(ROOT) + account.keys("runs/"),
        "releases": len(account.keys(f"releases/{ENDPOINT}/records/")),
        "locks": account.keys(f"releases/{ENDPOINT}/lock"),
        "updates": account.updates,
        "records": [json.loads(account.text(key)) for key in account.keys(ROOT) if "/ended" in key],
        "models": len(account.models),
        "packages": len(account.packages),
    }


@cache
def whole() -> tuple[dict[str, Any], tuple[str, ...]]:
    """The end of an uninterrupted run, and its calls."""
    account = furnished().snapshot()
    for _ in advance(account):
        pass
    return end(account), tuple(account.calls)


def kill(index: int) -> Callable[[str], None]:
    """Ends the process at a later call."""
    count = itertools.count()

    def ends(_operation: str) -> None:
        if next(count) == index:
            raise Killed

    return ends


def test_uninterrupted_run_ends_released() -> None:
    state, calls = whole()
    assert [record["outcome"] for record in state["records"]] == ["released"]
    assert (state["updates"], state["packages"]) == (1, 2)
    assert {"create_training_job", "create_processing_job", "create_model_package"} <= set(calls)


@pytest.mark.parametrize("part", range(4))
def test_run_that_crashes_at_any_call_ends_as_without_the_crash(part: int) -> None:
    """Before each call, which is after the one before it."""
    expected, calls = whole()
    for index in range(part, len(calls), 4):
        account = furnished().snapshot()
        account.before = kill(index)
        where = f"before call {index}, {calls[index]}"
        with pytest.raises(Killed):
            for _ in advance(account):
                pass
        account.before = quiet
        if account.updates == 0:
            assert serving(account) == CHAMPION, where
        for _ in advance(account):
            pass
        assert end(account) == expected, where


@pytest.mark.parametrize("is_after", [False, True], ids=["refused", "lost"])
def test_error_of_any_call_that_writes_is_tried_again(is_after: bool) -> None:
    """AWS refuses a call for a while, or the answer to one that took effect is lost."""
    expected, calls = copy.deepcopy(whole())
    writes = [(i, c) for i, c in enumerate(calls) if not c.startswith(READS) and c != "publish"]
    for index, call in writes:
        account = furnished().snapshot()
        count = itertools.count()

        def fail(operation: str, count: Any = count, index: int = index) -> None:
            if next(count) == index:
                raise refusal("InternalFailure", "AWS is down", operation, 500)

        account.after, account.before = (fail, quiet) if is_after else (quiet, fail)
        for _ in advance(account):
            pass
        found = end(account)
        # Who approves before the run has asked is not asked.
        for state in (found, expected):
            state["keys"] = [k for k in state["keys"] if not re.search("faults/|-asked", k)]
        assert found == expected, f"{'after' if is_after else 'before'} call {index}, {call}"
