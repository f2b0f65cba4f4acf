"""What a preview without a base knows: cost, policy findings and whether risks were
compared."""

from collections.abc import Iterator

from rich.text import Text

from groundplan.policy.finding import Severity
from groundplan.report.model import Report
from groundplan.report.up import QUESTION
from groundplan.report.wording import cost, count, line


def assessment(report: Report) -> Iterator[Text]:
    """The lines of the assessment, the most severe finding first."""
    number = len(report.findings)
    findings = count(number, "policy finding") if number else "no policy finding"
    unknown = f"{QUESTION} not known"
    parts = (cost(report), findings, "risks: not compared (--base)", unknown)
    yield Text("; ".join(part for part in parts if part), style="bold")
    order = tuple(Severity)
    for finding in sorted(report.findings, key=lambda f: (order.index(f.severity), f.rule, f.urn)):
        where = f" ({line(finding.source)})" if finding.source else ""
        text = f"{line(finding.rule)}: {line(finding.reason)}.{where} Fix: {line(finding.fix)}"
        yield Text.assemble((f"? {finding.severity.value} ", "yellow"), text)
