"""What make does with the commands of other programs."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def test_every_up_is_verified() -> None:
    told = subprocess.run(
        ["make", "-n", "up", "STACK=prod"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    commands = [line.split("/")[-1] for line in told.splitlines()]
    assert commands.index("pulumi up --stack prod") < commands.index("groundplan verify prod")


LOCKS = ("requirements.txt", "requirements-dev.txt", "policy/requirements.txt")
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)", re.MULTILINE)


@pytest.mark.parametrize("file", LOCKS)
def test_every_environment_is_locked_with_hashes_and_names_no_index(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    # The command, which Renovate repeats, comes first.
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(entries) > 10
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"--output-file={file}" in makefile
    assert f"--require-hashes -r {file}" in makefile


def test_the_policy_pack_runs_on_the_same_pulumi() -> None:
    """Beside it, as pulumi-policy requires another protobuf."""
    program, pack = (
        dict(PINNED.findall((ROOT / file).read_text(encoding="utf-8")))
        for file in (LOCKS[0], LOCKS[2])
    )
    assert pack["pulumi"] == program["pulumi"]
    assert "pulumi-policy" in pack
    assert "pulumi-policy" not in program


def test_the_tests_set_up_the_policy_pack_where_there_is_an_engine(tmp_path: pathlib.Path) -> None:
    cli = tmp_path / "pulumi"
    cli.write_text("#!/bin/sh\n")
    cli.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    planned = subprocess.run(
        ["make", "-n", "-B", "unit"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "-r policy/requirements.txt" in planned


def test_the_library_is_compiled_once_in_a_container_too(tmp_path: pathlib.Path) -> None:
    more = tmp_path / "more.mk"
    more.write_text("shown:\n\t@env\n")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    variables = subprocess.run(
        ["make", "-f", "Makefile", "-f", str(more), "shown"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "PATH=" in variables
    assert "PYTHONDONTWRITEBYTECODE" not in variables
