"""Values on the page: inputs as an outline, old and new values line by line, JSON
documents opened up."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby, islice
from typing import Any

from groundplan.diff.changes import ABSENT, PropertyChange
from groundplan.manifest import documents
from groundplan.report.markup import Child, Markup, join, tag
from groundplan.report.wording import FORCES, clear, fold, shown

DEEPEST = 30
"""Levels of a value that are indented; what lies deeper stands on one line."""

MOST_COMPARED = 1_500
"""Lines of a document that are compared; comparing takes time with their square."""

MOST_LINES = 400
"""Lines of one difference."""

CONTEXT = 3
"""Unchanged lines around a change."""


def outline(value: Any, room: int) -> Markup:
    """A value as an indented outline of at most `room` characters. JSON in texts is
    opened up."""
    lines, left = [], room
    for line in _lines(clear(value), 0):
        if left <= 0:
            lines.append("… (the rest is in the manifest)")
            break
        lines.append(fold(line, max(left, 200)))
        left -= len(lines[-1]) + 1
    return tag("pre", "\n".join(lines)) if lines else Markup("")


def difference(change: PropertyChange, room: int) -> Markup:
    """One property: its path, whether it forces a replacement, and what was there and
    will be."""
    old, new = (_whole(side) for side in (change.old, change.new))
    if old == new:  # "8" and 8, or a document with its keys in another order
        old, new = ([json.dumps(clear(side), default=str)] for side in (change.old, change.new))
    marked = _compared(old, new) if old and new and len(old) + len(new) > 2 else _swapped(old, new)
    lines, left = [], room
    for sign, line in islice(marked, MOST_LINES):
        lines.append((sign, fold(line, max(left, 200))))
        left -= len(line)
        if left <= 0:
            break
    more = len(lines) == MOST_LINES or left <= 0
    note = FORCES if change.replaces else ""
    head = tag(
        "div",
        tag("code", change.path),
        tag("span", note, class_="badge replace") if note else None,
        class_="path",
    )
    rest = tag("span", "… (the rest is in the manifests)\n", class_="dim") if more else None
    return tag("li", head, tag("pre", *_blocks(lines), rest, class_="diff"))


def _swapped(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from (("-", line) for line in old)
    yield from (("+", line) for line in new)


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    matcher = SequenceMatcher(None, old[:MOST_COMPARED], new[:MOST_COMPARED], autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number:
            yield " ", "…"
        for kind, start, end, begin, stop in group:
            if kind == "equal":
                yield from ((" ", line) for line in old[start:end])
            else:
                yield from _swapped(old[start:end], new[begin:stop])
    if max(len(old), len(new)) > MOST_COMPARED:
        yield (
            " ",
            f"… {max(len(old), len(new)) - MOST_COMPARED:,} lines further down aren't compared",
        )


def _blocks(lines: Sequence[tuple[str, str]]) -> Iterator[Markup]:
    """Lines with their signs as text, so that they read without colour; those of one
    sign together."""
    for sign, group in groupby(lines, key=lambda line: line[0]):
        told = "".join(f"{sign} {line}\n" for _, line in group)
        yield tag({"-": "del", "+": "ins"}.get(sign, "span"), told)


def _whole(value: Any) -> list[str]:
    return [] if value is ABSENT else list(_lines(clear(value), 0)) or [shown(value)]


def _lines(value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, Mapping) and value and "sha256" not in value and depth < DEEPEST:
        for key, item in value.items():
            yield from _entry(f"{pad}{key}:", item, depth)
    elif isinstance(value, list | tuple) and value and depth < DEEPEST:
        for item in value:
            found = list(_lines(opened(item), depth + 1))
            yield f"{pad}• {found[0].lstrip()}"
            yield from found[1:]
    elif isinstance(value, str) and "\n" in value:
        yield from (pad + line for line in value.split("\n"))
    elif isinstance(value, str) and (document := opened(value)) is not value:
        yield from _lines(document, depth)
    else:
        yield pad + shown(value)


def _entry(head: str, item: Any, depth: int) -> Iterator[str]:
    document = opened(item)
    found = list(_lines(document, depth + 1))
    nested = isinstance(document, Mapping | list | tuple) and document and "sha256" not in document
    if len(found) == 1 and not nested:
        yield f"{head} {found[0].lstrip()}"
    else:
        yield f"{head} (JSON)" if document is not item else head
        yield from found


def opened(value: Any) -> Any:
    """The document that a text holds, if it is JSON of an object or a list that isn't
    empty; else the value itself."""
    found = documents.parse_json(value) if isinstance(value, str) else None
    return clear(found) if found else value


def facts(rows: Sequence[tuple[str, Child]]) -> Markup:
    """Names and values side by side; what is empty is left out."""
    found = [(name, value) for name, value in rows if value not in (None, "")]
    return tag(
        "dl",
        join(tag("div", tag("dt", name), tag("dd", value)) for name, value in found),
        class_="facts",
    )
