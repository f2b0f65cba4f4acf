"""Whether `pulumi up` will succeed, as the first lines on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from groundplan.report.model import Report
from groundplan.report.terminal.lines import print_sentences
from groundplan.report.up import is_worth_saying, lines, status_of
from groundplan.risk.verdict import Status

COLOURS = {Status.NO: "bold red", Status.UNKNOWN: "bold yellow", Status.YES: "bold green"}


def show_up(reports: Sequence[Report], console: Console) -> None:
    """Prints the status of all stacks, and why; nothing where nothing is compared, as
    the assessment says so, or nothing changes."""
    if not is_worth_saying(reports):
        return
    first, *rest = lines(reports)
    print_sentences([Text(first, style=COLOURS[status_of(reports)]), *map(Text, rest)], console)
