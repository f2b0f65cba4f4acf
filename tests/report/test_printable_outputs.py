"""Any string in any place of a manifest comes out printable in every output."""

import datetime
import io
import json
import pathlib
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from groundplan.acceptance.acceptance import Acceptance, Subject
from groundplan.cli import main
from groundplan.cli.preview_gates import GateFailed
from groundplan.command_line.errors import printable_errors
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.diff.edits.edit import Edit, Edits
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.printable import is_printable, one_line, printable
from groundplan.policy.finding import Finding, Severity
from groundplan.problems import Problem, report
from groundplan.proof.model import Counterexample, Layer, Proof, Result, Verdict
from groundplan.report import gates
from groundplan.report.html.page import html
from groundplan.report.json_report import to_json
from groundplan.report.judged import Judged, Status
from groundplan.report.junit import junit
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.report.sarif import sarif
from groundplan.report.terminal import tree
from groundplan.report.terminal.changes import show_changes
from groundplan.risk.obstacles import Obstacle, Reason
from groundplan.risk.risk import Level, Risk
from groundplan.risk.verdict import of
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

pytestmark = pytest.mark.usefixtures("forked")

ROOT = pathlib.Path(__file__).parents[2]

EVIL = "a\x1b[2J\x1b]0;t\x07\x00\x7f\x85\x9b31m\u202e\u2066\u200b\u2028\ufeff[bold]x[/bold]\r\nb"
CHARACTERS = st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "L", "P", "S"])
STRINGS = st.text(CHARACTERS, max_size=12)


def hostile(text: str) -> Report:
    """A report with a string in every place."""
    child = Resource(
        f"urn:pulumi:dev::shop::a:b:C::{text}",
        f"a:b/{text}:{text}",
        text,
        None,
        True,
        {text: text, "n": {text: [text, {text: text}]}, "json": json.dumps({text: text})},
        {text: text},
        source=f"{text}:3",
        options={"protect": True},
    )
    group = replace(child, urn=f"{child.urn}-group", custom=False)
    manifest = Manifest(text, text, (child, group), {text: [text, text]}, (), {text: text})
    change = Change(Kind.UPDATE, child, child, (PropertyChange(text, text, f"{text}1"),), note=text)
    finding = Finding(text, Severity.HIGH, child.urn, text, text, source=text)
    risk = Risk(Level.HIGH, text, child.urn, text, text, (text,))
    expires = datetime.date(2026, 1, 1)
    accepted = [
        Judged(Acceptance(about, text, text, False, text, text, expires, text), status)
        for about, status in zip(Subject, Status, strict=False)
    ]
    return Report(
        text,
        text,
        manifest,
        changes=Changes(text, (change,), 0, counts={Kind.UPDATE: 1}),
        risks=(risk,),
        cost=Estimate((Item(child.urn, text, text, 2, 3, 4, text),), unknown=(text,)),
        cost_before=Estimate((Item(child.urn, text, text, 1, 2, 3, text),), unknown=(text,)),
        findings=(finding,),
        new_findings=(finding,),
        acceptances=tuple(accepted),
        proof=hostile_proof(text),
        unproved=text,
        edits=Edits((Edit(text, 3, text, text, text), Edit(text, 4, old=text))),
        verdict=of([Obstacle(Reason(text, text, text, text), child.urn, text, text)]),
        sources={child.urn: text},
        settings={child.urn: text},
    )


def hostile_proof(text: str) -> Proof:
    """A proof with a string in every place."""
    found = Counterexample(
        *(text,) * 5, source=text, parameters=((text, text),), path=(text,), assumptions=(text,)
    )
    verdicts = ((Verdict.REFUTED, found), (Verdict.UNKNOWN, None), (Verdict.PROVED, None))
    results = [Result(text, Layer.KEYS, text, text, each, why, text) for each, why in verdicts]
    return Proof(text, text, (text,), tuple(results), (text,))


def printed(of: Report) -> str:
    """What the terminal reports print."""
    stream = io.StringIO()
    assert of.manifest is not None
    for every in (False, True):
        tree.show(of.manifest, Console(file=stream, width=80), every_input=every)
    show_changes(of, Console(file=stream, width=80))
    return stream.getvalue()


def check(text: str) -> None:
    of = hostile(text)
    failed = Report(text, text, None, message=text, frames=(text,))
    outputs: dict[str, Any] = {
        "terminal": printed(of),
        "json": to_json([of, failed]),
        "manifest": of.manifest.to_json() if of.manifest else "",
        "sarif": sarif([of, failed]),
        "junit": junit([of, failed]),
        "markdown": markdown([of, failed]),
        "html": html([of, failed]),
    }
    for name, output in outputs.items():
        assert is_printable(output), name
    for gate in gates.parse("up,isolation,changes,risk,policy,cost:0"):
        with pytest.raises(GateFailed) as error, printable_errors():
            raise GateFailed("\n".join(gates.broken([of], [gate])))
        assert len(error.value.message) > 1
        assert is_printable(error.value.message), gate.kind
    json.loads(outputs["json"])
    json.loads(outputs["sarif"])
    ET.fromstring(outputs["junit"].split("\n", 1)[1])  # noqa: S314 (our own text)


def test_control_characters_reach_no_output() -> None:
    check(EVIL)


@given(STRINGS)
def test_any_string_comes_out_printable(text: str) -> None:
    of = hostile(text)
    assert is_printable(printed(of))
    assert is_printable(to_json([of]))
    assert is_printable(sarif([of]))
    ET.fromstring(junit([of]).split("\n", 1)[1])  # noqa: S314 (our own text)


@given(STRINGS, STRINGS)
def test_a_problem_is_printable_in_every_part(key: str, value: str) -> None:
    problem = Problem(key, value, value, value)
    assert is_printable(str(problem))
    assert is_printable(report(key, [problem]))


@given(STRINGS)
def test_json_keeps_the_data_that_it_escapes(text: str) -> None:
    manifest = Manifest("shop", "dev", (), {"a": text})
    assert json.loads(manifest.to_json())["outputs"]["a"] == text


@given(STRINGS)
def test_a_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["preview", "--stack", EVIL],
        ["preview", f"--{EVIL}"],
        ["preview", "--fail-on", EVIL],
        ["preview", "--config", EVIL],
        ["preview", "--project", EVIL],
        ["preview", "--base", EVIL],
        ["preview", EVIL],
        [EVIL],
        [f"--{EVIL}"],
    ],
)
def test_an_error_of_the_command_line_is_printable(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").touch()
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (1, 2)
    assert is_printable(result.output)
    assert "Traceback" not in result.output


@pytest.mark.parametrize("as_json", [True, False])
def test_a_proof_is_printable(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    monkeypatch.setattr("groundplan.proof.prove", lambda *_: hostile_proof(EVIL))
    file = tmp_path / "plan.json"
    file.write_text(Manifest("shop", "dev", ()).to_json())
    arguments = ["prove", "--manifest", str(file), *(["--json"] if as_json else ["--every-claim"])]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert is_printable(result.output)
    assert not as_json or json.loads(result.stdout)["results"][0]["claim"] == EVIL


def test_a_failing_programs_message_is_printable(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    program = f"import pulumi\npulumi.export({EVIL!r}, {EVIL!r})\nraise LookupError({EVIL!r})\n"
    (tmp_path / "__main__.py").write_text(program)
    result = CliRunner().invoke(main, ["preview", "-p", str(tmp_path)])
    assert result.exit_code == 1
    assert is_printable(result.output)
    assert "LookupError: a\\x1b[2J" in result.stderr


def test_one_function_prints_on_the_terminal() -> None:
    folder = ROOT / "components" / "groundplan" / "report" / "terminal"
    printing = [
        f.name for f in folder.glob("*.py") if re.search(r"console\.print\(", f.read_text())
    ]
    assert printing == ["printing.py"]
