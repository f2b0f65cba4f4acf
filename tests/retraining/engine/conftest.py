"""An account in memory with a champion and a newer dataset version, for each test."""

from functools import cache

import pytest
from groundplan.retraining.engine.pipeline import Pipeline
from retraining_account import Account
from retraining_world import furnish, pipeline


@cache
def _furnished() -> Account:
    return furnish(Account())  # type: ignore[no-any-return]


@pytest.fixture
def account() -> Account:
    return _furnished().snapshot()


@pytest.fixture
def retraining(account: Account) -> Pipeline:
    return pipeline(account)
