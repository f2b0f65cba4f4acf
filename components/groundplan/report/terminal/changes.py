"""The changes on a terminal: a summary line, risks, changed resources by component,
cost and findings.

Reads the same without colour: signs show the kind of change, and words what forces
replacement. As wide as the terminal: sentences continue below their beginning, tables
and inputs are truncated.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from groundplan.report import costs
from groundplan.report.causes import causes
from groundplan.report.delivery import lines as delivery
from groundplan.report.judged import tally
from groundplan.report.model import Report
from groundplan.report.risk_groups import risk_groups
from groundplan.report.terminal.acceptances import acceptances
from groundplan.report.terminal.causes import changes, overview, property_lines
from groundplan.report.terminal.findings import findings
from groundplan.report.terminal.lines import NARROWEST, Lines, print_line, print_lines
from groundplan.report.terminal.risks import risks
from groundplan.report.values import difference
from groundplan.report.wording import count, is_unchanged, line, summary


def show_changes(
    report: Report,
    console: Console,
    *,
    every: bool = False,
    with_risks: bool = True,
    depth: int | None = None,
) -> None:
    """Prints the changes; one line where there are none.

    With `every`, what only follows from another change is in full; without
    `with_risks`, the risks are elsewhere, as those of several stacks are. Of `depth`
    levels, the first has the causes with their counts, the second the changes of each,
    the third what follows, and all that is deeper too.
    """
    if is_unchanged(report):
        against = f" against {line(report.changes.base)}" if report.changes else ""
        accepted = tally(report.acceptances)
        against += f"; {accepted}" if accepted else ""
        words = f"{line(report.project)}/{line(report.stack)}: no changes{against}"
        print_line(Text(words), console)
        if report.delivery and report.delivery.lacking:
            print_lines(((Text(words), 4) for words in delivery(report)), console)
        return
    print_line(Text(f"{line(report.project)}/{summary(report)}", style="bold"), console)
    by_cause = causes(report)
    parts: Iterable[Lines] = (
        overview(by_cause),
        risks(risk_groups([report]) if with_risks else ()),
        changes(by_cause, console.width, every, depth),
        _outputs(report),
        _cost(report, console.width),
        _findings(report),
        acceptances(report),
        ((Text(words), 4) for words in delivery(report)),
    )
    for part in parts:
        print_lines(part, console)


def _outputs(report: Report) -> Lines:
    if report.changes and report.changes.outputs:
        yield Text("outputs", style="bold"), 2
        for change in report.changes.outputs:
            yield from property_lines(difference(change))


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
    yield from findings(report.new_findings)
    known = len(report.findings) - len(report.new_findings)
    if report.changes and known > 0:
        yield Text(f"{count(known, 'policy finding')} that the base has too", style="dim"), 0
