"""The changes of a stack on a terminal by their cause: the edit with its old and new
value, what it changes, and folded below that what follows."""

import re
from collections.abc import Sequence

from rich.text import Text

from groundplan.diff.changes import Change, Kind
from groundplan.diff.edits.edit import Edit
from groundplan.report import change_summary
from groundplan.report.causes import Alike, Cause, alike, effects, following_title
from groundplan.report.terminal.lines import NARROWEST, Lines
from groundplan.report.values import Shown, differences
from groundplan.report.wording import SYMBOLS, count, kind_of, line

COLOURS = {
    Kind.CREATE: "green",
    Kind.UPDATE: "yellow",
    Kind.REPLACE: "red",
    Kind.DELETE: "red",
    Kind.RETAIN: "yellow",
    Kind.RENAME: "cyan",
    Kind.MOVE: "cyan",
}
SIGNS = {"+": "green", "-": "red", " ": ""}

CHANGES, FOLLOWING = 2, 3
"""The levels, below those of the causes, of their changes and of what follows."""
DEEPEST = FOLLOWING

MOST_EDITS = 5
"""Edits of one cause that are listed."""

MOST_NAMES = 6
"""Resources that one line names."""

MOST_PATHS = 3
"""Inputs that one line names."""

PART = re.compile(r"[:\[]")
"""What begins a part of a document, or an item of a list."""


def overview(every: Sequence[Cause]) -> Lines:
    """Returns the edits that the changes come from, each with the number of its
    changes."""
    for cause in every:
        if cause.edits:
            yield from _edits(cause)


def changes(
    causes: Sequence[Cause], width: int, every: bool = False, depth: int | None = None
) -> Lines:
    """Returns the changes by their cause; with `every`, what follows is not folded.
    Without a `depth` all levels: the causes, their changes, what follows."""
    levels = DEEPEST if depth is None else depth
    for cause in causes:
        if levels < CHANGES:
            if not cause.edits:
                yield _head(cause).append(f": {line(effects(cause))}", style="default"), 2
            continue
        if len(causes) > 1 or not cause.edits:
            yield _head(cause), 2
        parts = [Alike((c,)) for c in cause.changes] if every else alike(cause.changes)
        for part in parts:
            yield from _alike(part, width)
        if levels < FOLLOWING:
            continue
        if every:
            for change in cause.following:
                yield from _change(change, width)
        elif cause.following:
            yield from _following(cause)


def _head(cause: Cause) -> Text:
    if cause.edits:
        places = ", ".join(line(edit.place) for edit in cause.edits[:MOST_EDITS])
        return Text(places, style="bold cyan")
    kind = (f" {line(cause.kind)}" if cause.kind else "", "cyan")
    return Text.assemble((line(cause.title), "bold cyan"), kind)


def _edits(cause: Cause) -> Lines:
    for edit in cause.edits[:MOST_EDITS]:
        yield edit_text(edit), 4
    if len(cause.edits) > MOST_EDITS:
        yield Text(f"and {count(len(cause.edits) - MOST_EDITS, 'more edit')}", style="cyan"), 4
    yield Text(f"  {line(effects(cause))}", style="bold"), 4


def edit_text(edit: Edit) -> Text:
    """`Pulumi.dev.yaml:6 shop:network.cidrBlock: 10.0.0.0/16 -> 10.1.0.0/16`."""
    text = Text.assemble((line(edit.place), "bold cyan"), " ")
    if edit.setting:
        text.append(f"{line(edit.setting)}: ", style="cyan")
    if edit.old and edit.new:
        return text.append(f"{line(edit.old)} -> {line(edit.new)}")
    if edit.new:
        return text.append(f"+ {line(edit.new)}", style="green")
    return text.append(f"- {line(edit.old)}", style="red")


def _alike(part: Alike, width: int) -> Lines:
    """Changes that are alike as one, with the properties of the first."""
    if len(part.changes) == 1:
        yield from _change(part.first, width)
        return
    yield _together(part, "  "), 8
    if part.first.kind in (Kind.CREATE, Kind.DELETE):
        return
    if not part.same:
        yield Text(f"        of {line(part.names[0])}:", style="dim"), 10
    for item in differences(part.first):
        yield from property_lines(item)


def _following(cause: Cause) -> Lines:
    yield Text(f"  {following_title(cause)} (--inputs: in full)"), 4
    for part in alike(cause.following, 2):
        if len(part.changes) > 1:
            yield _together(part, "    "), 10
        else:
            yield _one_following(part.first), 10


def _one_following(change: Change) -> Text:
    text = _start(change, "    ")
    text.append(f"{line(change.resource.name)} {line(kind_of(change.resource))}")
    paths = dict.fromkeys(PART.split(shown.path)[0] for shown in differences(change))
    listed = list(paths)[:MOST_PATHS]
    more = f" and {len(paths) - len(listed)} more" if len(paths) > len(listed) else ""
    return text.append(f"  {', '.join(map(line, listed))}{more}", style="dim")


def _together(part: Alike, indent: str) -> Text:
    names = part.names[:MOST_NAMES]
    more = len(part.names) - len(names)
    listed = ", ".join(map(line, names)) + (f" and {more:,} more" if more else "")
    head = f"{len(part.names):,} {line(part.noun)}: {listed}"
    return _start(part.first, indent).append(head)


def _start(change: Change, indent: str) -> Text:
    return Text.assemble((f"{indent}{SYMBOLS[change.kind]:<3} ", COLOURS[change.kind]))


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
            yield from property_lines(shown)


def property_lines(shown: Shown) -> Lines:
    """One property with its old and its new value."""
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
