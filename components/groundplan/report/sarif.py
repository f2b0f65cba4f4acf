"""Findings, risks, what `pulumi up` fails at and refuted claims on isolation as SARIF
2.1.0, for code scanning.

Source: Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS
standard.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from groundplan.manifest import json_text
from groundplan.manifest.printable import printable
from groundplan.policy.finding import Finding, Severity
from groundplan.policy.rules import RULES
from groundplan.proof.model import Verdict
from groundplan.report import up
from groundplan.report.acceptances import words
from groundplan.report.judged import Judged, Status
from groundplan.report.model import Report
from groundplan.report.proof import claim_lines
from groundplan.report.risk_groups import RiskGroup, RiskOf, risk_groups
from groundplan.risk.kinds import BY_NAME
from groundplan.risk.risk import Level

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Level.HIGH: "error",
    Level.MEDIUM: "warning",
    Level.LOW: "note",
}

PROOF_LEVELS = {Verdict.REFUTED: "error", Verdict.UNKNOWN: "warning"}

ORDER = ("error", "warning", "note")
"""The levels of results, the worst first."""

DESCRIBED = {
    "up": "pulumi up succeeds.",
    "isolation": "Teams are isolated from each other.",
}
"""The rules that are neither of the policy nor a kind of risk."""

SECURITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
}
"""The severity that GitHub shows for a rule: critical from 9.0, high from 7.0, medium
from 4.0 (GitHub Docs, `SARIF support`)."""


def sarif(reports: Sequence[Report]) -> str:
    """Returns all findings and risks of all stacks."""
    found = [result for report in reports for result in _results(report)]
    found += [_risk(group.risks) for group in risk_groups(reports)]
    found += [result for report in reports for result in _accepted(report)]
    results = _consistent(sorted(found, key=lambda result: ORDER.index(result["level"])))
    used = {result["ruleId"] for result in results}
    rules = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.summary},
            "help": {"text": _help(rule.fix, rule.settings_fix)},
            "properties": {"tags": ["security"], "security-severity": SECURITY[rule.severity]},
        }
        | ({"helpUri": rule.url} if rule.url else {})
        for rule in sorted(RULES, key=lambda rule: rule.name)
        if rule.name in used
    ]
    known = {rule["id"] for rule in rules}
    rules += [_described(name) for name in sorted(used - known)]
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
    """Returns the results, each with its suppressions if one has any (SARIF 2.1.0,
    3.27.23)."""
    if not any("suppressions" in result for result in results):
        return results
    return [{"suppressions": []} | result for result in results]


def _described(name: str) -> dict[str, Any]:
    """A rule that is not of the policy: a kind of risk with its fix, or another."""
    kind = BY_NAME.get(name.removeprefix("risk-"))
    if kind is None:
        return {"id": name, "shortDescription": {"text": DESCRIBED.get(name, name)}}
    text = _help(kind.fix, kind.settings_fix)
    return {"id": name, "shortDescription": {"text": kind.summary}, "help": {"text": text}}


def _help(fix: str, settings_fix: str) -> str:
    return f"{fix}; in settings: {settings_fix}" if settings_fix else fix


def _invocation(reports: Sequence[Report]) -> dict[str, Any]:
    """Returns whether every program succeeded: where one failed, the absence of results
    does not mean the absence of problems."""
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
    return [*_obstacles(report), *_findings(report, report.findings), *_claims(report)]


def _accepted(report: Report) -> Iterator[dict[str, Any]]:
    """Yields the findings and risks that are accepted."""
    for judged in report.acceptances:
        if judged.status is Status.ACCEPTED:
            suppressed = {"suppressions": [_suppression(judged)]}
            risks = [
                RiskOf(report.stack, risk, risk.source or report.source(risk.urn))
                for risk in judged.risks
            ]
            found = [*_findings(report, judged.findings), *(_risk([each]) for each in risks)]
            yield from (result | suppressed for result in found)


def _findings(report: Report, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [_finding(report, each, each.source or report.source(each.urn)) for each in findings]


def _suppression(judged: Judged) -> dict[str, Any]:
    return {
        "kind": "inSource" if judged.acceptance.in_program else "external",
        "status": "accepted",
        "justification": printable(words(judged)),
    }


def _obstacles(report: Report) -> Iterator[dict[str, Any]]:
    """Yields what `pulumi up` fails at, and what it may fail at."""
    for obstacle in report.verdict.obstacles if report.verdict else ():
        text = f"{report.stack}: {up.text(report, obstacle)}"
        level = "error" if obstacle.reason.certain else "warning"
        source = obstacle.source or report.source(obstacle.urn)
        reason = obstacle.reason.one
        result = _result("up", level, text, obstacle.urn, source, report.stack, reason)
        yield result | {"baselineState": "new"}


def _claims(report: Report) -> Iterator[dict[str, Any]]:
    """Yields the claims on the isolation of teams that are refuted or not decided."""
    for verdict, level in PROOF_LEVELS.items():
        for claim in report.proof.of(verdict) if report.proof else ():
            text = f"{report.stack}: {'; '.join(map(str.strip, claim_lines(claim)))}"
            found = claim.counterexample
            source = found.source if found else ""
            yield _result("isolation", level, text, "", source, report.stack, claim.claim)


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


def _risk(members: Sequence[RiskOf]) -> dict[str, Any]:
    """A risk with the places of all resources and stacks that have it."""
    group = RiskGroup(tuple(members))
    risk = group.first
    others = f" The same of {', '.join(group.others)}." if group.others else ""
    text = f"{', '.join(group.stacks)}: {risk.words}{others} {'; '.join(group.because)}".strip()
    results = [
        _result(
            f"risk-{risk.kind}",
            LEVELS[risk.level],
            text,
            each.risk.urn,
            each.source,
            each.stack.rpartition("/")[2],
            risk.words,
        )
        for each in members
    ]
    locations = [location for result in results for location in result["locations"]]
    return results[0] | {"locations": locations, "baselineState": "new"}


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
