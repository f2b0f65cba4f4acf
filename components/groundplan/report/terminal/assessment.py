"""What a preview without a base knows: cost, policy findings and whether risks were
compared."""

from collections.abc import Iterator

from rich.text import Text

from groundplan.policy.finding import Severity
from groundplan.report.judged import tally
from groundplan.report.model import Report
from groundplan.report.terminal.acceptances import acceptances
from groundplan.report.up import QUESTION
from groundplan.report.wording import cost, count, line, where


def assessment(report: Report) -> Iterator[Text]:
    """The lines of the assessment, the most severe finding first."""
    number = len(report.findings)
    findings = count(number, "policy finding") if number else "no policy finding"
    accepted = tally(report.acceptances)
    findings += f", {accepted}" if accepted else ""
    unknown = f"{QUESTION} not known"
    parts = (cost(report), findings, "risks: not compared (--base)", unknown)
    yield Text("; ".join(part for part in parts if part), style="bold")
    order = tuple(Severity)
    for finding in sorted(report.findings, key=lambda f: (order.index(f.severity), f.rule, f.urn)):
        at = where(finding.source, finding.setting)
        place = f" ({at})" if at else ""
        text = f"{line(finding.rule)}: {line(finding.reason)}.{place} Fix: {line(finding.fix)}"
        yield Text.assemble((f"? {finding.severity.value} ", "yellow"), text)
    yield from (text for text, _ in acceptances(report))
