"""Accepted findings and risks on a terminal: what has expired first, and loudest."""

from collections.abc import Iterator

from rich.text import Text

from groundplan.report.acceptances import details, verdict
from groundplan.report.judged import Status
from groundplan.report.model import Report

STYLES = {Status.EXPIRED: "bold red", Status.ACCEPTED: "dim", Status.UNUSED: "yellow"}
SIGNS = {Status.EXPIRED: "!", Status.ACCEPTED: "=", Status.UNUSED: "?"}


def acceptances(report: Report) -> Iterator[tuple[Text, int]]:
    """A text for each acceptance, and the indentation of its continuation lines."""
    for judged in report.acceptances:
        style = STYLES[judged.status]
        sign = f"{SIGNS[judged.status]} {verdict(judged)}"
        yield Text.assemble((sign, style), f" {details(judged)}"), 4
