"""Policy findings on a terminal: the most severe first, each once with the names of all
resources that it is of."""

from collections.abc import Iterable

from rich.text import Text

from groundplan.policy.finding import Finding
from groundplan.report.finding_groups import finding_groups
from groundplan.report.terminal.lines import Lines
from groundplan.report.wording import line, name_in, where

MOST_NAMES = 12
"""Resources that are named."""


def findings(found: Iterable[Finding]) -> Lines:
    """Returns the lines of findings."""
    for group in finding_groups(found):
        first = group.first
        text = f"{line(first.rule)}: {line(first.reason)}.{_place(first)} Fix: {line(first.fix)}"
        yield Text.assemble((f"? {first.severity.value} ", "yellow"), text), 4
        if group.others:
            names = ", ".join(
                f"{line(name_in(other.urn))}{_place(other)}" for other in group.others[:MOST_NAMES]
            )
            more = len(group.others) - MOST_NAMES
            yield Text(f"    the same of {names}" + (f" and {more:,} more" if more > 0 else "")), 6


def _place(finding: Finding) -> str:
    at = where(finding.source, finding.setting)
    return f" ({at})" if at else ""
