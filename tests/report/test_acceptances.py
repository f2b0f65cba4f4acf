"""Accepted findings and risks in a report: what counts, and what every output says."""

import datetime
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

from groundplan.cost.estimate import Estimate
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Finding, Severity
from groundplan.report import gates, junit, sarif
from groundplan.report.html import page
from groundplan.report.json_report import to_json
from groundplan.report.judged import Status
from groundplan.report.judgement import judged
from groundplan.report.markdown.comment import markdown
from groundplan.report.model import Report
from groundplan.report.terminal.assessment import assessment
from groundplan.report.terminal.changes import show_changes
from groundplan.report.wording import is_unchanged, summary
from groundplan.risk.risk import Level, Risk
from rich.console import Console

TODAY = datetime.date(2026, 11, 28)
URN = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::data"
BUCKET = Resource(URN, "aws:s3/bucket:Bucket", "data", None, True, {}, source="__main__.py:3")
FINDING = Finding("bucket-versioned", Severity.MEDIUM, URN, "bucket data has no versions", "add")
OTHER = Finding("bucket-tls-only", Severity.HIGH, URN, "bucket data accepts HTTP", "deny it")
RISK = Risk(Level.HIGH, "data-loss", URN, "The bucket data is deleted.", "gone")
COST = Risk(Level.MEDIUM, "cost", "", "The environment costs more.", "1 -> 100")
CHANGED = Changes("main", (Change(Kind.DELETE, BUCKET, None),), 0)
SAME = Changes("main", (), 1)


def entry(**changed: Any) -> dict[str, Any]:
    found = {
        "rule": "bucket-versioned",
        "resource": "data",
        "reason": "generated again every @night",
        "owner": "ml-platform",
        "expires": "2027-02-28",
        "source": "Pulumi.dev.yaml:12",
        **changed,
    }
    return {key: value for key, value in found.items() if value is not None}


def manifest(*entries: dict[str, Any]) -> Manifest:
    return Manifest("shop", "dev", (BUCKET,), accepted_findings=entries)


def report(
    *entries: dict[str, Any],
    changes: Changes | None = None,
    before: Manifest | None = None,
    today: datetime.date = TODAY,
    **fields: Any,
) -> Report:
    fields = {"findings": (FINDING, OTHER), "cost": Estimate(()), **fields}
    raw = Report("shop", "dev", manifest(*entries), changes=changes, **fields)
    return judged(raw, before, today)


EXPIRED = entry(expires="2026-11-27")
UNUSED = entry(resource="gone")
RISKS = entry(rule=None, risk="data-loss")


def fails(on: str, of: Report) -> bool:
    return bool(gates.broken([of], gates.parse(on)))


def test_what_is_accepted_does_not_count() -> None:
    found = report(entry())
    assert found.findings == (OTHER,)
    (only,) = found.acceptances
    assert (only.status, only.findings) == (Status.ACCEPTED, (FINDING,))
    assert fails("policy:medium", found)
    assert not fails("policy:medium", report(entry(), findings=(FINDING,)))


def test_it_counts_through_its_last_day_and_then_no_more() -> None:
    last = datetime.date(2027, 2, 28)
    assert report(entry(), today=last).findings == (OTHER,)
    after = report(entry(), today=last + datetime.timedelta(1))
    assert after.findings == (FINDING, OTHER)
    assert [a.status for a in after.acceptances] == [Status.EXPIRED]
    assert fails("policy:medium", report(EXPIRED, findings=(FINDING,)))


def test_what_has_expired_counts_although_the_base_has_it() -> None:
    old = report(changes=SAME, findings=(FINDING,))
    assert not fails("policy:medium", old)
    expired = report(EXPIRED, changes=SAME, before=manifest(EXPIRED), findings=(FINDING,))
    assert expired.new_findings == (FINDING,)
    assert fails("policy:medium", expired)


def test_removing_an_acceptance_is_a_new_finding() -> None:
    found = report(changes=SAME, before=manifest(entry()), findings=(FINDING,))
    assert found.new_findings == (FINDING,)


def test_an_acceptance_that_another_replaces_excuses_nothing_else() -> None:
    found = report(EXPIRED, entry(resource=URN), findings=(FINDING,))
    assert found.findings == ()
    assert [(a.status, a.number) for a in found.acceptances] == [
        (Status.EXPIRED, 0),
        (Status.ACCEPTED, 1),
    ]


def test_risks_are_accepted_too_and_those_of_the_stack_by_its_name() -> None:
    found = report(
        RISKS,
        entry(rule=None, risk="cost", resource="dev"),
        changes=CHANGED,
        risks=(RISK, COST),
        findings=(),
    )
    assert found.risks == ()
    assert not fails("risk:low", found)
    assert {a.acceptance.name for a in found.acceptances if a.risks} == {"data-loss", "cost"}


def test_without_a_base_an_accepted_risk_is_not_called_unused() -> None:
    assert report(RISKS, findings=()).acceptances == ()
    (only,) = report(RISKS, changes=SAME, findings=()).acceptances
    assert only.status is Status.UNUSED


def test_a_stack_is_not_called_unchanged_where_an_acceptance_changes() -> None:
    kept = report(entry(), changes=SAME, before=manifest(entry()), findings=(FINDING,))
    assert is_unchanged(kept)
    assert "1 accepted" in summary(kept)
    for accepted, before in (
        (entry(), manifest()),
        (entry(), manifest(entry(expires="2026-12-01"))),
        (UNUSED, manifest(UNUSED)),
    ):
        changed = report(accepted, changes=SAME, before=before, findings=(FINDING,))
        assert not is_unchanged(changed)


def test_a_change_that_accepts_its_own_finding_says_so() -> None:
    found = report(entry(), changes=SAME, before=manifest(), findings=(FINDING,))
    assert "by this change itself" in markdown([found])
    kept = report(entry(), changes=SAME, before=manifest(entry()), findings=(FINDING,))
    assert "by this change itself" not in markdown([kept])


def test_a_gate_counts_what_a_change_accepts_itself() -> None:
    """Else who breaks a gate passes it by accepting what breaks it."""
    added = report(entry(), changes=SAME, before=manifest(), findings=(FINDING,))
    (line,) = gates.broken([added], gates.parse("policy:low,accepted"))
    assert line.startswith(
        "shop/dev fails on accepted: 1 acceptance that this change adds or extends. Accepted until"
    )
    kept = report(entry(), changes=SAME, before=manifest(entry()), findings=(FINDING,))
    unused = report(UNUSED, changes=SAME, before=manifest(), findings=())
    expired = report(EXPIRED, changes=SAME, before=manifest(), findings=(FINDING,))
    assert not any(fails("accepted", of) for of in (kept, unused, expired))


ALL = report(
    entry(),
    entry(rule="bucket-tls-only", expires="2026-11-01", owner="old-team"),
    UNUSED,
    RISKS,
    changes=CHANGED,
    before=manifest(),
    risks=(RISK,),
)


def terminal(of: Report) -> str:
    output = io.StringIO()
    show_changes(of, Console(file=output, width=400))
    return output.getvalue()


SENTENCES = (
    "EXPIRED on 2026-11-01: the acceptance of bucket-tls-only of data; 1 finding counts again.",
    "Accepted until 2027-02-28, by this change itself: bucket-versioned of data (medium).",
    "Accepted until 2027-02-28, by this change itself: the risk data-loss of data (high).",
    "Unused: the acceptance of bucket-versioned of gone until 2027-02-28; nothing matches it.",
)


def test_the_terminal_has_every_acceptance_with_owner_reason_and_line() -> None:
    text = terminal(ALL)
    for sentence in SENTENCES:
        assert sentence in text
    assert text.count("Owner: ml-platform. Reason: generated again every @night.") == 3
    assert "(Pulumi.dev.yaml:12)" in text
    assert text.index("EXPIRED on") < text.index("Accepted until")
    assert "2 accepted, 1 acceptance EXPIRED" in text.split("\n!")[0]
    # What is accepted is a change that a reviewer still has to know.
    assert "Accepted is: The bucket data is deleted." in text
    assert "Accepted is: bucket data has no versions." in text


def test_the_assessment_without_a_base_has_them() -> None:
    text = "\n".join(line.plain for line in assessment(report(entry(), EXPIRED, UNUSED)))
    assert "EXPIRED on 2026-11-27" in text
    assert "Unused: " in text


def test_the_comment_has_them_and_mentions_nobody() -> None:
    text = markdown([ALL])
    for sentence in SENTENCES:
        assert sentence in text
    assert "**EXPIRED on 2026-11-01" in text
    assert "@night" not in text
    assert "@&#8203;night" in text


def test_the_page_has_them() -> None:
    text = page.html([ALL])
    for sentence in SENTENCES:
        assert sentence in text
    assert 'badge high">! expired' in text
    assert text.count("Accepted is") == 2
    assert "ml-platform" in text


def test_json_has_status_owner_reason_date_and_what_is_covered() -> None:
    (only,) = json.loads(to_json([ALL]))["reports"]
    by_status = {a["status"]: a for a in only["acceptances"] if "rule" in a}
    assert set(by_status) == {"expired", "accepted", "unused"}
    accepted = by_status["accepted"]
    assert accepted["rule"] == "bucket-versioned"
    assert (accepted["owner"], accepted["expires"]) == ("ml-platform", "2027-02-28")
    assert [found["rule"] for found in accepted["findings"]] == ["bucket-versioned"]
    assert accepted["new"] is True
    assert [found["rule"] for found in only["findings"]] == ["bucket-tls-only"]
    assert only["risks"] == []


def test_sarif_suppresses_what_is_accepted_and_nothing_else() -> None:
    run = json.loads(sarif.sarif([ALL]))["runs"][0]
    suppressed = {result["ruleId"]: result["suppressions"] for result in run["results"]}
    assert suppressed["bucket-tls-only"] == []
    (accepted,) = suppressed["bucket-versioned"]
    assert (accepted["kind"], accepted["status"]) == ("external", "accepted")
    assert "Owner: ml-platform." in accepted["justification"]
    assert suppressed["risk-data-loss"] != []
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("EXPIRED on 2026-11-01" in note for note in notes)
    assert any("Unused: " in note for note in notes)
    plain = json.loads(sarif.sarif([report()]))["runs"][0]
    assert not any("suppressions" in result for result in plain["results"])


def test_junit_skips_what_is_accepted() -> None:
    suite = ET.fromstring(junit.junit([ALL]))[0]  # noqa: S314
    skipped = {
        case.get("name"): case[0].get("message")
        for case in suite
        if case.find("skipped") is not None
    }
    accepted = {"bucket-versioned of data", "the risk data-loss of data"}
    assert set(skipped) == {"up", *accepted}  # `up` isn't known here
    assert suite.get("skipped") == "3"
    assert "Reason: generated again" in str(skipped["bucket-versioned of data"])
    assert "EXPIRED on 2026-11-01" in str(suite.findtext("system-out"))
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert failed == {"bucket-tls-only"}
    assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_hostile_texts_stay_text_in_every_output() -> None:
    hostile = "<img src=x onerror=alert(1)> \x1b[31m ](http://e.example) | @org/team"
    found = report(entry(reason=hostile, owner=hostile), findings=(FINDING,))
    assert "\x1b" not in terminal(replace(found, changes=SAME))
    assert "<img" not in markdown([found])
    assert "<img" not in page.html([found])
    assert "@org" not in markdown([found])
    ET.fromstring(junit.junit([found]))  # noqa: S314


def test_what_a_program_registers_is_checked_when_the_report_is_written() -> None:
    data = {key: value for key, value in entry(rule="bucket-versoined").items() if key != "source"}
    component = Resource(
        "urn:pulumi:dev::shop::groundplan:index:AcceptedFinding::ok",
        "groundplan:index:AcceptedFinding",
        "ok",
        None,
        False,
        {**data, "expires": "2029-01-01"},
        source="__main__.py:7",
    )
    found = judged(Report("shop", "dev", Manifest("shop", "dev", (BUCKET, component))), None, TODAY)
    assert "__main__.py:7: ok.rule is " in found.message
    assert "__main__.py:7: ok.expires is " in found.message
