"""A release has the version of the package, and the notes of its section."""

import pathlib
from importlib import util
from typing import Any

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
CHANGELOG = """\
# Changelog

## Unreleased

More.

## 1.2.0 - 2026-11-28

### Added

- It.

## 1.1.0
"""


def tool() -> Any:
    spec = util.spec_from_file_location("release_notes", ROOT / "tools" / "release_notes.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_notes_are_the_section_of_the_version() -> None:
    assert tool().notes("v1.2.0", "1.2.0", CHANGELOG) == "### Added\n\n- It.\n"


@pytest.mark.parametrize(
    ("tag", "version", "message"),
    [
        ("v1.3.0", "1.2.0", "The tag is v1.3.0, components/pyproject.toml has 1.2.0"),
        ("1.2.0", "1.2.0", "tag v1.2.0"),
        ("v1.3.0", "1.3.0", "CHANGELOG.md says nothing of 1.3.0"),
        ("v1.1.0", "1.1.0", "CHANGELOG.md says nothing of 1.1.0"),
    ],
)
def test_what_has_no_notes_is_not_released(tag: str, version: str, message: str) -> None:
    release_notes = tool()
    with pytest.raises(release_notes.NotReleasable, match=message.replace(".", r"\.")):
        release_notes.notes(tag, version, CHANGELOG)


def test_the_workflow_publishes_what_was_tested_and_merged_with_no_stored_token() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    runs = [step.get("run", "") for step in jobs["build"]["steps"]]
    merged, tested, built = (
        next(place for place, run in enumerate(runs) if word in run)
        for word in ("--is-ancestor", ".ci/run", "hatchling build")
    )
    assert merged < tested < built
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"] == "pypi"
    assert "secrets." not in text
    assert jobs["announce"]["needs"] == "publish"
    assert jobs["publish"]["needs"] == "build"
