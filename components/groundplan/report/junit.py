"""Findings and risks as JUnit XML, for test reports: a suite for each stack, a case for
each rule and each kind of risk."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from groundplan.manifest.printable import printable
from groundplan.policy.rules import RULES
from groundplan.report.acceptances import subject, words
from groundplan.report.judged import Status
from groundplan.report.model import Report
from groundplan.risk.kinds import NAMES

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 forbids: https://www.w3.org/TR/xml/#charsets."""


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
        cases |= {f"risk-{kind}": [] for kind in NAMES}
        for risk in report.risks:
            cases.setdefault(f"risk-{risk.kind}", []).append(
                f"{risk.level.value}: {risk.words} {risk.because}".strip()
            )
    cases["program"] = [report.message] if report.message else []
    failures = sum(bool(lines) for lines in cases.values())
    name = _clean(f"{report.project}/{report.stack}")
    accepted = [judged for judged in report.acceptances if judged.status is Status.ACCEPTED]
    counts = {"tests": len(cases) + len(accepted), "failures": failures, "skipped": len(accepted)}
    suite = ET.SubElement(
        suites, "testsuite", {"name": name} | {key: str(n) for key, n in counts.items()}
    )
    for case, lines in cases.items():
        element = ET.SubElement(suite, "testcase", classname=name, name=_clean(case))
        if lines:
            failure = ET.SubElement(element, "failure", message=_clean(lines[0]))
            failure.text = _clean("\n".join(lines))
    for judged in accepted:
        case = ET.SubElement(
            suite, "testcase", classname=name, name=_clean(subject(judged.acceptance))
        )
        ET.SubElement(case, "skipped", message=_clean(words(judged)))
    rest = [words(judged) for judged in report.acceptances if judged not in accepted]
    if rest:
        ET.SubElement(suite, "system-out").text = _clean("\n".join(rest))


def _clean(text: str) -> str:
    """The printable text, without the characters that XML 1.0 doesn't have."""
    return NOT_XML.sub("", printable(text))
