"""Old and new values of properties as text: short ones side by side, documents line by
line, long ones folded."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from os.path import commonprefix
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Kind, PropertyChange
from groundplan.diff.unknown_values import brief, input_path, renewed, renewed_inputs
from groundplan.manifest import documents
from groundplan.report.wording import FORCES, REFUSED, clear, fold, printable, shown

LONGEST = 160
"""Characters of a value on one line before it is folded."""

CONTEXT = 2
"""Unchanged lines around a change in a document."""

MOST_LINES = 60
"""Lines of one document's difference before the rest is counted."""

MOST_COMPARED = 1_000
"""Lines of a document that are compared; the rest is counted. The time grows
with the square."""


@dataclass(frozen=True)
class Shown:
    """One property that changes, ready to be shown."""

    path: str
    old: str | None
    """`None` where it was absent, or where `lines` contain it."""
    new: str | None
    lines: tuple[tuple[str, str], ...] = ()
    """Of a document: `+`, `-` or a space, and the line."""
    note: str = ""
    """`forces replacement`."""
    renewed: bool = False
    """Whether `new` is a value that only gets new outputs of other resources."""


def differences(change: Change) -> list[Shown]:
    """Returns the changed properties of a resource; of a new one all inputs, where the
    comparison doesn't list them."""
    properties = change.properties
    if not properties and change.kind is Kind.CREATE and change.after:
        properties = tuple(
            PropertyChange(key, ABSENT, value) for key, value in sorted(change.after.inputs.items())
        )
    return list(_shown((*properties, *change.options)))


def _shown(changes: Iterable[PropertyChange]) -> Iterator[Shown]:
    """Yields the properties in their order; a list of renewed values is one."""
    every = list(changes)
    texts = dict(renewed_inputs(every))
    for change in every:
        path = input_path(change)
        if not renewed(change.old, change.new):
            yield difference(change)
        elif path in texts:
            values = texts.pop(path)
            replaces = any(other.replaces and input_path(other) == path for other in every)
            text = fold(", ".join(shown(clear(value)) for value in values), LONGEST)
            yield Shown(path, None, f"new {text}", (), FORCES if replaces else "", True)


def difference(change: PropertyChange) -> Shown:
    """One property, ready to be shown."""
    old, new = clear(change.old), clear(change.new)
    note = FORCES if change.replaces else REFUSED if change.refused else ""
    if same := renewed(old, new):
        text = f"new {fold(shown(same), LONGEST)}"
        return Shown(printable(change.path), None, text, (), note, True)
    before, after = _document(old), _document(new)
    path = printable(change.path)
    if max(len(before), len(after)) > 1:
        return Shown(path, None, None, tuple(_lines(before, after)), note)
    one, other = shown(old), shown(new)
    if one == other:  # "8" and 8
        one, other = json.dumps(old, default=str), json.dumps(new, default=str)
    one, other = _around(one, other)
    return Shown(path, None if old is ABSENT else one, None if new is ABSENT else other, (), note)


def _document(value: Any) -> list[str]:
    """Returns the lines of a value, a JSON document with its keys in order; none for an
    absent value."""
    if value is ABSENT:
        return []
    if isinstance(value, str):
        document = documents.parse_json(value)
        if document is None:
            return [printable(brief(text)) for text in value.split("\n")]
        value = clear(document)
    if isinstance(value, dict) and "sha256" in value:
        return [shown(value)]
    flat = shown(value)
    if not isinstance(value, dict | list) or (
        len(flat) <= LONGEST // 2 and not any(isinstance(v, dict | list) for v in value)
    ):
        return [flat]
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str)
    return printable(brief(text)).split("\n")


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    if list(before) == list(after):
        yield " ", "(the same content, formatted differently)"
        return
    compared = list(_compared(before[:MOST_COMPARED], after[:MOST_COMPARED]))
    beyond = max(len(before), len(after)) - MOST_COMPARED
    yield from ((sign, fold(text, LONGEST)) for sign, text in compared[:MOST_LINES])
    left = max(len(compared) - MOST_LINES, 0) + max(beyond, 0)
    if left:
        yield " ", f"… {left:,} more lines"


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number:
            yield " ", "…"
        for tag, start, end, begin, stop in group:
            if tag == "equal":
                yield from ((" ", text) for text in before[start:end])
                continue
            yield from (("-", text) for text in before[start:end])
            yield from (("+", text) for text in after[begin:stop])


def _around(old: str, new: str) -> tuple[str, str]:
    """Two long values, folded so that their difference stays visible."""
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    start = len(commonprefix([old, new]))  # noqa: RUF071 (of characters, not of paths)
    if start <= LONGEST // 4 or not (old and new):
        return fold(old, LONGEST), fold(new, LONGEST)
    cut = start - LONGEST // 8
    return f"…{fold(old[cut:], LONGEST)}", f"…{fold(new[cut:], LONGEST)}"
