"""Reports for machines: JSON, SARIF, JUnit."""

import json
import xml.etree.ElementTree as ET

from groundplan.cost.estimate import Estimate, Item
from groundplan.policy.finding import Finding, Severity
from groundplan.policy.rules import RULES
from groundplan.preview.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.preview.danger import Danger, Level
from groundplan.preview.manifest import Manifest, Resource
from groundplan.preview.present.data import to_json
from groundplan.preview.present.junit import junit
from groundplan.preview.present.sarif import sarif
from groundplan.preview.report import Report

QUEUE = Resource("urn:q", "aws:sqs/queue:Queue", "q", None, True, {}, source="infra/environment.py:7")
CHANGE = Change(
    Kind.UPDATE, QUEUE, QUEUE, (PropertyChange("delay", 1, 2, False), PropertyChange("name", ABSENT, "x\u0000<&>", True))
)
FINDING = Finding("bucket-versioned", Severity.HIGH, "urn:q", "no versions", "Turn them on", source="Pulumi.dev.yaml:12")
REPORT = Report(
    "shop",
    "dev",
    Manifest("shop", "dev", (QUEUE,)),
    changes=Changes("main", (CHANGE,), 3, counts={Kind.UPDATE: 1}),
    dangers=(Danger(Level.MEDIUM, "access", "urn:q", "It opens.", "because", ("r",)),),
    cost=Estimate((Item("urn:q", "q", "q", 1.0, 2.0, 3.0, "2 x"),), unknown=("r",)),
    cost_before=Estimate(()),
    findings=(FINDING,),
    new_findings=(FINDING,),
)
FAILED = Report("shop", "prod", None, message="boom", frames=("a.py:1",))


def test_json_tells_everything_and_leaves_out_the_side_that_is_not_there() -> None:
    data = json.loads(to_json([REPORT, FAILED]))
    assert data["format"] == 1
    dev, prod = data["reports"]
    assert dev["changes"]["base"] == "main"
    (change,) = dev["changes"]["changes"]
    assert (change["kind"], change["name"], change["source"]) == ("update", "q", "infra/environment.py:7")
    assert change["properties"] == [
        {"path": "delay", "old": 1, "new": 2, "replaces": False},
        {"path": "name", "new": "x\u0000<&>", "replaces": True},
    ]
    assert dev["dangers"][0]["affected"] == ["r"]
    assert dev["cost"]["usd_a_month"] == {"low": 1.0, "expected": 2.0, "high": 3.0}
    assert (dev["cost_difference"], dev["cost"]["unknown"]) == (2.0, ["r"])
    assert dev["new_findings"] == dev["findings"]
    assert prod["failure"] == {"message": "boom", "frames": ["a.py:1"]}
    assert "changes" not in prod


def test_sarif_places_findings_and_dangers_in_files() -> None:
    (run,) = json.loads(sarif([REPORT]))["runs"]
    finding, danger = run["results"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"bucket-versioned", "danger-access"}
    assert (finding["ruleId"], finding["level"]) == ("bucket-versioned", "error")
    assert finding["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "Pulumi.dev.yaml"},
        "region": {"startLine": 12},
    }
    assert (danger["ruleId"], danger["level"]) == ("danger-access", "warning")
    assert danger["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "infra/environment.py"}
    assert finding["message"]["text"] == "dev: no versions. Turn them on"


def test_sarif_of_nothing_is_an_empty_run() -> None:
    (run,) = json.loads(sarif([FAILED]))["runs"]
    assert run["results"] == []


def test_junit_has_a_case_for_each_rule_and_fails_those_with_findings() -> None:
    root = ET.fromstring(junit([REPORT, FAILED]).split("\n", 1)[1])  # noqa: S314 (our own text)
    dev, prod = root.findall("testsuite")
    failed = {case.get("name"): case.find("failure") for case in dev.findall("testcase")}
    assert {name for name, failure in failed.items() if failure is not None} == {"bucket-versioned", "danger-access"}
    assert {rule.name for rule in RULES} <= set(failed)
    assert (dev.get("failures"), dev.get("tests")) == ("2", str(len(failed)))
    told = failed["bucket-versioned"]
    assert told is not None
    assert told.text == "high: no versions. Turn them on (Pulumi.dev.yaml:12)"
    assert prod.get("failures") == "1"


def test_characters_that_xml_has_not_are_left_out() -> None:
    ET.fromstring(junit([Report("shop", "dev", None, message="a\u0000b\u001b")]).split("\n", 1)[1])  # noqa: S314
