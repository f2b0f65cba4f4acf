"""The changes on a terminal: a summary line, risks, changed resources by component,
cost and findings.

Reads the same without colour: signs show the kind of change, and words what forces
replacement. As wide as the terminal: sentences continue below their beginning, tables
and inputs are truncated.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from groundplan.diff.changes import Change, Kind
from groundplan.policy.finding import Finding, Severity
from groundplan.report import change_summary, costs
from groundplan.report.grouping import groups
from groundplan.report.judged import tally
from groundplan.report.model import Report
from groundplan.report.terminal.acceptances import acceptances
from groundplan.report.terminal.printing import print_text
from groundplan.report.values import Shown, difference, differences
from groundplan.report.wording import SYMBOLS, count, is_unchanged, kind_of, line, summary, where
from groundplan.risk.risk import Level, Risk

COLOURS = {
    Kind.CREATE: "green",
    Kind.UPDATE: "yellow",
    Kind.REPLACE: "red",
    Kind.DELETE: "red",
    Kind.RETAIN: "yellow",
    Kind.RENAME: "cyan",
    Kind.MOVE: "cyan",
}
LEVELS = {Level.HIGH: "bold red", Level.MEDIUM: "yellow", Level.LOW: "dim"}
SIGNS = {"+": "green", "-": "red", " ": ""}

MOST_NAMES = 12
"""Affected resources that are named."""

NARROWEST = 30
"""The minimum width of a sentence, whatever its indentation."""

ASCII = str.maketrans({"↷": ">", "…": "~"})
"""For terminals that have no other characters."""


def show_changes(report: Report, console: Console) -> None:
    """Prints the changes; one line where there are none."""
    if is_unchanged(report):
        against = f" against {line(report.changes.base)}" if report.changes else ""
        accepted = tally(report.acceptances)
        against += f"; {accepted}" if accepted else ""
        _print(Text(f"{line(report.project)}/{line(report.stack)}: no changes{against}"), console)
        return
    _print(Text(f"{line(report.project)}/{summary(report)}", style="bold"), console)
    parts = (
        _risks(report.open_risks),
        _changes(report, console.width),
        _outputs(report),
        _cost(report, console.width),
    )
    for part in (*parts, _findings(report), acceptances(report)):
        for text, hanging in part:
            _print(text, console, hanging)


Lines = Iterator[tuple[Text, int]]
"""Texts, and the indentation of their continuation lines."""


def _print(text: Text, console: Console, hanging: int = 0) -> None:
    if console.options.ascii_only:
        text = Text(text.plain.translate(ASCII), style=text.style, spans=text.spans)
    first, *rest = text.wrap(console, max(console.width, NARROWEST)) or [text]
    print_text(_stripped(first), console)
    if not rest:
        return
    # Continuation lines are narrower: the text after the first line is wrapped again.
    start = len(first.plain)
    left = text[start + len(text.plain[start:]) - len(text.plain[start:].lstrip()) :]
    for below in left.wrap(console, max(console.width - hanging, NARROWEST)):
        stripped = _stripped(below)
        if stripped.plain.strip():
            print_text(Text.assemble(" " * hanging, stripped), console)


def _stripped(text: Text) -> Text:
    text.rstrip()
    return text


def _risks(risks: Sequence[Risk]) -> Lines:
    for risk in risks:
        yield (
            Text.assemble((f"! {risk.level.value} ", LEVELS[risk.level]), line(risk.words)),
            4,
        )
        at = where(risk.source, risk.setting)
        if risk.because or at:
            because = f"because {line(risk.because)} " if risk.because else ""
            yield Text(f"    {because}{f'({at})' if at else ''}".rstrip(), style="dim"), 6
        if risk.affected:
            more = len(risk.affected) - MOST_NAMES
            names = ", ".join(map(line, risk.affected[:MOST_NAMES])) + (
                f" and {more:,} more" if more > 0 else ""
            )
            yield Text(f"    affects {names}", style="dim"), 6


def _changes(report: Report, width: int) -> Lines:
    for group in groups(report):
        yield (
            Text.assemble(
                (line(group.title), "bold cyan"),
                (f" {line(group.kind)}" if group.kind else "", "cyan"),
            ),
            2,
        )
        for change in group.changes:
            yield from _change(change, width)


def _change(change: Change, width: int) -> Lines:
    summary_ = change_summary.summary(change)
    words = (
        f"  {summary_.words}" if summary_.words and change.kind in (Kind.RENAME, Kind.MOVE) else ""
    )
    note = f"  ({summary_.note})" if summary_.note else ""
    sign, name, kind = (
        f"  {SYMBOLS[change.kind]:<3} ",
        line(change.resource.name),
        line(kind_of(change.resource)),
    )
    head = Text.assemble((sign, COLOURS[change.kind]), f"{name} {kind}{words}", (note, "dim"))
    if change.kind is Kind.CREATE and summary_.properties:
        head.append(f"  {' '.join(summary_.properties)}", style="dim")
        head.truncate(max(width, NARROWEST), overflow="ellipsis")
    yield head, 8
    if change.kind is not Kind.CREATE:
        for shown in differences(change):
            yield from _property(shown)


def _property(shown: Shown) -> Lines:
    text = Text(f"        {line(shown.path)}: ")
    if shown.renewed:
        text.append(line(shown.new or ""))
    elif shown.old is None and shown.new is not None:
        text.append(f"+ {line(shown.new)}", style="green")
    elif shown.new is None and shown.old is not None:
        text.append(f"- {line(shown.old)}", style="red")
    elif shown.old is not None and shown.new is not None:
        text.append(f"{line(shown.old)} -> {line(shown.new)}")
    if shown.note:
        text.append(f"  ({shown.note})", style="red")
    yield text, 10
    for sign, content in shown.lines:
        yield Text(f"        {sign} {content}", style=SIGNS[sign]), 10


def _outputs(report: Report) -> Lines:
    if report.changes and report.changes.outputs:
        yield Text("outputs", style="bold"), 2
        for change in report.changes.outputs:
            yield from _property(difference(change))


def _cost(report: Report, width: int) -> Lines:
    table = costs.table(report)
    if table and report.changes:
        rows = [
            table.header,
            *(
                table.cells(row)
                for row in (*table.rows, *([table.others] if table.others else []), table.total)
            ),
        ]
        sizes = [max(len(line(row[column])) for row in rows) for column in range(len(table.header))]
        yield Text("cost, USD a month", style="bold"), 2
        for place, row in enumerate(rows):
            cells = [line(cell).rjust(size) for cell, size in zip(row, sizes, strict=True)]
            cells[0], cells[-1] = line(row[0]).ljust(sizes[0]), line(row[-1])
            text = Text(
                f"  {'  '.join(cells)}",
                style="dim" if place == 0 else "bold" if row == rows[-1] else "",
            )
            text.truncate(max(width, NARROWEST), overflow="ellipsis")
            yield text, 2
    for changed in costs.changed_costs(report):
        old, new = (side.amount or "nothing" for side in (changed.before, changed.after))
        basis = changed.after.basis or changed.before.basis
        yield (
            Text(
                f"  $   {line(changed.name)}: {old} -> {new} USD a month ({line(basis)})",
                style="dim",
            ),
            6,
        )
    for unknown in report.cost.unknown if report.cost and report.changes else ():
        yield Text(f"  $   no known price: {line(unknown)}", style="dim"), 6


def _findings(report: Report) -> Lines:
    order = tuple(Severity)
    for finding in sorted(
        report.new_findings, key=lambda found: (order.index(found.severity), found.rule, found.urn)
    ):
        yield _finding(finding), 4
    known = len(report.findings) - len(report.new_findings)
    if report.changes and known > 0:
        yield Text(f"{count(known, 'policy finding')} that the base has too", style="dim"), 0


def _finding(finding: Finding) -> Text:
    at = where(finding.source, finding.setting)
    place = f" ({at})" if at else ""
    text = f"{line(finding.rule)}: {line(finding.reason)}.{place} Fix: {line(finding.fix)}"
    return Text.assemble((f"? {finding.severity.value} ", "yellow"), text)
