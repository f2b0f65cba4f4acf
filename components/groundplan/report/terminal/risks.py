"""Risks on a terminal: the worst first, each once with the names of all resources and
stacks that have it."""

from collections.abc import Sequence

from rich.text import Text

from groundplan.report.risk_groups import RiskGroup
from groundplan.report.terminal.lines import Lines
from groundplan.report.wording import line, where
from groundplan.risk.risk import Level

LEVELS = {Level.HIGH: "bold red", Level.MEDIUM: "yellow", Level.LOW: "dim"}

MOST_NAMES = 12
"""Affected resources that are named."""

MOST_CAUSES = 3
"""Causes of the same risk that are named."""


def risks(groups: Sequence[RiskGroup], several: bool = False) -> Lines:
    """Returns the lines of risks; with `several`, each names its stacks."""
    for group in groups:
        stacks = f"{', '.join(map(line, group.stacks))}: " if several else ""
        head = (f"! {group.level.value} ", LEVELS[group.level])
        yield Text.assemble(head, (stacks, "bold cyan"), line(group.first.words)), 4
        if group.others:
            yield Text(f"    the same of {_names(group.others)}"), 6
        if group.because or group.places:
            yield Text(f"    {_causes(group)}", style="dim"), 6
        if group.affected:
            yield Text(f"    affects {_names(group.affected)}", style="dim"), 6


def _causes(group: RiskGroup) -> str:
    causes = "; ".join(map(line, group.because[:MOST_CAUSES]))
    more = len(group.because) - MOST_CAUSES
    causes += f"; and {more:,} more" if more > 0 else ""
    places = "; ".join(where(*place) for place in group.places[:MOST_CAUSES])
    more = len(group.places) - MOST_CAUSES
    places += f"; and {more:,} more" if more > 0 else ""
    parts = (f"because {causes}" if causes else "", f"({places})" if places else "")
    return " ".join(part for part in parts if part)


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    listed = ", ".join(map(line, names[:MOST_NAMES]))
    return f"{listed} and {more:,} more" if more > 0 else listed
