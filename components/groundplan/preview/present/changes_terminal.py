"""What changes, on a terminal: a line that sums up, dangers, changed resources by component, cost and findings.

Reads the same without colour: signs say what happens, and words what replaces.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from groundplan.policy.finding import Finding
from groundplan.preview.changes import ABSENT, Change, Kind, PropertyChange
from groundplan.preview.danger import Danger, Level
from groundplan.preview.present import costs
from groundplan.preview.present.grouping import groups
from groundplan.preview.present.wording import FORCES, SYMBOLS, is_unchanged, kind_of, shown, summary, usd
from groundplan.preview.report import Report

COLOURS = {
    Kind.CREATE: "green",
    Kind.UPDATE: "yellow",
    Kind.REPLACE: "red",
    Kind.DELETE: "red",
    Kind.RENAME: "cyan",
    Kind.MOVE: "cyan",
}
LEVELS = {Level.HIGH: "bold red", Level.MEDIUM: "yellow", Level.LOW: "dim"}


def show_changes(report: Report, console: Console) -> None:
    """Print what changes; one line where nothing does."""
    if is_unchanged(report):
        console.print(Text(f"{report.project}/{report.stack}: no changes{_against(report)}"), soft_wrap=True)
        return
    console.print(Text(f"{report.project}/{summary(report)}", style="bold"))
    for line in (*_dangers(report.dangers), *_changes(report), *_outputs(report), *_cost(report), *_findings(report)):
        console.print(line)


def _against(report: Report) -> str:
    return f" against {report.changes.base}" if report.changes else ""


def _dangers(dangers: Sequence[Danger]) -> Iterator[Text]:
    for danger in dangers:
        yield Text.assemble((f"! {danger.level.value} ", LEVELS[danger.level]), danger.words)
        if danger.because:
            yield Text(f"    because {danger.because}", style="dim")
        if danger.affected:
            yield Text(f"    affects {', '.join(danger.affected)}", style="dim")


def _changes(report: Report) -> Iterator[Text]:
    for group in groups(report):
        yield Text.assemble((group.title, "bold cyan"), (f" {group.kind}" if group.kind else "", "cyan"))
        for change in group.changes:
            yield from _change(change)


def _change(change: Change) -> Iterator[Text]:
    note = f"  ({change.note})" if change.note else ""
    colour = COLOURS[change.kind]
    yield Text.assemble(
        (f"  {SYMBOLS[change.kind]:<3} ", colour), change.resource.name, f" {kind_of(change.resource)}", (note, "dim")
    )
    if change.kind in (Kind.UPDATE, Kind.REPLACE):
        yield from (_property(found) for found in (*change.properties, *change.options))


def _property(change: PropertyChange) -> Text:
    line = Text(f"        {change.path}: ")
    if change.old is ABSENT:
        line.append(f"+ {shown(change.new)}", style="green")
    elif change.new is ABSENT:
        line.append(f"- {shown(change.old)}", style="red")
    else:
        line.append(f"{shown(change.old)} -> {shown(change.new)}")
    if change.replaces:
        line.append(f"  ({FORCES})", style="red")
    return line


def _outputs(report: Report) -> Iterator[Text]:
    if report.changes and report.changes.outputs:
        yield Text("outputs", style="bold")
        yield from (_property(change) for change in report.changes.outputs)


def _cost(report: Report) -> Iterator[Text]:
    for before, after in costs.changed_items(report):
        item = after or before
        if item is not None:
            old, new = (usd(side.expected) if side else "nothing" for side in (before, after))
            yield Text(f"  $   {item.name}: {old} -> {new} USD a month ({item.basis})", style="dim")


def _findings(report: Report) -> Iterator[Text]:
    for finding in report.new_findings:
        yield _finding(finding)


def _finding(finding: Finding) -> Text:
    where = f" ({finding.source})" if finding.source else ""
    return Text.assemble(
        (f"? {finding.severity.value} ", "yellow"), f"{finding.rule}: {finding.reason}.{where} Fix: {finding.fix}"
    )
