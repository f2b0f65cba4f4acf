"""Findings and risks as JUnit XML, for test reports: a suite for each stack, a case for
each rule, each kind of risk, `pulumi up` and the isolation of teams."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from groundplan.manifest.printable import printable
from groundplan.policy.rules import RULES
from groundplan.proof.model import Verdict as Proved
from groundplan.report import up
from groundplan.report.acceptances import subject, words
from groundplan.report.judged import Judged
from groundplan.report.judged import Status as Acceptance
from groundplan.report.model import Report
from groundplan.report.proof import footer, is_isolated, open_lines
from groundplan.report.wording import where
from groundplan.risk.kinds import NAMES
from groundplan.risk.risk import Risk
from groundplan.risk.verdict import Status

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 forbids: https://www.w3.org/TR/xml/#charsets."""


def junit(reports: Sequence[Report]) -> str:
    """Returns the reports as XML; a rule without a finding passes. With a base, only
    findings that the base doesn't have fail."""
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
            f"{text} ({where(finding.source, finding.setting)})" if finding.source else text
        )
    if report.changes is not None:
        cases |= {f"risk-{kind}": [] for kind in NAMES}
        for risk in report.open_risks:
            cases.setdefault(f"risk-{risk.kind}", []).append(
                f"{risk.level.value}: {risk.words} {risk.because}".strip() + _at(risk)
            )
    cases["program"] = [report.message] if report.message else []
    skipped = dict(_decided(report, cases))
    accepted = [entry for entry in report.acceptances if entry.status is Acceptance.ACCEPTED]
    counts = {
        "tests": len(cases) + len(accepted),
        "failures": sum(bool(lines) for lines in cases.values()),
        "skipped": len(skipped) + len(accepted),
    }
    name = _clean(f"{report.project}/{report.stack}")
    shown = {key: str(number) for key, number in counts.items() if number or key != "skipped"}
    suite = ET.SubElement(suites, "testsuite", {"name": name} | shown)
    for case, lines in cases.items():
        element = ET.SubElement(suite, "testcase", classname=name, name=_clean(case))
        if case in skipped:
            ET.SubElement(element, "skipped", message=_clean(skipped[case]))
        if lines:
            failure = ET.SubElement(element, "failure", message=_clean(lines[0]))
            failure.text = _clean("\n".join(lines))
    _accepted(suite, name, report, accepted)


def _accepted(suite: ET.Element, name: str, report: Report, accepted: Sequence[Judged]) -> None:
    """Adds a skipped case for each acceptance that holds; the others as output."""
    for judged in accepted:
        title = _clean(subject(judged.acceptance))
        case = ET.SubElement(suite, "testcase", classname=name, name=title)
        ET.SubElement(case, "skipped", message=_clean(words(judged)))
    rest = [words(judged) for judged in report.acceptances if judged not in accepted]
    if rest:
        ET.SubElement(suite, "system-out").text = _clean("\n".join(rest))


def _at(risk: Risk) -> str:
    place = where(risk.source, risk.setting)
    return f" ({place})" if place else ""


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
    """Returns the printable text, without the characters that XML 1.0 doesn't have."""
    return NOT_XML.sub("", printable(text))
