"""What a command would ignore is refused, and so is a name that is empty."""

import os
import pathlib
import subprocess
import sys

import pytest
from click.testing import CliRunner
from groundplan.cli import main

FULL = pathlib.Path("/dev/full")


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    for name in ("manifest.json", "state.json", "answers.json"):
        (tmp_path / name).write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("preflight dev --yes", "--yes has no effect without --request"),
        ("preflight dev --manifest manifest.json -c a=b", "a=b has no effect with --manifest"),
        ("lock dev --manifest manifest.json --answers answers.json", "answers.json has no effect"),
        ("drift dev --context prod", "--context has no effect without --kubeconfig"),
        ("drift dev --without-program -c a=b", "a=b has no effect with --without-program"),
        ("drift dev --refresh --manifest manifest.json", "no effect with --refresh"),
        ("destroy-check dev --state state.json -c a=b", "a=b has no effect with --state"),
        (
            "destroy-check dev --state state.json --manifest manifest.json",
            "manifest.json has no effect with --state",
        ),
        ("up dev --check --constrain", "it excludes --constrain"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_option_without_effect_is_refused(words: str, message: str) -> None:
    done = CliRunner().invoke(main, words.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ["approve", ""],
        ["cost", ""],
        ["destroy-check", ""],
        ["drift", ""],
        ["leftovers", ""],
        ["lock", ""],
        ["preflight", ""],
        ["preview", "-s", ""],
        ["up", ""],
        ["utilization", ""],
        ["verify", ""],
    ],
    ids="".join,
)
@pytest.mark.usefixtures("folder")
def test_an_empty_stack_is_not_the_default_one(words: list[str]) -> None:
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "it is empty. Fix: name the stack" in " ".join(done.stderr.split())


@pytest.mark.skipif(not FULL.exists(), reason="Linux has a device that is full")
def test_a_full_disk_is_an_error_without_a_stack_trace() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "groundplan.cli", "cost", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=dict(os.environ),
        )
    assert done.returncode == 1
    assert done.stderr == "groundplan: The output can't be written: No space left on device\n"
