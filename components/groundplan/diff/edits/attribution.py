"""Which edit a change comes from.

Where one edit is all that differs, it is the cause of every change. Else a change is
attributed by what the two have in common: the statement that registers the resource,
an old and a new value, the keys of a setting and the names of component, resource and
properties. A property that changes in the same way in several components comes from a
setting that is of none. What is created or deleted takes with it what refers to it. A
change that has too little in common with any edit has none.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Changes
from groundplan.diff.edits.edit import Edit, Edits
from groundplan.manifest.ancestry import outermost
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
    scale = _Scale(own, components)
    found: dict[str, tuple[Edit, ...]] = {}
    for change in own:
        scores = [(scale.score(change, edit), edit) for edit in edits.edits]
        best = max((score for score, _ in scores), default=0)
        if best >= LEAST:
            found[change.resource.urn] = tuple(edit for score, edit in scores if score == best)
    _follow(own, found)
    return found


class _Scale:
    """How much an edit and a change have in common."""

    def __init__(self, changes: Sequence[Change], components: Mapping[str, str]) -> None:
        self._components = components
        self._names = {tuple(_words(name)) for name in components.values() if name}
        self._spread: dict[object, set[str]] = {}
        """A change of a property -> the components that have it."""
        for change in changes:
            for way in _ways(change):
                self._spread.setdefault(way, set()).add(self._component(change))

    def score(self, change: Change, edit: Edit) -> int:
        score = _common_value(change, edit)
        if not edit.setting:
            return max(score, STATEMENT if _is_registered_in(change, edit) else 0)
        if self._is_global(edit) and any(len(self._spread[way]) > 1 for way in _ways(change)):
            score += KEY
        return score + _common_keys(change, edit.setting, self._component(change))

    def _component(self, change: Change) -> str:
        return self._components.get(change.resource.urn, "")

    def _is_global(self, edit: Edit) -> bool:
        """Returns whether no key of a setting is a component's name."""
        return self._names.isdisjoint(tuple(_words(key)) for key in KEYS.findall(edit.setting))


def _ways(change: Change) -> Iterator[object]:
    for item in (*change.properties, *change.options):
        yield item.path, _text(item.old), _text(item.new)


def _follow(changes: Sequence[Change], found: dict[str, tuple[Edit, ...]]) -> None:
    """Adds the changes that refer to what an edit creates, or referred to what it
    deletes."""
    waiting = [(change, _gained_or_lost(change)) for change in changes]
    one_sided = {c.resource.urn for c in changes if c.before is None or c.after is None}
    while True:
        added = {
            change.resource.urn: found[next(iter(causes))]
            for change, urns in waiting
            if change.resource.urn not in found
            and (causes := [urn for urn in urns if urn in found and urn in one_sided])
        }
        if not added:
            return
        found |= added


def _gained_or_lost(change: Change) -> list[str]:
    """Returns the resources that only one side of a change refers to."""
    sides = [
        {urn for urns in side.property_dependencies.values() for urn in urns} if side else set()
        for side in (change.before, change.after)
    ]
    return sorted(sides[0] ^ sides[1])


def _is_registered_in(change: Change, edit: Edit) -> bool:
    """Returns whether a line of the edit's statement registers the resource."""
    sides = ((change.after, edit.statement), (change.before, edit.old_statement))
    return any(
        resource is not None and _line(resource, edit.file) in lines for resource, lines in sides
    )


def _line(resource: Resource, file: str) -> int:
    name, _, line = resource.source.rpartition(":")
    return int(line) if name == file and line.isdecimal() else 0


def _common_value(change: Change, edit: Edit) -> int:
    """Returns whether a property has the old and the new value of the edit."""
    best = 0
    for old, new in _values(change):
        if (old, new) == (edit.old, edit.new):
            best = max(best, VALUE)
        elif _contains(edit.old, old) and _contains(edit.new, new):
            best = max(best, VALUE if not edit.setting else 0)
        elif not edit.setting and _has_word(edit.old, old) and _has_word(edit.new, new):
            best = max(best, LEAST)
        elif _contains(old, edit.old) and _contains(new, edit.new):
            best = max(best, CONTAINED)
    return best


def _contains(text: str, part: str) -> bool:
    return len(part) >= SHORTEST and part in text


def _has_word(text: str, word: str) -> bool:
    """Returns whether a short value, such as a number, is a word of a line."""
    return bool(word) and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text) is not None


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
    """Returns the keys of a setting that the names of a change have in common with
    it."""
    keys = [_words(key) for key in KEYS.findall(setting)]
    *above, last = keys or [[]]
    resource = change.resource
    names = {*_words(resource.name), *_words(component)}
    types = _words(resource.type.rsplit(":", 1)[-1])
    changed = (*change.properties, *change.options)
    paths = {word for item in changed for word in _words(item.path)}
    # `gpu-spot` says more than `gpu`, which is a part of it.
    score = sum(KEY + len(key) - 1 for key in above if key and names.issuperset(key))
    if last and names.issuperset(last):
        score += KEY
    else:
        stems = {_stem(word) for word in {*types} | paths | names}
        score += WORD * len({_stem(word) for word in last} & stems)
    return score


def _stem(word: str) -> str:
    """Returns the beginning of a word: `protection` and `protect` have the same."""
    return word[:5]


def _words(text: str) -> Sequence[str]:
    return [word.lower() for word in WORDS.findall(text)]


def components(resources: Iterable[Resource]) -> Mapping[str, str]:
    """URN -> the name of the outermost component; empty for a resource without one."""
    by_urn = {resource.urn: resource for resource in resources}
    found = {}
    for resource in by_urn.values():
        top = outermost(resource, by_urn)
        found[resource.urn] = "" if top is resource and top.custom else top.name
    return found
