"""The changed resources of a comment: a line each, and their changes as a diff, folded,
by component."""

from collections.abc import Iterator, Sequence

from groundplan.diff.changes import Change
from groundplan.report.causes import Alike, Cause, alike, causes, effects, following_title
from groundplan.report.change_summary import summary
from groundplan.report.grouping import BARE
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

MOST_EDITS = 5
"""Edits of one cause that are listed."""

MOST_NAMES = 50
"""Resources that one line names."""

MOST_LINES = 80
"""Lines of one resource's difference before the rest is counted."""


def edits(report: Report) -> Iterator[Section]:
    """Yields the edits that the changes come from, each with what it changes."""
    pieces = [
        Piece(
            Rank.CAUSE, render("changes", "cause", cause.edits[:MOST_EDITS], more, effects(cause))
        )
        for cause in causes(report)
        if cause.edits
        for more in [max(len(cause.edits) - MOST_EDITS, 0)]
    ]
    yield Section(tuple(pieces), "\n")


def changed(report: Report) -> Iterator[Section]:
    """Sections for each cause: the lines of its changes, those of what follows, and the
    details."""
    every = causes(report)
    folded = sum(len(cause.changes) for cause in every if not cause.edits) > MOST_OPEN
    for cause in every:
        start = render("changes", "component", *_title(cause), tally(cause.counts))
        if cause.edits:
            yield Section(_alike(alike(cause.changes)), start)
        else:
            yield from _of_component(cause, start, folded)
        yield _following(cause)
        yield _details(cause)


def _of_component(cause: Cause, start: str, folded: bool) -> Iterator[Section]:
    """A line for each change; where there are too many, only those of replaced and
    deleted resources are open."""
    yield Section(_lines([c for c in cause.changes if c.kind in REMOVING or not folded]), start)
    if folded:
        rest = [change for change in cause.changes if change.kind not in REMOVING]
        numbers = {kind: n for kind, n in cause.counts.items() if kind not in REMOVING}
        title = f"{_name(cause)}: {tally(numbers)}"
        yield Section(
            _lines(rest),
            render("comment", "details", title),
            render("comment", "details_end"),
        )


def _following(cause: Cause) -> Section:
    """Returns what only follows from other changes, folded."""
    return Section(
        _alike(alike(cause.following, 2)),
        render("comment", "details", following_title(cause)),
        render("comment", "details_end"),
    )


def _alike(parts: Sequence[Alike]) -> tuple[Piece, ...]:
    """A line for each change, or for several that are alike."""
    pieces: list[Piece] = []
    for part in parts:
        if len(part.changes) == 1:
            pieces += _lines(part.changes)
            continue
        more = max(len(part.names) - MOST_NAMES, 0)
        names = part.names[:MOST_NAMES]
        arguments = (part.first.kind, len(part.names), part.noun, names, more, summary(part.first))
        pieces.append(Piece(of_line(part.first.kind), render("changes", "alike", *arguments)))
    return tuple(pieces)


def outputs(report: Report) -> Iterator[Section]:
    """Yields the stack outputs that change."""
    items = [difference(item) for item in report.changes.outputs] if report.changes else []
    pieces = [
        (Rank.OUTPUT, render("changes", "output", "\n".join(_property(item)))) for item in items
    ]
    yield _diff(f"{count(len(items), 'output')} of the stack", pieces)


def _title(cause: Cause) -> tuple[str, bool, str]:
    """Returns the title of a cause's changes, whether it is no name, and the
    component's type."""
    return _name(cause), cause.title == BARE and not cause.edits, cause.kind


def _name(cause: Cause) -> str:
    places = ", ".join(edit.place for edit in cause.edits[:MOST_EDITS])
    return fold(line(places or cause.title), LONGEST_NAME)


def _lines(changes: Sequence[Change]) -> tuple[Piece, ...]:
    return tuple(
        Piece(
            of_line(change.kind),
            render("changes", "change", change, kind_of(change.resource), summary(change)),
        )
        for change in changes
    )


def _details(cause: Cause) -> Section:
    """Returns the differences of each change, but of what only gets new outputs of
    others."""
    details = [(change, differences(change)) for change in cause.changes]
    following = [(change, differences(change)) for change in cause.following]
    details += [(c, items) for c, items in following if not all(i.renewed for i in items)]
    pieces = [(of_detail(change.kind), _hunk(change, items)) for change, items in details if items]
    return _diff(f"{_name(cause)}: changes in detail", pieces)


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
