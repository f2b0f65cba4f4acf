"""Which edit a change comes from.

Where one edit is all that differs, it is the cause of every change. Else a change is
attributed by what the two have in common: the statement that registers the resource,
an old and a new value, the keys of a setting and the names of component, resource and
properties. A change that has too little in common with any edit has none.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Changes
from groundplan.diff.edits.edit import Edit, Edits
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import strings

STATEMENT, VALUE, CONTAINED, KEY, WORD = 8, 6, 4, 3, 1
"""How much it says that an edit and a change have a statement, a value, a part of a
value, a whole key, or a word in common."""

LEAST = 3
"""The least for an attribution: one key, or three words."""

SHORTEST = 3
"""Characters of a value that is searched for in a longer text; shorter values are too
common."""

WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
KEYS = re.compile(r"[^.:\[\]\"]+")


def attributed(
    changes: Changes, edits: Edits, components: Mapping[str, str]
) -> Mapping[str, tuple[Edit, ...]]:
    """URN of a change with a difference of its own -> the edits that it comes from;
    several where they have as much in common with it. `components` is the name of each
    resource's outermost component."""
    own = [change for change in changes.changes if change.own]
    if edits.complete and len(edits.edits) == 1:
        return {change.resource.urn: edits.edits for change in own}
    found: dict[str, tuple[Edit, ...]] = {}
    for change in own:
        component = components.get(change.resource.urn, "")
        scores = [(_score(change, edit, component), edit) for edit in edits.edits]
        best = max((score for score, _ in scores), default=0)
        if best >= LEAST:
            found[change.resource.urn] = tuple(edit for score, edit in scores if score == best)
    return found


def _score(change: Change, edit: Edit, component: str) -> int:
    score = _common_value(change, edit)
    if edit.setting:
        return score + _common_keys(change, edit.setting, component)
    return max(score, STATEMENT if _is_registered_in(change, edit) else 0)


def _is_registered_in(change: Change, edit: Edit) -> bool:
    """Whether a line of the edit's statement registers the resource."""
    sides = ((change.after, edit.statement), (change.before, edit.old_statement))
    return any(
        resource is not None and _line(resource, edit.file) in lines for resource, lines in sides
    )


def _line(resource: Resource, file: str) -> int:
    name, _, line = resource.source.rpartition(":")
    return int(line) if name == file and line.isdecimal() else 0


def _common_value(change: Change, edit: Edit) -> int:
    """Whether a property has the old and the new value of the edit."""
    best = 0
    for old, new in _values(change):
        if (old, new) == (edit.old, edit.new):
            best = max(best, VALUE)
        elif _contains(edit.old, old) and _contains(edit.new, new):
            best = max(best, VALUE if not edit.setting else 0)
        elif _contains(old, edit.old) and _contains(new, edit.new):
            best = max(best, CONTAINED)
    return best


def _contains(text: str, part: str) -> bool:
    return len(part) >= SHORTEST and part in text


def _values(change: Change) -> Iterator[tuple[str, str]]:
    for item in (*change.properties, *change.options):
        yield _text(item.old), _text(item.new)
    if not change.properties and (change.before is None or change.after is None):
        for text in strings(dict(change.resource.inputs)):
            yield ("", text) if change.before is None else (text, "")


def _text(value: Any) -> str:
    if value is ABSENT:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _common_keys(change: Change, setting: str, component: str) -> int:
    """The keys of a setting that the names of a change have in common with it."""
    keys = [_words(key) for key in KEYS.findall(setting)]
    *above, last = keys or [[]]
    resource = change.resource
    names = {*_words(resource.name), *_words(component)}
    types = _words(resource.type.rsplit(":", 1)[-1])
    paths = {word for item in change.properties for word in _words(item.path)}
    # `gpu-spot` says more than `gpu`, which is a part of it.
    score = sum(KEY + len(key) - 1 for key in above if key and names.issuperset(key))
    if last and names.issuperset(last):
        score += KEY
    else:
        score += WORD * len(set(last) & ({*types} | paths | names))
    return score


def _words(text: str) -> Sequence[str]:
    return [word.lower() for word in WORDS.findall(text)]


def components(resources: Iterable[Resource]) -> Mapping[str, str]:
    """URN -> the name of the outermost component; empty for a resource without one."""
    by_urn = {resource.urn: resource for resource in resources}
    found = {}
    for resource in by_urn.values():
        top, seen = resource, {resource.urn}
        while top.parent and top.parent in by_urn and top.parent not in seen:
            seen.add(top.parent)
            top = by_urn[top.parent]
        found[resource.urn] = "" if top is resource and top.custom else top.name
    return found
