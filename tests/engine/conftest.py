"""Tests against a real Pulumi engine, where there is one."""

import pathlib
from collections.abc import Callable

import pytest
import real_engine
from real_engine import Engine


@pytest.fixture
def engine(tmp_path: pathlib.Path) -> Callable[[str], Engine]:
    """Creates an engine with a stack of the repository's program; skips the test where
    there is no Pulumi CLI."""
    if not real_engine.installed():
        pytest.skip("the tests against the real engine need the Pulumi CLI on the PATH")
    return lambda stack: real_engine.create(tmp_path, stack)
