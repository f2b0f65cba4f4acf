"""A base runs beside what is compared with it, and ends where nothing is compared."""

import pathlib
import subprocess
import sys
from collections.abc import Sequence

import pytest
from groundplan.manifest import bases, processes
from groundplan.manifest import project as projects
from groundplan.manifest.bases import Base
from groundplan.manifest.run import Request, Result
from groundplan.report.gather import gather
from groundplan.report.wanted import Wanted

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "base"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_an_error_of_the_program_does_not_wait_for_the_base(
    project: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []

    def of_revision(*_: object) -> Base:
        try:
            processes.run(FOREVER)
        finally:
            ended.append(True)
        raise AssertionError("it runs until it is ended")

    def run(_: Sequence[Request]) -> list[Result]:
        return [Result(None, "Pulumi.dev.yaml has invalid settings: 1 problem.")]

    monkeypatch.setattr(bases, "of_revision", of_revision)
    wanted = Wanted(projects.load(project), ["dev"], base="HEAD")
    (report,) = gather(wanted, lambda _: None, run)
    assert report.message.startswith("Pulumi.dev.yaml has invalid settings")
    assert ended == [True]


def test_a_scope_that_has_ended_runs_only_what_cleans_up() -> None:
    scope = processes.Scope()
    scope.end()
    with pytest.raises(processes.Abandoned):
        scope.call(lambda: processes.run(["git", "--version"]))
    assert scope.call(lambda: processes.run(["git", "--version"], cleanup=True)).returncode == 0
    # Other work goes on.
    assert processes.run(["git", "--version"]).returncode == 0
