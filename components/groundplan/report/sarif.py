"""Findings and risks as SARIF 2.1.0, for code scanning.

Source: Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS
standard.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from groundplan.manifest import json_text
from groundplan.manifest.printable import printable
from groundplan.policy.finding import Finding, Severity
from groundplan.policy.rules import RULES
from groundplan.report.acceptances import words
from groundplan.report.judged import Judged, Status
from groundplan.report.model import Report
from groundplan.risk.risk import Level, Risk

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Level.HIGH: "error",
    Level.MEDIUM: "warning",
    Level.LOW: "note",
}

SECURITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
}
"""The severity that GitHub shows for a rule: critical from 9.0, high from 7.0, medium
from 4.0 (GitHub Docs, `SARIF support`)."""


def sarif(reports: Sequence[Report]) -> str:
    """All findings and risks of all stacks."""
    results = _consistent([result for report in reports for result in _results(report)])
    used = {result["ruleId"] for result in results}
    rules = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.summary},
            "help": {"text": rule.fix},
            "properties": {"tags": ["security"], "security-severity": SECURITY[rule.severity]},
        }
        | ({"helpUri": rule.url} if rule.url else {})
        for rule in sorted(RULES, key=lambda rule: rule.name)
        if rule.name in used
    ]
    known = {rule["id"] for rule in rules}
    rules += [{"id": name, "shortDescription": {"text": name}} for name in sorted(used - known)]
    run = {
        "tool": {"driver": {"name": "groundplan", "rules": rules}},
        "invocations": [_invocation(reports)],
        "results": results,
    }
    data = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json_text.dumps(data) + "\n"


def _consistent(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results, each with its suppressions if one has any (SARIF 2.1.0, 3.27.23)."""
    if not any("suppressions" in result for result in results):
        return results
    return [{"suppressions": []} | result for result in results]


def _invocation(reports: Sequence[Report]) -> dict[str, Any]:
    """Whether every program succeeded: where one failed, the absence of results does
    not mean the absence of problems."""
    failed = [report for report in reports if report.message]
    notifications = [
        {"level": "error", "message": {"text": printable(f"{report.stack}: {report.message}")}}
        for report in failed
    ]
    notifications += [
        {"level": "warning", "message": {"text": printable(f"{report.stack}: {words(judged)}")}}
        for report in reports
        for judged in report.acceptances
        if judged.status is not Status.ACCEPTED
    ]
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notifications}


def _results(report: Report) -> list[dict[str, Any]]:
    sources = (
        {resource.urn: resource.source for resource in report.manifest} if report.manifest else {}
    )
    results = _found(report, report.findings, report.risks, sources)
    for judged in report.acceptances:
        if judged.status is Status.ACCEPTED:
            suppressed = {"suppressions": [_suppression(judged)]}
            found = _found(report, judged.findings, judged.risks, sources)
            results += [result | suppressed for result in found]
    return results


def _found(
    report: Report, findings: Sequence[Finding], risks: Sequence[Risk], sources: Mapping[str, str]
) -> list[dict[str, Any]]:
    results = [_finding(report, f, f.source or sources.get(f.urn, "")) for f in findings]
    return results + [_risk(report, risk, sources.get(risk.urn, "")) for risk in risks]


def _suppression(judged: Judged) -> dict[str, Any]:
    return {
        "kind": "inSource" if judged.acceptance.in_program else "external",
        "status": "accepted",
        "justification": printable(words(judged)),
    }


def _finding(report: Report, finding: Finding, source: str) -> dict[str, Any]:
    text = f"{report.stack}: {finding.reason}. {finding.fix}"
    result = _result(
        finding.rule,
        LEVELS[finding.severity],
        text,
        finding.urn,
        source,
        report.stack,
        finding.property,
    )
    if report.changes is None:
        return result
    return result | {"baselineState": "new" if finding in report.new_findings else "unchanged"}


def _risk(report: Report, risk: Risk, source: str) -> dict[str, Any]:
    text = f"{report.stack}: {risk.words} {risk.because}".strip()
    result = _result(
        f"risk-{risk.kind}",
        LEVELS[risk.level],
        text,
        risk.urn,
        source,
        report.stack,
        risk.words,
    )
    return result | {"baselineState": "new"}


def _result(
    rule: str, level: str, text: str, urn: str, source: str, stack: str, which: str
) -> dict[str, Any]:
    # A result without a location in a file isn't shown: a result without a source is
    # located in the stack's settings.
    file, _, line = (
        source.rpartition(":") if source.rpartition(":")[2].isdecimal() else (source, "", "1")
    )
    file = file if file and not file.startswith(("/", "..")) else f"Pulumi.{stack}.yaml"
    place = {
        "artifactLocation": {"uri": quote(printable(file))},
        "region": {"startLine": max(int(line), 1)},
    }
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": printable(text)},
        "locations": [
            {"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": urn}]}
        ],
        "partialFingerprints": {"resource/v1": f"{rule}/{urn}/{which}"},
    }
