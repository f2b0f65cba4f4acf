"""Which changes replace a resource, by the provider's own facts
(`facts/replacements-*.json`).

`None` stands for what the facts don't say; nothing here guesses.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.properties import Difference
from groundplan.manifest.property_paths import EVERY, bare, below

Keys = tuple[str, ...]

VERDICTS: Mapping[str, bool | None] = {"1": True, "0": False, "?": None}
"""How the data files spell what a provider answers: it replaces, it doesn't, it can't
be told."""

CHANGED, ADDED, REMOVED = range(3)
"""Where the answer stands in a property's three; an object or a list's member has two,
for coming and going."""


@dataclass(frozen=True)
class Facts:
    """What is known of one type."""

    known: bool = False
    """Whether all its properties are known: one that isn't named here is then changed
    in place."""
    properties: Mapping[Keys, str] = field(default_factory=dict)
    """Property -> the answer for a value that changes, comes and goes."""
    members: Mapping[Keys, str] = field(default_factory=dict)
    """Object or list of objects -> the answer for one that comes and one that goes as a
    whole."""
    unordered: frozenset[Keys] = frozenset()
    """Lists whose order means nothing."""
    named: Keys = ()
    """The property that the provider makes up where it isn't given: the physical name.
    Empty for none."""

    def verdict(self, difference: Difference) -> bool | None:
        """Whether a difference replaces the resource."""
        found = list(self._verdicts(difference))
        if True in found:
            return True
        return None if None in found or not self.known else False

    def _verdicts(self, difference: Difference) -> Iterator[bool | None]:
        keys, way = difference.keys, _way(difference)
        for pattern, answer in self.properties.items():
            if below(keys, pattern):
                # A member that comes or goes, and a key of a map, change the property;
                # only itself can come or go.
                itself = len(keys) == len(pattern) and not difference.path.endswith("]")
                yield VERDICTS[answer[way if itself else CHANGED]]
            elif (
                difference.whole
                and below(pattern, keys)
                and _given(difference, pattern[len(keys) :])
            ):
                yield VERDICTS[answer[way]]
        if difference.whole:
            for pattern, answer in self.members.items():
                if keys == pattern or (
                    below(pattern, keys) and _given(difference, pattern[len(keys) :])
                ):
                    yield VERDICTS[answer[way - ADDED]]


def _way(difference: Difference) -> int:
    if difference.old is ABSENT:
        return ADDED
    return REMOVED if difference.new is ABSENT else CHANGED


def _given(difference: Difference, keys: Keys) -> bool:
    """Whether an object that comes or goes as a whole has a value at `keys`."""
    return _at(difference.old if difference.new is ABSENT else difference.new, keys)


def _at(value: Any, keys: Keys) -> bool:
    if isinstance(value, list):
        return any(_at(item, keys) for item in value)
    if not keys:
        return value is not None and value is not ABSENT
    if not isinstance(value, Mapping):
        return False
    if keys[0] == EVERY:
        return any(_at(item, keys[1:]) for item in value.values())
    return _at(value.get(keys[0]), keys[1:])


UNKNOWN = Facts()
FILES = {
    "aws": "replacements-aws.json",
    "kubernetes": "replacements-kubernetes.json",
    "pulumi": "replacements-pulumi.json",
}
"""Provider package -> its data file."""


@cache
def facts(token: str) -> Facts:
    """What is known of a type; of a package without a data file, nothing."""
    package = token.split(":", 1)[0]
    if package not in FILES:
        return UNKNOWN
    types = _file(FILES[package])["types"]
    entry = types.get(token) or types.get(f"{package}:{EVERY}")
    return _facts(entry) if entry else UNKNOWN


@cache
def _file(name: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(
        resources.files("groundplan.facts").joinpath(name).read_text(encoding="utf-8")
    )
    return data


def _facts(entry: Mapping[str, Any]) -> Facts:
    answers = entry.get("replaces", {})
    return Facts(
        known=entry.get("known", False),
        properties={bare(path): answer for path, answer in answers.items() if len(answer) > 2},
        members={bare(path): answer for path, answer in answers.items() if len(answer) == 2},
        unordered=frozenset(bare(path) for path in entry.get("unordered", ())),
        named=bare(entry.get("named", "")),
    )
