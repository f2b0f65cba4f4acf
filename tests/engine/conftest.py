"""Tests against a real Pulumi engine, where there is one."""

import pathlib
from collections.abc import Callable

import pytest
import real_engine
from real_engine import Engine


@pytest.fixture
def engine(tmp_path: pathlib.Path) -> Callable[[str], Engine]:
    """Makes an engine with a stack of the repository's program; skips where there is no
    Pulumi CLI."""
    if not real_engine.installed():
        pytest.skip("no pulumi on the PATH: what only the engine knows is not tested here")
    return lambda stack: real_engine.make(tmp_path, stack)
