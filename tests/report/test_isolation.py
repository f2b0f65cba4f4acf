"""Previews say whether the teams of a stack are isolated."""

import json
import pathlib
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.proof import prove
from groundplan.report.json_report import to_json
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.report.proof import footer
from isolation_plans import faulty, isolated, manifest

pytestmark = pytest.mark.usefixtures("forked")

PROGRAM = """
import pulumi_kubernetes as kubernetes
for team in ("vision", "audio"):
    kubernetes.core.v1.Namespace(team, metadata={"name": team, "labels": {"team": team}})
"""
TEAMLESS = "import pulumi_aws as aws\naws.sqs.Queue('q')\n"


def report(is_isolated: bool) -> Report:
    plan = manifest(isolated() if is_isolated else faulty())
    return Report("groundplan", "prod", plan, proof=prove(plan))


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.delenv("GROUNDPLAN_STACK", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def preview(project: pathlib.Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["preview", "--project", str(project), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_preview_ends_with_the_isolation_of_its_teams(project: pathlib.Path) -> None:
    last = preview(project).rstrip().splitlines()[-1]
    assert last.startswith("isolation of teams: 4 refuted, ")
    assert last.endswith(" claims (groundplan prove dev)")


def test_a_preview_without_teams_says_nothing_of_isolation(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(TEAMLESS)
    assert "isolation" not in preview(project)


def test_a_preview_without_a_solver_says_that_the_proof_was_not_run(
    project: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    last = preview(project).rstrip().splitlines()[-1]
    assert last.startswith("isolation of teams: not proved, as the proof needs the solver z3")
    assert "pip install 'groundplan[prove]'" in last


def test_a_proved_plan_has_one_line() -> None:
    claims = len(report(True).proof.results)  # type: ignore[union-attr]
    assert footer(report(True)) == f"isolation of teams: {claims} proved of {claims} claims"


def test_a_comment_lists_the_claims_that_are_refuted(project: pathlib.Path) -> None:
    file = project / "comment.md"
    preview(project, "--markdown", str(file))
    text = file.read_text(encoding="utf-8")
    assert "Isolation of teams: 4 refuted" in text
    assert "REFUTED: pods of audio do not connect to pods of vision" in text
    assert "Isolation of teams" in markdown([report(True)])
    assert "REFUTED" not in markdown([report(True)])
    unproved = replace(report(True), proof=None, unproved="the proof needs the solver z3")
    assert "- isolation of teams: not proved, as the proof needs" in markdown([unproved])


def test_the_json_report_has_the_proof() -> None:
    (data,) = json.loads(to_json([report(False)]))["reports"]
    assert data["proof"]["verdict"] == "refuted"
    assert data["proof"]["claims"]["refuted"] == 22
