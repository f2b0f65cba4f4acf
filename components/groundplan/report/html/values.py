"""Values on the page: inputs as an outline, old and new values line by line, JSON
documents parsed and indented."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, islice
from typing import Any

from groundplan.diff.changes import ABSENT, PropertyChange
from groundplan.diff.unknown_values import renewed
from groundplan.manifest import documents
from groundplan.report.html.links import Link
from groundplan.report.wording import clear, fold, shown

DEEPEST = 30
"""Levels of a value that are indented; deeper values are printed on one line."""

MOST_COMPARED = 1_500
"""Lines of a document that are compared; the time grows with their square."""

MOST_LINES = 400
"""Lines of one difference."""

CONTEXT = 3
"""Unchanged lines around a change."""


@dataclass(frozen=True)
class Difference:
    """A property's old and new value."""

    path: str
    forces_replacement: bool
    blocks: tuple[tuple[str, str], ...]
    """`+`, `-` or a space, and the lines with that sign, each beginning with it."""
    truncated: bool
    """Whether lines are missing at the end."""


@dataclass(frozen=True)
class Fact:
    """A name and its value."""

    name: str
    value: Link


def facts(*rows: tuple[str, str | Link]) -> list[Fact]:
    """Names with their values; empty values are omitted."""
    links = [(name, value if isinstance(value, Link) else Link(value)) for name, value in rows]
    return [Fact(name, link) for name, link in links if link.text]


def outline(value: Any, limit: int) -> str:
    """A value as an indented outline of at most `limit` characters. JSON in strings is
    parsed."""
    lines, left = [], limit
    for line in _lines(clear(value), 0):
        if left <= 0:
            lines.append("… (the rest is in the manifest)")
            break
        lines.append(fold(line, max(left, 200)))
        left -= len(lines[-1]) + 1
    return "\n".join(lines)


def difference(change: PropertyChange, limit: int) -> Difference:
    """One property: its path, whether it forces replacement, its old and new value in
    at most `limit` characters."""
    if same := renewed(change.old, change.new):
        block = (" ", f"  new {fold(shown(clear(same)), max(limit, 200))}\n")
        return Difference(change.path, bool(change.replaces), (block,), False)
    old, new = (_side(side) for side in (change.old, change.new))
    if old == new:  # "8" and 8, or a document with its keys in another order
        old, new = ([json.dumps(clear(side), default=str)] for side in (change.old, change.new))
    marked = _compared(old, new) if old and new and len(old) + len(new) > 2 else _swapped(old, new)
    lines, left = [], limit
    for sign, line in islice(marked, MOST_LINES):
        lines.append((sign, fold(line, max(left, 200))))
        left -= len(line)
        if left <= 0:
            break
    truncated = len(lines) == MOST_LINES or left <= 0
    return Difference(change.path, bool(change.replaces), tuple(_blocks(lines)), truncated)


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
            f"… {max(len(old), len(new)) - MOST_COMPARED:,} lines further down are not compared",
        )


def _blocks(lines: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Consecutive lines with the same sign as one block; each line begins with its
    sign, so that it reads without colour."""
    for sign, group in groupby(lines, key=lambda line: line[0]):
        yield sign, "".join(f"{sign} {line}\n" for _, line in group)


def _side(value: Any) -> list[str]:
    return [] if value is ABSENT else list(_lines(clear(value), 0)) or [shown(value)]


def _lines(value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, Mapping) and value and "sha256" not in value and depth < DEEPEST:
        for key, item in value.items():
            yield from _entry(f"{pad}{key}:", item, depth)
    elif isinstance(value, list | tuple) and value and depth < DEEPEST:
        for item in value:
            first, *rest = _lines(opened(item), depth + 1)
            yield f"{pad}• {first.lstrip()}"
            yield from rest
    elif isinstance(value, str) and "\n" in value:
        yield from (pad + line for line in value.split("\n"))
    elif isinstance(value, str) and (document := opened(value)) is not value:
        yield from _lines(document, depth)
    else:
        yield pad + shown(value)


def _entry(head: str, item: Any, depth: int) -> Iterator[str]:
    document = opened(item)
    below = list(_lines(document, depth + 1))
    nested = isinstance(document, Mapping | list | tuple) and document and "sha256" not in document
    if len(below) == 1 and not nested:
        yield f"{head} {below[0].lstrip()}"
    else:
        yield f"{head} (JSON)" if document is not item else head
        yield from below


def opened(value: Any) -> Any:
    """Returns the JSON document in a string, if it is a non-empty object or list; else
    the value itself."""
    document = documents.parse_json(value) if isinstance(value, str) else None
    return clear(document) if document else value
