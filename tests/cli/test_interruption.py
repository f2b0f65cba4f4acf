"""Signals, time limits and programs that write to file descriptor 1, in real
processes. A named pipe is the handshake: no test waits for a time."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Any

import pytest
from click.testing import CliRunner
from groundplan.cli import main

WAITS = """
import os, pulumi, sys
pipe = os.open(os.environ["HANDSHAKE"], os.O_WRONLY)
os.write(pipe, b"x")
while True:
    try:
        __import__("signal").pause()
    except Exception:
        pass
"""


def git(folder: pathlib.Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (root / "Pulumi.dev.yaml").touch()
    (root / "__main__.py").write_text("import pulumi\n")
    return root


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("base", [True, False])
def test_a_signal_leaves_nothing_behind(
    tmp_path: pathlib.Path, project: pathlib.Path, number: signal.Signals, base: bool
) -> None:
    (project / "__main__.py").write_text(WAITS)
    git(project, "init", "--quiet")
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "-m", "first")
    temporary, pipe = tmp_path / "tmp", tmp_path / "pipe"
    temporary.mkdir()
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "groundplan.cli", "preview", "-p", str(project)]
    process = subprocess.Popen(
        [*command, *(["--base", "HEAD"] if base else [])],
        env={**os.environ, "TMPDIR": str(temporary), "HANDSHAKE": str(pipe)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with pipe.open("rb", buffering=0) as handshake:
        for _ in range(2 if base else 1):  # both programs run
            assert handshake.read(1) == b"x"
        process.send_signal(number)
        process.communicate()
        assert process.returncode == 128 + number
        assert handshake.read() == b""  # every process that held the pipe has ended
    assert list(temporary.iterdir()) == []
    assert len(git(project, "worktree", "list").splitlines()) == 1
    assert git(project, "status", "--porcelain") == ""


def test_a_signal_at_any_command_leaves_nothing_behind(
    tmp_path: pathlib.Path, project: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal arrives right after the first command has started, then the second,
    and so on: git, the worktree, the programs, the worktree's removal."""
    git(project, "init", "--quiet")
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "-m", "first")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    started: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def signalled(number: int) -> int:
        """The exit code of a preview that gets the signal at a command."""

        def popen(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
            process: subprocess.Popen[str] = start(*arguments, **options)
            started.append(process)
            if len(started) == number:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            return process

        started.clear()
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", popen)
            command = ["preview", "-p", str(project), "--base", "HEAD"]
            return CliRunner().invoke(main, command).exit_code

    number, code = 0, 143
    while code == 143:
        number += 1
        code = signalled(number)
        assert all(process.returncode is not None for process in started)
        assert list(temporary.iterdir()) == []
        assert len(git(project, "worktree", "list").splitlines()) == 1
    assert code == 0
    assert number > 6  # no command was left


@pytest.mark.parametrize("catches", ["", "BaseException"])
def test_a_program_that_does_not_end_is_ended(project: pathlib.Path, catches: str) -> None:
    wait = "signal.pause()"
    loop = f"while True:\n    try:\n        {wait}\n    except {catches}:\n        pass\n"
    program = "import signal\nimport pulumi_aws as aws\naws.sqs.Queue('q')\n"
    (project / "__main__.py").write_text(f"{program}{loop if catches else wait}\n")
    result = CliRunner().invoke(main, ["preview", "-p", str(project), "--timeout", "0.5"])
    assert result.exit_code == 1
    assert "did not end within 0.5 seconds. Fix: raise --timeout" in result.stderr
    if not catches:
        assert "__main__.py:4 in <module>: signal.pause()" in result.stderr
        assert "q aws Queue" in result.stdout


def test_a_time_limit_is_positive(project: pathlib.Path) -> None:
    assert (
        CliRunner().invoke(main, ["preview", "-p", str(project), "--timeout", "0"]).exit_code == 2
    )


def test_what_a_program_writes_to_file_descriptor_1_is_not_in_the_json(
    project: pathlib.Path,
) -> None:
    (project / "__main__.py").write_text(
        "import os, subprocess, pulumi\n"
        "os.write(1, b'written')\nsubprocess.run(['echo', 'echoed'])\nprint('printed')\n"
        "pulumi.export('numbers', [float('nan'), float('inf'), 1.5])\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "groundplan.cli", "preview", "-p", str(project), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    manifest = json.loads(done.stdout, parse_constant=refuse)
    assert manifest["outputs"]["numbers"] == ["NaN", "Infinity", 1.5]
    assert {"written", "echoed", "printed"} <= set(
        done.stderr.replace("written", "written\n").split()
    )


@pytest.mark.parametrize(
    ("settings", "arguments", "code"),
    [
        ("config: {a: 2026-01-01}", [], 1),
        ("", ["--base", "none"], 1),
        ("", ["--stack", "devv"], 1),
        ("", ["--fail-on", "cost"], 2),
    ],
)
def test_with_json_an_error_is_json(
    project: pathlib.Path, settings: str, arguments: list[str], code: int
) -> None:
    (project / "Pulumi.dev.yaml").write_text(settings)
    result = CliRunner().invoke(main, ["preview", "-p", str(project), "--json", *arguments])
    assert result.exit_code == code
    error = json.loads(result.stderr)["error"]
    assert error["exit_code"] == code
    assert error["message"]
    assert result.stdout == ""


def test_off_a_terminal_a_stage_is_a_line_and_with_json_there_is_none(
    project: pathlib.Path,
) -> None:
    command = ["preview", "-p", str(project)]
    assert CliRunner().invoke(main, command).stderr == "groundplan: running shop/dev offline\n"
    assert CliRunner().invoke(main, [*command, "--json"]).stderr == ""
