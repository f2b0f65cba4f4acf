"""Whether `pulumi up` will succeed, in every output, and the isolation of teams."""

import json
import pathlib
import re
import shutil
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.proof import prove
from groundplan.report.gates import broken, parse
from groundplan.report.html.page import html
from groundplan.report.json_report import to_json
from groundplan.report.junit import junit
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.report.sarif import sarif
from groundplan.report.up import lines
from groundplan.report.wording import cost
from groundplan.risk.analysis import analyze
from groundplan.risk.verdict import verdict
from isolation_plans import faulty, isolated, manifest

pytestmark = pytest.mark.usefixtures("forked")

BUCKET = "aws:s3/bucket:Bucket"


def bucket(name: str, **options: bool) -> Resource:
    source = f"shop.py:{len(name)}"
    return Resource(f"urn:{name}", BUCKET, name, None, True, {}, source=source, options=options)


def report(stack: str, *gone: Resource, settings: bool = False) -> Report:
    changes = Changes("main", tuple(Change(Kind.DELETE, one, None) for one in gone), 0)
    before, after = Manifest("shop", stack, gone), Manifest("shop", stack, ())
    risks = tuple(analyze(changes, before, after))
    found = verdict(changes, before, after, risks)
    keys = {one.urn: "shop:data" for one in gone} if settings else {}
    sources = {one.urn: one.source for one in gone}
    return Report(
        "shop", stack, after, changes, risks, verdict=found, settings=keys, sources=sources
    )


LOCKED, OPEN = bucket("data", protect=True), bucket("scratch", retainOnDelete=True)
NO, UNKNOWN, YES = report("prod", LOCKED), report("qa", bucket("x")), report("dev", OPEN)
FAILED = Report("shop", "test", None, message="boom")


def test_one_stack_has_its_status_and_its_reason_in_one_line() -> None:
    (line,) = lines([NO])
    assert line.startswith(
        "will pulumi up succeed? no, because a protected resource leaves the program: "
        "the bucket data (protect: true). Fix: "
    )
    assert list(lines([YES])) == ["will pulumi up succeed? yes"]
    assert next(lines([UNKNOWN])).startswith("will pulumi up succeed? not known, because AWS ")


def test_several_stacks_have_one_status_in_all_and_one_each() -> None:
    first, *rest = lines([YES, NO, UNKNOWN, FAILED])
    assert first == "will pulumi up succeed? no: dev yes, prod no, qa not known, test no"
    assert [text.split(":")[0].strip() for text in rest] == ["prod", "qa", "test"]
    assert rest[-1] == "  test: the program fails."


def test_resources_with_the_same_reason_are_one_line() -> None:
    (line,) = lines([report("prod", *(bucket(f"b{n}", protect=True) for n in range(7)))])
    assert "protected resources leave the program: the bucket b0, the bucket b1, " in line
    assert "and 2 more (protect: true). Fix: " in line


def test_the_fix_is_in_the_language_of_settings_where_settings_configure_it() -> None:
    assert "protect=False" in next(lines([NO]))
    configured = next(lines([report("prod", LOCKED, settings=True)]))
    assert "set deletionProtection to false" in configured
    assert "protect=False" not in configured


def test_what_up_fails_at_is_not_told_again_as_a_risk() -> None:
    assert NO.risks
    assert NO.open_risks == ()
    text = markdown([NO])
    assert text.count("the bucket data") == 1
    assert "no risk" in text


def test_a_comment_begins_with_the_status() -> None:
    below = markdown([YES, NO]).splitlines()[3:]
    assert below[0].startswith("**will pulumi up succeed? no: dev yes, prod no")
    assert below[2].startswith("- prod: a protected resource leaves the program")


def test_the_page_has_the_status_of_each_stack() -> None:
    page = html([YES, NO, UNKNOWN])
    assert re.findall(r"will pulumi up succeed\? ([a-z ]+)<", page) == ["no", "not known", "yes"]
    assert page.index(">pulumi up succeeds<") < page.index(">Changes<")
    assert "a protected resource leaves the program" in page


def test_json_has_the_status_and_the_reasons() -> None:
    data = json.loads(to_json([YES, NO]))
    assert data["up"] == "no"
    yes, no = (one["up"] for one in data["reports"])
    assert yes == {"status": "yes", "because": []}
    (reason,) = no["because"]
    assert (reason["urn"], reason["certain"], reason["source"]) == ("urn:data", True, "shop.py:4")


def test_sarif_has_a_result_at_the_line_of_the_resource() -> None:
    (run,) = json.loads(sarif([NO, UNKNOWN]))["runs"]
    found = [(r["ruleId"], r["level"]) for r in run["results"] if r["ruleId"] == "up"]
    assert found == [("up", "error"), ("up", "warning")]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("shop.py", 4)
    assert {"id": "up", "shortDescription": {"text": "pulumi up succeeds."}} in (
        run["tool"]["driver"]["rules"]
    )


def cases(*reports: Report) -> list[dict[str, str]]:
    """Of each stack: case -> the tag of its result."""
    root = ElementTree.fromstring(junit(reports))  # noqa: S314 (our own text)
    return [
        {str(case.get("name")): (case[0].tag if len(case) else "passes") for case in suite}
        for suite in root
    ]


def test_junit_fails_what_up_fails_at_and_skips_what_is_not_known() -> None:
    assert [found["up"] for found in cases(YES, NO, UNKNOWN)] == ["passes", "failure", "skipped"]
    assert "up" not in cases(FAILED)[0]


@pytest.mark.parametrize(
    ("gate", "stacks"),
    [("up", ["prod"]), ("up:unknown", ["prod", "qa"]), ("risk:low", ["prod", "qa", "dev"])],
)
def test_a_gate_breaks_on_what_up_fails_at(gate: str, stacks: list[str]) -> None:
    found = broken([NO, UNKNOWN, YES], parse(gate))
    assert [line.split("/")[1].split(" ")[0] for line in found] == stacks
    if gate == "up":
        assert found[0].startswith("shop/prod fails on up: it fails, because a protected resource")


def proof(is_isolated: bool) -> Report:
    plan = manifest(isolated() if is_isolated else faulty())
    return Report("groundplan", "prod", plan, proof=prove(plan))


def test_every_output_has_the_isolation_of_teams() -> None:
    good, bad = proof(is_isolated=True), proof(is_isolated=False)
    unproved = replace(good, proof=None, unproved="the proof needs the solver z3")
    assert [found["isolation"] for found in cases(good, bad, unproved)] == [
        "passes",
        "failure",
        "skipped",
    ]
    (run,) = json.loads(sarif([bad]))["runs"]
    assert any(r["ruleId"] == "isolation" and r["level"] == "error" for r in run["results"])
    assert "isolation" not in sarif([good])
    assert "Isolation of teams" in html([good])
    assert "REFUTED: " in html([bad])
    assert "not proved, as the proof needs the solver z3" in html([unproved])
    assert broken([good], parse("isolation,isolation:unknown")) == []
    assert "refuted: " in broken([bad], parse("isolation"))[0]
    assert broken([unproved], parse("isolation")) == []
    assert broken([unproved], parse("isolation:unknown")) != []


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A repository whose protected bucket is removed."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    monkeypatch.delenv("GROUNDPLAN_STACK", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-east-1\n")
    program = tmp_path / "__main__.py"
    program.write_text(
        "import pulumi, pulumi_aws as aws\n"
        "aws.s3.Bucket('data', opts=pulumi.ResourceOptions(protect=True))\n"
    )
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "base"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    program.write_text("import pulumi_aws as aws\naws.sqs.Queue('jobs')\n")
    return tmp_path


def run(project: pathlib.Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["preview", "--project", str(project), *options])


def test_a_preview_begins_with_the_status_and_its_gate_fails(project: pathlib.Path) -> None:
    result = run(project, "--base", "HEAD", "--fail-on", "up")
    assert result.stdout.startswith("will pulumi up succeed? no, because a protected resource ")
    assert result.exit_code == 3
    assert "fails on up: it fails, because a protected resource leaves" in result.stderr
    assert run(project, "--fail-on", "up").exit_code == 2  # it compares


def test_what_is_retained_is_charged_on() -> None:
    kept, gone = bucket("kept", retainOnDelete=True), bucket("gone")
    changes = Changes("main", (Change(Kind.RETAIN, kept, None), Change(Kind.DELETE, gone, None)), 0)
    items = tuple(Item(one.urn, one.name, one.name, 5.0, 5.0, 5.0, "") for one in (kept, gone))
    found = Report(
        "shop", "dev", Manifest("shop", "dev", ()), changes, cost=Estimate(()),
        cost_before=Estimate(items),
    )  # fmt: skip
    assert found.retained_cost == 5.0
    assert "about -10 USD a month (now 0); 5.00 of it is charged on: retained" in cost(found)
    assert "5.00 of it is charged on" in html([found])
    assert json.loads(to_json([found]))["reports"][0]["cost_retained"] == 5.0
