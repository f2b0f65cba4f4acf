"""`groundplan preview --watch`, in real processes. Its documents and a named pipe are
the handshakes: no test waits for a time."""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from groundplan.cli import main

PROGRAM = """
import os, pathlib, pulumi
import naming
pulumi.runs = getattr(pulumi, "runs", 0) + 1
os.environ["RUNS"] = str(int(os.environ.get("RUNS", "0")) + 1)
here = pathlib.Path(__file__).parent
(here / "written.txt").write_text("by the program")
pulumi.export("runs", [pulumi.runs, os.environ["RUNS"], (here / "written.txt").read_text()])
pulumi.export("size", pulumi.Config().get_int("size"))
pulumi.export("data", (here / "data.txt").read_text())
pulumi.export("files", sorted(file.name for file in here.glob("teams/*.yaml")))
if naming.value == "waits":
    pipe = os.open(os.environ["HANDSHAKE"], os.O_WRONLY)
    os.write(pipe, b"x")
    while True:
        __import__("signal").pause()
pulumi.export("value", naming.value)
"""

FIRST = {"runs": [1, "1", "by the program"], "size": 1, "data": "1", "files": [], "value": "a"}

LIMIT = 120
"""Seconds after which a watch that prints nothing has failed."""


def git(folder: pathlib.Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


class Session:
    """A watch."""

    def __init__(self, project: pathlib.Path, *options: str) -> None:
        self.temporary = project.parent / "tmp"
        self.temporary.mkdir()
        self.pipe = project.parent / "pipe"
        os.mkfifo(self.pipe)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "groundplan.cli",
                "preview",
                "-p",
                str(project),
                "--watch",
                *options,
            ],
            env={
                **os.environ,
                "TMPDIR": str(self.temporary),
                "HANDSHAKE": str(self.pipe),
                "PYTHONDONTWRITEBYTECODE": "",  # compiled modules are part of the test
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )

    def line(self, stream: Any) -> str:
        """The next line of a stream."""
        ready, _, _ = select.select([stream], [], [], LIMIT)
        assert ready, f"nothing was printed; the watch is {self.process.poll()}"
        text: str = stream.readline().decode()
        return text

    def document(self) -> dict[str, Any]:
        """The next document: with --json, each preview is one line."""
        data: dict[str, Any] = json.loads(self.line(self.process.stdout))
        return data

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = self.document()["outputs"]
        return outputs

    def error(self) -> str:
        """The next error."""
        error: dict[str, str] = json.loads(self.line(self.process.stderr))["error"]
        return error["message"]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=LIMIT)
        return self.process.returncode


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text("config: {size: 1}\n")
    (root / "__main__.py").write_text(PROGRAM)
    (root / "naming.py").write_text("value = 'a'\n")
    (root / "data.txt").write_text("1")
    (root / "teams").mkdir()
    return root


@pytest.fixture
def watching(project: pathlib.Path) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def start(*options: str) -> Session:
        sessions.append(Session(project, *options))
        return sessions[-1]

    yield start
    for session in sessions:
        if session.process.poll() is None:
            session.end(signal.SIGTERM)


def test_each_save_is_previewed(project: pathlib.Path, watching: Callable[..., Session]) -> None:
    session = watching("--json")
    naming = project / "naming.py"
    assert session.outputs() == FIRST
    # Within a second and of the same size: Python alone would read the compiled module.
    for value in "bcd":
        naming.write_text(f"value = '{value}'\n")
        assert session.outputs() == {**FIRST, "value": value}, "state has leaked"
    # As many editors save: a temporary file, which replaces the former one.
    for name in (".naming.py.swp", "naming.py~", "4913", "#naming.py#"):
        (project / name).touch()
    (project / "naming.py.tmp").write_text("value = 'e'\n")
    (project / "naming.py.tmp").replace(naming)
    assert session.outputs()["value"] == "e"
    (project / "Pulumi.dev.yaml").write_text("config: {size: 2}\n")
    assert session.outputs()["size"] == 2
    (project / "data.txt").write_text("2")
    assert session.outputs()["data"] == "2"
    (project / "teams" / "a.yaml").touch()
    assert session.outputs()["files"] == ["a.yaml"]
    (project / "teams" / "a.yaml").rename(project / "teams" / "b.yaml")
    assert session.outputs()["files"] == ["b.yaml"]


def test_errors_are_shown_and_the_watch_goes_on(
    project: pathlib.Path, watching: Callable[..., Session]
) -> None:
    naming, settings = project / "naming.py", project / "Pulumi.dev.yaml"
    naming.write_text("value = = 'a'\n")  # the first preview fails
    session = watching("--json")
    assert "SyntaxError" in session.error()
    session.document()  # what was registered until then
    naming.write_text("value = 'a'\n")
    assert session.outputs() == FIRST
    naming.unlink()
    assert "No module named 'naming'" in session.error()
    session.document()
    (project / "naming").mkdir()
    (project / "naming" / "__init__.py").write_text("value = 'package'\n")
    while (outputs := session.outputs()).get("value") != "package":
        session.error()  # the folder was there before its file
    assert outputs["value"] == "package"
    settings.write_text("config: {size: 1\n")
    assert "Pulumi.dev.yaml:" in session.error()
    settings.write_text("config: {size: 3}\n")
    assert session.outputs()["size"] == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_save_ends_the_preview_that_runs_and_a_signal_ends_everything(
    project: pathlib.Path, watching: Callable[..., Session], number: signal.Signals
) -> None:
    naming = project / "naming.py"
    session = watching("--json")
    assert session.outputs() == FIRST
    for value in ("b", ""):
        naming.write_text("value = 'waits'\n")
        with session.pipe.open("rb", buffering=0) as handshake:
            assert handshake.read(1) == b"x"  # the program runs
            if value:
                naming.write_text(f"value = '{value}'\n")
                assert session.outputs()["value"] == value
            else:
                assert session.end(number) == 128 + number
            assert handshake.read() == b""  # the process of the program has ended
    assert list(session.temporary.iterdir()) == []


def test_a_watch_compares_with_a_revision_that_may_move(
    project: pathlib.Path, watching: Callable[..., Session], tmp_path: pathlib.Path
) -> None:
    (project / "__main__.py").write_text(
        "import pulumi, naming\npulumi.export('value', naming.value)\n"
    )
    git(project, "init", "--quiet", "--initial-branch", "main")
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "-m", "first")
    page = project / "page.html"
    session = watching("--json", "--base", "main", "--all", "--html", str(page))

    def change() -> list[tuple[Any, Any]]:
        (report,) = session.document()["reports"]
        return [(change["old"], change["new"]) for change in report["changes"]["outputs"]]

    assert change() == []
    assert "shop" in page.read_text()
    (project / "naming.py").write_text("value = 'b'\n")
    assert change() == [("a", "b")]
    git(project, "commit", "--quiet", "-am", "second")
    assert change() == []
    assert session.end(signal.SIGINT) == 128 + signal.SIGINT
    assert list(session.temporary.iterdir()) == []
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=project, capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) == 1


def test_a_person_reads_what_has_changed_and_that_it_waits(
    project: pathlib.Path, watching: Callable[..., Session]
) -> None:
    session = watching()
    assert session.line(session.process.stderr) == "groundplan: running shop/dev offline\n"
    assert "s; waiting for changes (Ctrl-C ends)" in session.line(session.process.stderr)
    (project / "naming.py").write_text("value = 'b'\n")
    assert session.line(session.process.stderr) == "groundplan: naming.py changed\n"
    assert session.end(signal.SIGINT) == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (["--stack", "prd"], 1, "The stacks here: dev"),
        (["--base", "no-such-revision"], 1, "--base no-such-revision"),
        (["--fail-on", "everything"], 2, "everything"),
        (["--config", "size"], 2, "expected KEY=VALUE"),
        (["--project", "/"], 1, "no Pulumi.yaml"),
    ],
)
def test_an_option_that_no_edit_corrects_is_an_error_at_once(
    project: pathlib.Path, options: list[str], code: int, text: str
) -> None:
    git(project, "init", "--quiet")
    (project / "Pulumi.dev.yaml").write_text("config: {size: 1\n" if code == 2 else "")
    result = CliRunner().invoke(main, ["preview", "--watch", "-p", str(project), *options])
    assert result.exit_code == code
    assert text in result.stderr
