"""Tests against a real Pulumi engine, where there is one."""

import os
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
        reason = "no pulumi on the PATH: what only the engine knows is not tested here"
        # CI installs the CLI: a skip there would hide that it did not.
        if os.environ.get("GROUNDPLAN_REQUIRE_ENGINE"):
            pytest.fail(reason)
        pytest.skip(reason)
    return lambda stack: real_engine.create(tmp_path, stack)
