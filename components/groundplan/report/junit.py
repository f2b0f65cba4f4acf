"""Findings and risks as JUnit XML, for test reports: a suite for each stack, a case for
each rule, each kind of risk, `pulumi up` and the isolation of teams."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from groundplan.manifest.printable import printable
from groundplan.policy.rules import RULES
from groundplan.proof.model import Verdict as Proved
from groundplan.report import up
from groundplan.report.model import Report
from groundplan.report.proof import footer, is_isolated, open_lines
from groundplan.risk.verdict import Status

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 forbids: https://www.w3.org/TR/xml/#charsets."""

KINDS = ("access", "cost", "data-loss", "downtime", "interruption", "protection")


def junit(reports: Sequence[Report]) -> str:
    """The reports as XML; a rule without a finding passes. With a base, only findings
    that the base doesn't have fail."""
    suites = ET.Element("testsuites", name="groundplan preview")
    for report in reports:
        _suite(suites, report)
    ET.indent(suites)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"
    )


def _suite(suites: ET.Element, report: Report) -> None:
    cases: dict[str, list[str]] = {
        rule.name: [] for rule in sorted(RULES, key=lambda rule: rule.name)
    }
    for finding in report.findings if report.changes is None else report.new_findings:
        text = f"{finding.severity.value}: {finding.reason}. {finding.fix}"
        cases.setdefault(finding.rule, []).append(
            f"{text} ({finding.source})" if finding.source else text
        )
    if report.changes is not None:
        cases |= {f"risk-{kind}": [] for kind in KINDS}
        for risk in report.open_risks:
            cases.setdefault(f"risk-{risk.kind}", []).append(
                f"{risk.level.value}: {risk.words} {risk.because}".strip()
            )
    cases["program"] = [report.message] if report.message else []
    skipped = dict(_decided(report, cases))
    failures = sum(bool(lines) for lines in cases.values())
    name = _clean(f"{report.project}/{report.stack}")
    suite = ET.SubElement(
        suites, "testsuite", name=name, tests=str(len(cases)), failures=str(failures)
    )
    if skipped:
        suite.set("skipped", str(len(skipped)))
    for case, lines in cases.items():
        element = ET.SubElement(suite, "testcase", classname=name, name=_clean(case))
        if case in skipped:
            ET.SubElement(element, "skipped", message=_clean(skipped[case]))
        if lines:
            failure = ET.SubElement(element, "failure", message=_clean(lines[0]))
            failure.text = _clean("\n".join(lines))


def _decided(report: Report, cases: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Adds the cases `up` and `isolation`; yields those that aren't decided, with the
    reason: they neither pass nor fail."""
    verdict = up.verdict_of(report)
    if report.changes is not None:
        texts = [up.text(report, obstacle) for obstacle in verdict.obstacles]
        cases["up"] = texts if verdict.status is Status.NO else []
        if verdict.status is Status.UNKNOWN:
            yield "up", texts[0]
    open_claims = open_lines(report.proof, Proved.REFUTED) if report.proof else []
    if footer(report):
        cases["isolation"] = open_claims
        if not open_claims and not is_isolated(report):
            yield "isolation", footer(report)


def _clean(text: str) -> str:
    """The printable text, without the characters that XML 1.0 doesn't have."""
    return NOT_XML.sub("", printable(text))
