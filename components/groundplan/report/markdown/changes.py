"""The changed resources of a comment: a line each, and their changes as a diff, folded,
by component."""

from collections.abc import Iterator, Sequence

from groundplan.diff.changes import Change
from groundplan.report.change_summary import summary
from groundplan.report.grouping import BARE, Group, groups
from groundplan.report.markdown.escape import fence
from groundplan.report.markdown.fitting import Piece, Section
from groundplan.report.markdown.rank import REMOVING, Rank, of_detail, of_line
from groundplan.report.markdown.render import LONGEST_NAME, render
from groundplan.report.model import Report
from groundplan.report.values import Shown, difference, differences
from groundplan.report.wording import count, fold, kind_of, line, printable, tally

MOST_OPEN = 40
"""Changed resources of a stack up to which each line is visible; beyond, only those of
replaced and deleted resources are."""

MOST_LINES = 80
"""Lines of one resource's difference before the rest is counted."""


def changed(report: Report) -> Iterator[Section]:
    """A section for the lines of each component, and one for its details."""
    components = groups(report)
    folded = sum(len(group.changes) for group in components) > MOST_OPEN
    for group in components:
        visible = [change for change in group.changes if change.kind in REMOVING or not folded]
        yield Section(
            _lines(visible),
            render(
                "changes",
                "component",
                _name(group),
                group.title == BARE,
                group.kind,
                tally(group.counts()),
            ),
        )
        if folded:
            rest = [change for change in group.changes if change.kind not in REMOVING]
            numbers = {kind: n for kind, n in group.counts().items() if kind not in REMOVING}
            title = f"{_name(group)}: {tally(numbers)}"
            yield Section(
                _lines(rest),
                render("comment", "details", title),
                render("comment", "details_end"),
            )
        yield _details(group)


def outputs(report: Report) -> Iterator[Section]:
    """The stack outputs that change."""
    items = [difference(item) for item in report.changes.outputs] if report.changes else []
    pieces = [
        (Rank.OUTPUT, render("changes", "output", "\n".join(_property(item)))) for item in items
    ]
    yield _diff(f"{count(len(items), 'output')} of the stack", pieces)


def _name(group: Group) -> str:
    return fold(line(group.title), LONGEST_NAME)


def _lines(changes: Sequence[Change]) -> tuple[Piece, ...]:
    return tuple(
        Piece(
            of_line(change.kind),
            render("changes", "change", change, kind_of(change.resource), summary(change)),
        )
        for change in changes
    )


def _details(group: Group) -> Section:
    details = [(change, differences(change)) for change in group.changes]
    pieces = [(of_detail(change.kind), _hunk(change, items)) for change, items in details if items]
    return _diff(f"{_name(group)}: changes in detail", pieces)


def _diff(title: str, pieces: Sequence[tuple[Rank, str]]) -> Section:
    marks = fence(content for _, content in pieces)
    return Section(
        tuple(Piece(rank, content) for rank, content in pieces),
        render("changes", "diff_start", title, marks),
        render("changes", "diff_end", marks),
    )


def _hunk(change: Change, items: Sequence[Shown]) -> str:
    name = fold(line(change.resource.name), LONGEST_NAME)
    lines = [text for item in items for text in _property(item)]
    more = len(lines) - MOST_LINES
    if more > 0:
        lines = [*lines[:MOST_LINES], f"  … {more:,} more lines"]
    type_ = line(kind_of(change.resource))
    return render("changes", "hunk", name, change.kind, type_, "\n".join(lines))


def _property(shown: Shown) -> list[str]:
    path = printable(shown.path).replace("\n", "\\n")
    note = f"  ({shown.note})" if shown.note else ""
    if shown.lines:
        return [f"  {path}:{note}", *(f"{sign}   {content}" for sign, content in shown.lines)]
    lines = [f"- {path}: {shown.old}"] if shown.old is not None else []
    lines += (
        [f"{'!' if shown.renewed else '+'} {path}: {shown.new}"] if shown.new is not None else []
    )
    lines = [text.replace("\n", "\\n") for text in lines] or [f"  {path}"]
    return [*lines[:-1], lines[-1] + note]
