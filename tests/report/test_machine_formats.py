"""Reports for machines: JSON, SARIF, JUnit."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

from groundplan.cost.estimate import Estimate, Item
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.policy.rules import RULES
from groundplan.report.json_report import to_json
from groundplan.report.junit import junit
from groundplan.report.model import Report
from groundplan.report.sarif import sarif
from groundplan.risk.risk import Level, Risk

QUEUE = Resource(
    "urn:q", "aws:sqs/queue:Queue", "q", None, True, {}, source="infra/environment.py:7"
)
CHANGE = Change(
    Kind.UPDATE,
    QUEUE,
    QUEUE,
    (PropertyChange("delay", 1, 2, False), PropertyChange("name", ABSENT, "x\u0000<&>", True)),
)
FINDING = Finding(
    "bucket-versioned",
    Severity.HIGH,
    "urn:q",
    "no versions",
    "Turn them on",
    source="Pulumi.dev.yaml:12",
)
REPORT = Report(
    "shop",
    "dev",
    Manifest("shop", "dev", (QUEUE,)),
    changes=Changes("main", (CHANGE,), 3, counts={Kind.UPDATE: 1}),
    risks=(Risk(Level.MEDIUM, "access", "urn:q", "It opens.", "because", ("r",)),),
    cost=Estimate((Item("urn:q", "q", "q", 1.0, 2.0, 3.0, "2 x"),), unknown=("r",)),
    cost_before=Estimate(()),
    findings=(FINDING,),
    new_findings=(FINDING,),
)
FAILED = Report("shop", "prod", None, message="boom", frames=("a.py:1",))


def test_json_contains_everything_and_omits_the_absent_side() -> None:
    data = json.loads(to_json([REPORT, FAILED]))
    assert data["format"] == 1
    dev, prod = data["reports"]
    assert dev["changes"]["base"] == "main"
    (change,) = dev["changes"]["changes"]
    assert (change["kind"], change["name"], change["source"]) == (
        "update",
        "q",
        "infra/environment.py:7",
    )
    assert change["properties"] == [
        {"path": "delay", "old": 1, "new": 2, "replaces": False},
        {"path": "name", "new": "x\u0000<&>", "replaces": True},
    ]
    assert dev["risks"][0]["affected"] == ["r"]
    assert dev["risks"][0]["prevents_up"] is False
    assert dev["cost"]["usd_a_month"] == {"low": 1.0, "expected": 2.0, "high": 3.0}
    assert (dev["cost_difference"], dev["cost"]["unknown"]) == (2.0, ["r"])
    assert dev["new_findings"] == dev["findings"]
    assert prod["failure"] == {"message": "boom", "frames": ["a.py:1"]}
    assert "changes" not in prod


def test_sarif_places_findings_and_risks_in_files() -> None:
    (run,) = json.loads(sarif([REPORT]))["runs"]
    finding, risk = run["results"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {
        "bucket-versioned",
        "risk-access",
    }
    assert (finding["ruleId"], finding["level"]) == ("bucket-versioned", "error")
    assert finding["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "Pulumi.dev.yaml"},
        "region": {"startLine": 12},
    }
    assert (risk["ruleId"], risk["level"]) == ("risk-access", "warning")
    assert risk["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "infra/environment.py"
    }
    assert finding["message"]["text"] == "dev: no versions. Turn them on"


def test_sarif_of_nothing_is_an_empty_run() -> None:
    (run,) = json.loads(sarif([FAILED]))["runs"]
    assert run["results"] == []


def test_junit_has_a_case_for_each_rule_and_fails_those_with_findings() -> None:
    root = ET.fromstring(junit([REPORT, FAILED]).split("\n", 1)[1])  # noqa: S314 (our own text)
    dev, prod = root.findall("testsuite")
    failed = {case.get("name"): case.find("failure") for case in dev.findall("testcase")}
    assert {name for name, failure in failed.items() if failure is not None} == {
        "bucket-versioned",
        "risk-access",
    }
    assert {rule.name for rule in RULES} <= set(failed)
    assert (dev.get("failures"), dev.get("tests")) == ("2", str(len(failed)))
    failure = failed["bucket-versioned"]
    assert failure is not None
    assert failure.text == "high: no versions. Turn them on (Pulumi.dev.yaml:12)"
    assert prod.get("failures") == "1"


def test_characters_that_xml_has_not_are_left_out() -> None:
    ET.fromstring(  # noqa: S314
        junit([Report("shop", "dev", None, message="a\u0000b\u001b\ufffe\ud800")]).split("\n", 1)[1]
    )


def test_findings_of_the_base_are_unchanged_in_sarif_and_pass_in_junit() -> None:
    known = replace(FINDING, rule="key-rotates", property="enableKeyRotation")
    report = replace(REPORT, findings=(FINDING, known))
    (run,) = json.loads(sarif([report]))["runs"]
    assert {result["ruleId"]: result["baselineState"] for result in run["results"]} == {
        "bucket-versioned": "new",
        "key-rotates": "unchanged",
        "risk-access": "new",
    }
    failed = ET.fromstring(junit([report]).split("\n", 1)[1]).findall(".//failure/..")  # noqa: S314 (our own text)
    assert [case.get("name") for case in failed] == ["bucket-versioned", "risk-access"]
    alone = replace(report, changes=None, new_findings=())
    assert "baselineState" not in sarif([replace(alone, risks=())])
    failed = ET.fromstring(junit([alone]).split("\n", 1)[1]).findall(".//failure/..")  # noqa: S314
    assert [case.get("name") for case in failed] == ["bucket-versioned", "key-rotates"]


def test_sarif_has_the_structure_that_readers_ask_for() -> None:
    second = replace(FINDING, property="other")
    data = json.loads(sarif([replace(REPORT, findings=(FINDING, second)), FAILED]))
    assert data["version"] == "2.1.0"
    (run,) = data["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["bucket-versioned"]["properties"]["security-severity"] in {
        "3.0",
        "5.5",
        "8.0",
        "9.5",
    }
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
    marks = [result["partialFingerprints"]["resource/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks) == 3
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "prod: boom"}}],
        }
    ]
    assert json.loads(sarif([REPORT]))["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_sarif_names_files_as_relative_addresses() -> None:
    def place(source: str) -> tuple[str, int]:
        report = replace(REPORT, findings=(replace(FINDING, source=source),), risks=())
        (result,) = json.loads(sarif([report]))["runs"][0]["results"]
        location = result["locations"][0]["physicalLocation"]
        return location["artifactLocation"]["uri"], location["region"]["startLine"]

    assert place("my infra/a#b.py:7") == ("my%20infra/a%23b.py", 7)
    assert place("infra/environment.py") == ("infra/environment.py", 1)
    assert place("/usr/lib/x.py:9")[0] == "Pulumi.dev.yaml"
    assert place("a.py:0") == ("a.py", 1)


def test_json_has_no_secret_of_a_state() -> None:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "hunter2",
    }
    manifest = Manifest("shop", "dev", (QUEUE,), {"password": secret})
    change = replace(CHANGE, properties=(PropertyChange("a", [secret], json.dumps({"b": secret})),))
    text = to_json([replace(REPORT, manifest=manifest, changes=Changes("main", (change,), 3))])
    assert "hunter2" not in text
    (report,) = json.loads(text)["reports"]
    assert report["outputs"] == {"password": "[secret]"}
    assert report["changes"]["changes"][0]["properties"][0]["old"] == ["[secret]"]
