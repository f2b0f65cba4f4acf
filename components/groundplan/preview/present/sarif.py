"""Findings and dangers as SARIF 2.1.0, which code scanning reads.

Source: Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS standard.
"""

import json
from collections.abc import Sequence
from typing import Any

from groundplan.policy.finding import Finding, Severity
from groundplan.policy.rules import RULES
from groundplan.preview.danger import Danger, Level
from groundplan.preview.report import Report

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Level.HIGH: "error",
    Level.MEDIUM: "warning",
    Level.LOW: "note",
}


def sarif(reports: Sequence[Report]) -> str:
    """All findings, and the dangers of what changes, of all stacks."""
    results = [result for report in reports for result in _results(report)]
    used = {result["ruleId"] for result in results}
    rules = [
        {"id": rule.name, "shortDescription": {"text": rule.summary}, "help": {"text": rule.fix}}
        | ({"helpUri": rule.url} if rule.url else {})
        for rule in sorted(RULES, key=lambda rule: rule.name)
        if rule.name in used
    ]
    known = {rule["id"] for rule in rules}
    rules += [{"id": name, "shortDescription": {"text": name}} for name in sorted(used - known)]
    data = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "groundplan", "rules": rules}}, "results": results}],
    }
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _results(report: Report) -> list[dict[str, Any]]:
    sources = {resource.urn: resource.source for resource in report.manifest} if report.manifest else {}
    found = [_finding(report, finding, finding.source or sources.get(finding.urn, "")) for finding in report.findings]
    return found + [_danger(report, danger, sources.get(danger.urn, "")) for danger in report.dangers]


def _finding(report: Report, finding: Finding, source: str) -> dict[str, Any]:
    text = f"{report.stack}: {finding.reason}. {finding.fix}"
    return _result(f"{finding.rule}", LEVELS[finding.severity], text, finding.urn, source, report.stack)


def _danger(report: Report, danger: Danger, source: str) -> dict[str, Any]:
    text = f"{report.stack}: {danger.words} {danger.because}".strip()
    return _result(f"danger-{danger.kind}", LEVELS[danger.level], text, danger.urn, source, report.stack)


def _result(rule: str, level: str, text: str, urn: str, source: str, stack: str) -> dict[str, Any]:
    # A result without a place in a file isn't shown: what comes from nowhere else comes from the stack's settings.
    file, _, line = source.rpartition(":") if source else (f"Pulumi.{stack}.yaml", "", "1")
    place = {"artifactLocation": {"uri": file}, "region": {"startLine": int(line) if line.isdigit() else 1}}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": urn}]}],
        "partialFingerprints": {"resource/v1": f"{rule}/{urn}"},
    }
