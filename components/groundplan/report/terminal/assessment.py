"""What a preview without a base knows: cost, policy findings and whether risks were
compared."""

from collections.abc import Iterator

from rich.text import Text

from groundplan.report.delivery import lines as delivery
from groundplan.report.judged import tally
from groundplan.report.model import Report
from groundplan.report.terminal.acceptances import acceptances
from groundplan.report.terminal.findings import findings as finding_lines
from groundplan.report.up import QUESTION
from groundplan.report.wording import cost, count


def assessment(report: Report) -> Iterator[Text]:
    """Yields the lines of the assessment, the most severe finding first."""
    number = len(report.findings)
    findings = count(number, "policy finding") if number else "no policy finding"
    accepted = tally(report.acceptances)
    findings += f", {accepted}" if accepted else ""
    unknown = f"{QUESTION} not known"
    parts = (cost(report), findings, "risks: not compared (--base)", unknown)
    yield Text("; ".join(part for part in parts if part), style="bold")
    yield from (Text(words) for words in delivery(report))
    for text, _ in (*finding_lines(report.findings), *acceptances(report)):
        yield text
