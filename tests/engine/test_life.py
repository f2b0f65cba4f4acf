"""Every stack lives with the real engine: an `up` that fails in the middle and is
repeated, a preview and a refresh without changes, a destroy."""

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from journal import Journal
from real_engine import ROOT, Engine

STACKS = sorted(
    file.suffixes[0].removeprefix(".")
    for folder in (ROOT, ROOT / "tests/golden")
    for file in folder.glob("Pulumi.*.yaml")
)


def resources(engine: Engine) -> list[Any]:
    """The resources in the engine's state."""
    state: list[Any] = json.loads(engine.run("stack", "export"))["deployment"].get("resources", [])
    return state


def middle(engine: Engine) -> str:
    """The name of a resource in the middle of the plan, on which others depend."""
    steps = engine.json("preview")["steps"]
    needed = {urn for step in steps for urn in step["newState"].get("dependencies", [])}
    own = [
        step["urn"]
        for step in steps
        if step["urn"] in needed and step["newState"]["type"].startswith(("aws:", "kubernetes:"))
    ]
    return str(own[len(own) // 2].rsplit("::", 1)[-1])


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_recovers_from_a_failure_in_the_middle_and_is_then_unchanged(
    engine: Callable[[str], Engine], tmp_path: pathlib.Path, stack: str
) -> None:
    it, journal = engine(stack), Journal(tmp_path / "journal")
    journal.attach(it)
    it.run("config", "set", "deletionProtection", "false")
    refused = middle(it)

    it.environment["ECHO_REFUSED"] = refused
    assert "LimitExceeded" in it.run("up", "--yes", "--skip-preview", fails=True)
    first = set(journal.read("create").spans)
    assert not [urn for urn in first if urn.endswith(f"::{refused}")]
    assert {r["urn"] for r in resources(it)} >= first

    del it.environment["ECHO_REFUSED"]
    journal.clear()
    it.run("up", "--yes", "--skip-preview")
    second = journal.read("create")
    assert not first & set(second.spans)
    assert second.of(f"::{refused}")
    assert not journal.read("delete").spans

    assert set(it.json("preview")["changeSummary"]) == {"same"}
    it.run("refresh", "--yes", "--expect-no-changes")
    it.run("destroy", "--yes", "--skip-preview")
    assert resources(it) == []
