"""A report has the obstacles of a preflight, in the comment of a pull request too."""

import io
import json
import pathlib
from dataclasses import replace

import pytest
from groundplan.cost.estimate import estimate
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.report import json_report, obstacles
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.report.preflight import PreflightError
from groundplan.report.terminal import stacks
from rich.console import Console

TOKEN = "aws:s3/bucket:Bucket"
BUCKET = Resource(f"urn:pulumi:dev::p::{TOKEN}::data", TOKEN, "data", None, True, {})
BEFORE, AFTER = Manifest("p", "dev", ()), Manifest("p", "dev", (BUCKET,))
FINDING = {
    "name": "gpu-nodes",
    "need": "8 vCPUs",
    "limit": "Running On-Demand G and VT instances: 0",
    "fix": "request 8 vCPUs",
    "stage": "up",
    "alternatives": ["g5.xlarge on spot"],
}
DOCUMENT = {
    "preflight": 1,
    "project": "p",
    "stack": "dev",
    "account": "123456789012",
    "findings": [FINDING],
    "unchecked": [{"check": "charts", "what": "x", "why": "y"}],
}


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "preflight.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


@pytest.fixture
def report(file: pathlib.Path) -> Report:
    changes = compare(BEFORE, AFTER, "main")
    plain = Report("p", "dev", AFTER, changes=changes, cost=estimate(AFTER))
    return obstacles.attached([plain], file)[0]


def test_the_comment_has_each_obstacle(report: Report) -> None:
    text = markdown([report])
    assert "Preflight: 1 obstacle in account 123456789012, 1 not checked" in text
    for part in ("gpu-nodes", "up fails", "8 vCPUs", "request 8 vCPUs", "g5.xlarge on spot"):
        assert part in text
    assert "Preflight" not in markdown([replace(report, preflight=None)])


def test_the_terminal_has_each_obstacle(report: Report) -> None:
    out = io.StringIO()
    stacks.show([report], Console(file=out, width=300))
    assert "Preflight: 1 obstacle" in out.getvalue()
    assert "gpu-nodes, up fails: needs 8 vCPUs" in out.getvalue()


def test_json_has_the_document(report: Report) -> None:
    data = json.loads(json_report.to_json([report]))
    assert data["reports"][0]["preflight"] == DOCUMENT


def test_text_of_an_obstacle_can_not_format_the_comment(file: pathlib.Path, report: Report) -> None:
    file.write_text(
        json.dumps({**DOCUMENT, "findings": [{**FINDING, "need": "<b>x</b>\n# title"}]})
    )
    text = markdown(obstacles.attached([report], file))
    assert "<b>x</b>" not in text
    assert "\n# title" not in text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"preflight": 1}', '{"preflight": 2}', "no"])
def test_another_file_is_no_preflight(report: Report, file: pathlib.Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(PreflightError, match=r"preflight\.json"):
        obstacles.attached([report], file)


def test_a_preflight_of_another_stack_is_refused(report: Report, file: pathlib.Path) -> None:
    with pytest.raises(PreflightError, match="is of p/dev, which is not previewed"):
        obstacles.attached([replace(report, stack="prod")], file)
