"""The changes that force replacement of a resource, by the provider's own answers
(`facts/replacements-*.json`).

`None` means that the facts have no answer: nothing is guessed.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.properties import Difference
from groundplan.diff.value_rules import ruled_properties
from groundplan.manifest.property_paths import EVERY, below, keys_of

Keys = tuple[str, ...]

ANSWERS: Mapping[str, bool | None] = {"1": True, "0": False, "?": None}
"""The answers of a provider in the data files: forces replacement, updates in place,
depends."""

CHANGED, ADDED, REMOVED = range(3)
"""The index of the answer in a property's three; a member of a list and an object have
two, for added and removed."""


@dataclass(frozen=True)
class ReplacementFacts:
    """The replacement facts of one type."""

    complete: bool = False
    """Whether the facts cover all properties: one without an entry is then updated in
    place."""
    properties: Mapping[Keys, str] = field(default_factory=dict)
    """Property -> the answers for a value that is changed, added and removed."""
    members: Mapping[Keys, str] = field(default_factory=dict)
    """Object or list of objects -> the answers for a member that is added and removed
    as a whole."""
    unordered: frozenset[Keys] = frozenset()
    """Lists whose order has no meaning."""
    name_property: Keys = ()
    """The property that holds the physical name, which the provider generates where the
    program sets none. Empty where there is no such property."""

    def replaces(self, difference: Difference) -> bool | None:
        """Returns whether a difference forces replacement."""
        answers = list(self._answers(difference))
        if True in answers:
            return True
        return None if None in answers or not self.complete else False

    def _answers(self, difference: Difference) -> Iterator[bool | None]:
        keys, index = difference.keys, _index(difference)
        for pattern, answer in self.properties.items():
            if below(keys, pattern):
                # A member that is added or removed, and a key of a map, change the
                # property; only the property itself can be added or removed.
                itself = len(keys) == len(pattern) and not difference.path.endswith("]")
                yield ANSWERS[answer[index if itself else CHANGED]]
            elif (
                difference.whole
                and below(pattern, keys)
                and _has_value(difference, pattern[len(keys) :])
            ):
                yield ANSWERS[answer[index]]
        if difference.whole:
            for pattern, answer in self.members.items():
                if keys == pattern or (
                    below(pattern, keys) and _has_value(difference, pattern[len(keys) :])
                ):
                    yield ANSWERS[answer[index - ADDED]]


def _index(difference: Difference) -> int:
    if difference.old is ABSENT:
        return ADDED
    return REMOVED if difference.new is ABSENT else CHANGED


def _has_value(difference: Difference, keys: Keys) -> bool:
    """Returns whether an object that is added or removed as a whole has a value at
    `keys`."""
    return _is_set(difference.old if difference.new is ABSENT else difference.new, keys)


def _is_set(value: Any, keys: Keys) -> bool:
    if isinstance(value, list):
        return any(_is_set(item, keys) for item in value)
    if not keys:
        return value is not None and value is not ABSENT
    if not isinstance(value, Mapping):
        return False
    if keys[0] == EVERY:
        return any(_is_set(item, keys[1:]) for item in value.values())
    return _is_set(value.get(keys[0]), keys[1:])


NO_FACTS = ReplacementFacts()
FILES = {
    "aws": "replacements-aws.json",
    "kubernetes": "replacements-kubernetes.json",
    "pulumi": "replacements-pulumi.json",
}
"""Provider package -> its data file."""


@cache
def replacement_facts(token: str) -> ReplacementFacts:
    """Returns the facts of a type, without the properties that its rules decide;
    `NO_FACTS` for a package without a data file."""
    package = token.split(":", 1)[0]
    if package not in FILES:
        return NO_FACTS
    types = _file(FILES[package])["types"]
    entry = types.get(token) or types.get(f"{package}:{EVERY}")
    return _facts(entry, ruled_properties(token)) if entry else NO_FACTS


@cache
def _file(name: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(
        resources.files("groundplan.facts").joinpath(name).read_text(encoding="utf-8")
    )
    return data


def _facts(entry: Mapping[str, Any], ruled: Collection[Keys]) -> ReplacementFacts:
    answers = {keys_of(path): answer for path, answer in entry.get("replaces", {}).items()}
    answers = {
        keys: answer
        for keys, answer in answers.items()
        if not any(below(keys, pattern) for pattern in ruled)
    }
    return ReplacementFacts(
        complete=entry.get("known", False),
        properties={keys: answer for keys, answer in answers.items() if len(answer) > 2},
        members={keys: answer for keys, answer in answers.items() if len(answer) == 2},
        unordered=frozenset(keys_of(path) for path in entry.get("unordered", ())),
        name_property=keys_of(entry.get("named", "")),
    )
