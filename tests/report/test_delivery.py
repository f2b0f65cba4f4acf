"""Reports show the level of delivery."""

import io
import json

from groundplan.delivery_levels.assessment import assess
from groundplan.delivery_levels.demand import Repository
from groundplan.manifest.model import Manifest, Resource
from groundplan.report import gates, json_report
from groundplan.report.html import page
from groundplan.report.markdown import comment
from groundplan.report.model import Report
from groundplan.report.terminal import stacks
from rich.console import Console

ROLE = Resource(
    "urn:pulumi:prod::shop::aws:iam/role:Role::job", "aws:iam/role:Role", "job", None, True, {}
)


def report(level: str) -> Report:
    outputs = {"deliveryLevel": level} if level else {}
    manifest = Manifest("shop", "prod", (ROLE,), outputs)
    files = Repository("prod", {"ci.yml": "groundplan preview"}, has_settings=True)
    return Report("shop", "prod", manifest, delivery=assess(manifest, files))


def terminal(of: Report) -> str:
    console = Console(file=io.StringIO(), width=200)
    stacks.show([of], console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_says_which_level_is_met_and_what_is_next() -> None:
    text = "Delivery level: continuous-integration (continuous-delivery: 4 demands more)"
    assert text in terminal(report(""))


def test_a_terminal_says_what_the_declared_level_lacks() -> None:
    text = terminal(report("continuous-delivery"))
    assert (
        "Delivery level: continuous-integration. Declared: continuous-delivery, which lacks 4 "
        "demands"
    ) in text
    assert "bounded-roles: role job has no permissions boundary. Fix: set iam" in text
    met = terminal(report("continuous-integration"))
    assert "Declared: continuous-integration, which is met" in met


def test_markdown_html_and_json_have_every_demand_that_is_not_met() -> None:
    one = report("continuous-delivery")
    markdown = comment.markdown([one])
    assert "<summary>Delivery level: continuous-integration. Declared: continuous-d" in markdown
    assert "bounded-roles: role job has no permissions boundary" in markdown
    html = page.html([one])
    assert "Delivery level" in html
    assert "role job has no permissions boundary" in html
    (data,) = json.loads(json_report.to_json([one]))["reports"]
    assert data["delivery"]["met"] == "continuous-integration"
    (role,) = (d for d in data["delivery"]["demands"] if d["name"] == "bounded-roles")
    assert role["shortfalls"] == [
        {"reason": "role job has no permissions boundary", "urn": ROLE.urn}
    ]


def test_a_report_without_an_assessment_says_nothing() -> None:
    failed = Report("shop", "prod", Manifest("shop", "prod", (ROLE,)), message="it failed")
    assert "Delivery level" not in terminal(failed)
    assert "Delivery level" not in page.html([failed])
    assert "delivery" not in json.loads(json_report.to_json([failed]))["reports"][0]


def test_a_gate_fails_where_the_declared_level_is_not_met() -> None:
    (gate,) = gates.parse("level")
    assert gate.broken(report("continuous-delivery")).startswith(
        "continuous-delivery lacks 4 demands. deployment-pipeline: no pipeline deploys prod"
    )
    for level in ("", "continuous-integration", "infrastructure-as-code"):
        assert gate.broken(report(level)) == ""


def test_the_gate_fails_on_an_exported_level_that_is_none() -> None:
    (gate,) = gates.parse("level")
    assert gate.broken(report("continous-delivery")).startswith(
        'the output deliveryLevel is "continous-delivery". Allowed: infrastructure-as-code, '
    )
