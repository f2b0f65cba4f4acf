"""All stacks of a run on a terminal: the verdict, the risks that several have, each
stack, and at the end what matters of each again."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from groundplan.report import obstacles
from groundplan.report.model import Report
from groundplan.report.order import ordered, unchanged
from groundplan.report.proof import footer as isolation
from groundplan.report.risk_groups import risk_groups
from groundplan.report.terminal import tree
from groundplan.report.terminal.assessment import assessment
from groundplan.report.terminal.changes import show_changes
from groundplan.report.terminal.lines import print_line, print_lines
from groundplan.report.terminal.printing import print_text
from groundplan.report.terminal.risks import risks
from groundplan.report.terminal.up import COLOURS, show_up
from groundplan.report.up import QUESTION, verdict_of
from groundplan.report.wording import is_unchanged, line, outcome


def show(
    reports: Sequence[Report],
    console: Console,
    *,
    every_input: bool = False,
    depth: int | None = None,
) -> None:
    """Prints the reports, changed and riskiest stacks first."""
    show_up(reports, console)
    several = len(reports) > 1
    if several:
        print_lines(risks(risk_groups(reports), several=True), console)
    same = unchanged(reports)
    for report in ordered(reports):
        if report.manifest is None or (report.message and not report.manifest.resources):
            continue
        if len(same) > 1 and report in same:
            continue
        _show(report, console, every_input, depth, with_risks=not several)
    if len(same) > 1:
        _show_unchanged(same, console)
    _show_footer(reports, console)


def _show(
    report: Report, console: Console, every_input: bool, depth: int | None, with_risks: bool
) -> None:
    if report.changes is not None:
        show_changes(report, console, every=every_input, with_risks=with_risks, depth=depth)
    elif report.manifest is not None:
        known = () if report.message else assessment(report)
        tree.show(report.manifest, console, every_input, known, depth)
    if report.preflight is not None:
        print_text(Text(obstacles.headline(report.preflight), "bold"), console)
        for text in obstacles.sentences(report.preflight):
            print_text(Text(f"  {text}"), console)
    if note := isolation(report):
        print_text(Text(note), console)


def _show_unchanged(same: Sequence[Report], console: Console) -> None:
    """The stacks without a change, in one line."""
    bases = dict.fromkeys(report.changes.base for report in same if report.changes)
    names = ", ".join(f"{line(report.project)}/{line(report.stack)}" for report in same)
    print_line(Text(f"no changes against {', '.join(map(line, bases))}: {names}"), console, 4)


def _show_footer(reports: Sequence[Report], console: Console) -> None:
    """The cost, the findings, the risks and the status of each stack that changes."""
    for report in reports:
        if report.changes is None or report.message or is_unchanged(report):
            continue
        status = verdict_of(report).status
        head = f"{line(report.project)}/{line(report.stack)}: "
        text = Text.assemble(
            (head, "bold"), (f"{QUESTION} {status.value}", COLOURS[status]), f"; {outcome(report)}"
        )
        print_line(text, console, 4)
