"""The changed resources of a comment: a line each, and what changes in them as a diff,
folded, by component."""

from collections.abc import Iterator, Sequence

from groundplan.diff.changes import Change
from groundplan.report.change_summary import telling
from groundplan.report.grouping import BARE, Group, groups
from groundplan.report.markdown.escape import code, fence, raw, text
from groundplan.report.markdown.fitting import Piece, Section
from groundplan.report.markdown.rank import GOES, Rank, of_detail, of_line
from groundplan.report.model import Report
from groundplan.report.values import Shown, difference, differences
from groundplan.report.wording import (
    DONE,
    SYMBOLS,
    count,
    fold,
    kind_of,
    line,
    printable,
    tally,
)

MOST_OPEN = 40
"""Changed resources of a stack up to which each has its line in sight; beyond, only
what is replaced or deleted has."""

MOST_LINES = 80
"""Lines of one resource's difference before the rest is counted."""

LONGEST_NAME, LONGEST_NOTE = 120, 300


def changed(report: Report) -> Iterator[Section]:
    """A section for the lines of each component, and one for its details."""
    found = groups(report)
    folded = sum(len(group.changes) for group in found) > MOST_OPEN
    for group in found:
        shown = [change for change in group.changes if change.kind in GOES or not folded]
        name = group.title if group.title == BARE else code(_named(group))
        title = f"{name} {text(group.kind)}".rstrip()
        yield Section(_lines(shown), f"\n**{title}**: {tally(group.counts())}\n\n")
        if folded:
            rest = [change for change in group.changes if change.kind not in GOES]
            numbers = {kind: number for kind, number in group.counts().items() if kind not in GOES}
            yield _folded(f"{_named(group)}: {tally(numbers)}", _lines(rest))
        yield _details(group)


def outputs(report: Report) -> Iterator[Section]:
    """The stack outputs that change."""
    found = [difference(item) for item in report.changes.outputs] if report.changes else []
    pieces = [(Rank.OUTPUT, "\n".join(_property(shown)) + "\n") for shown in found]
    yield _diff(f"{count(len(found), 'output')} of the stack", pieces)


def _named(group: Group) -> str:
    return fold(line(group.title), LONGEST_NAME)


def _lines(changes: Sequence[Change]) -> tuple[Piece, ...]:
    return tuple(Piece(of_line(change.kind), _line(change)) for change in changes)


def _line(change: Change) -> str:
    resource, told = change.resource, telling(change)
    parts = [
        code(SYMBOLS[change.kind]),
        code(fold(line(resource.name), LONGEST_NAME)),
        text(kind_of(resource)),
    ]
    about = ", ".join(code(fold(path, LONGEST_NAME)) for path in told.properties)
    about += f" and {told.more:,} more" if told.more else ""
    about = " ".join(part for part in (about, text(told.words)) if part)
    note = f" ({text(fold(told.note, LONGEST_NOTE))})" if told.note else ""
    return f"- {' '.join(parts)}{f': {about}' if about else ''}{note}\n"


def _folded(title: str, pieces: tuple[Piece, ...]) -> Section:
    return Section(pieces, f"\n<details><summary>{raw(title)}</summary>\n\n", "\n</details>\n")


def _details(group: Group) -> Section:
    found = [(change, differences(change)) for change in group.changes]
    pieces = [(of_detail(change.kind), _hunk(change, shown)) for change, shown in found if shown]
    return _diff(f"{_named(group)}: what changes", pieces)


def _diff(title: str, pieces: Sequence[tuple[Rank, str]]) -> Section:
    marks = fence(content for _, content in pieces)
    folded = _folded(title, ())
    return Section(
        tuple(Piece(rank, content) for rank, content in pieces),
        f"{folded.before}{marks}diff\n",
        f"{marks}\n{folded.after}",
    )


def _hunk(change: Change, found: Sequence[Shown]) -> str:
    resource = change.resource
    name = fold(line(resource.name), LONGEST_NAME)
    lines = [f"@@ {name}: {line(kind_of(resource))}, {SYMBOLS[change.kind]} {DONE[change.kind]} @@"]
    inside = [text for shown in found for text in _property(shown)]
    left = len(inside) - MOST_LINES
    lines += [*inside[:MOST_LINES], f"  … {left:,} more lines"] if left > 0 else inside
    return "\n".join(lines) + "\n"


def _property(shown: Shown) -> list[str]:
    path = printable(shown.path).replace("\n", "\\n")
    note = f"  ({shown.note})" if shown.note else ""
    if shown.lines:
        return [f"  {path}:{note}", *(f"{sign}   {content}" for sign, content in shown.lines)]
    found = [f"- {path}: {shown.old}"] if shown.old is not None else []
    found += [f"+ {path}: {shown.new}"] if shown.new is not None else []
    found = [text.replace("\n", "\\n") for text in found] or [f"  {path}"]
    return [*found[:-1], found[-1] + note]
