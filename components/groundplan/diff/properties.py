"""The differences between two values, nested and ordered: objects by key, lists by
identity or position, documents by content."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.statement_pairs import changed_statements
from groundplan.manifest import documents
from groundplan.manifest.property_paths import key

IDENTITIES = (
    "name",
    "Name",
    "Sid",
    "sid",
    "id",
    "Id",
    "key",
    "Key",
    "variantName",
    "alarmName",
    "deviceName",
    "containerName",
    "attributeName",
    "indexName",
    "ruleId",
    "sourceVolume",
    "mountPath",
    "serviceAccount",
    "title",
)
"""Keys that identify the members of a list: the first one whose value differs in all
members."""

LONGEST_ALIGNED = 500
"""Members of a list up to which lists are aligned, so that one member that is added in
the middle is one difference; longer lists are compared by position."""


@dataclass(frozen=True)
class Difference:
    """The difference of one value."""

    path: str
    keys: tuple[str, ...]
    """The keys of the property, without list indices and without keys inside a
    document."""
    old: Any
    new: Any
    whole: bool = False
    """Whether a member of a list, or an object, is added or removed as a whole."""


@dataclass(frozen=True)
class Differ:
    """Compares two values."""

    unordered: Collection[tuple[str, ...]] = field(default=frozenset())
    """Keys of lists whose order has no meaning for the provider."""
    equivalent: Callable[[Any, Any], bool] = field(default=lambda _old, _new: False)
    """Whether two values that differ count as equal, as they may be the same."""

    def differences(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
        """Returns the differences between two sets of properties, by path."""
        return list(self._objects("", (), old, new, "."))

    def property_differences(self, name: str, old: Any, new: Any) -> list[Difference]:
        """Returns the differences between two values of the property `name`."""
        return list(self._values(key("", name), (name,), old, new))

    def _values(
        self, path: str, keys: tuple[str, ...], old: Any, new: Any, inside: bool = False
    ) -> Iterator[Difference]:
        old, new = ABSENT if old is None else old, ABSENT if new is None else new
        if _equal(old, new) or self.equivalent(old, new):
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            if "asset" not in old and "asset" not in new:
                yield from self._objects(path, keys, old, new, ".", inside)
            elif not old.get("sha256") or old.get("sha256") != new.get("sha256"):
                yield Difference(path, keys, old, new)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._lists(path, keys, old, new, inside)
        elif isinstance(old, str) and isinstance(new, str):
            yield from self._texts(path, keys, old, new)
        else:
            whole = any(isinstance(side, Mapping | list) for side in (old, new)) and ABSENT in (
                old,
                new,
            )
            yield Difference(path, keys, old, new, whole and not inside)

    def _objects(
        self,
        path: str,
        keys: tuple[str, ...],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        separator: str,
        inside: bool = False,
    ) -> Iterator[Difference]:
        for name in sorted({*old, *new}):
            if name.startswith("__"):  # the engine's metadata in a state: `__defaults`
                continue
            deeper = keys if inside else (*keys, name)
            yield from self._values(
                key(path, name, separator), deeper, old.get(name), new.get(name), inside
            )

    def _texts(self, path: str, keys: tuple[str, ...], old: str, new: str) -> Iterator[Difference]:
        before, after = documents.parse_json(old), documents.parse_json(new)
        if before is not None and after is not None:
            if type(before) is type(after):
                yield from self._documents(path, keys, before, after)
            else:
                yield Difference(path, keys, old, new)
            return
        before, after = documents.parse_yaml(old), documents.parse_yaml(new)
        differences = []
        if before is not None and type(before) is type(after):
            differences = list(self._documents(path, keys, before, after))
        # Comments and layout of YAML don't change its content, but the provider
        # receives a different text.
        yield from differences or [Difference(path, keys, old, new)]

    def _documents(
        self, path: str, keys: tuple[str, ...], old: Any, new: Any
    ) -> Iterator[Difference]:
        if isinstance(old, list):
            yield from self._lists(f"{path}:", keys, old, new, True)
            return
        if documents.is_policy(old) and documents.is_policy(new):
            yield from self._statements(
                f"{path}:Statement", keys, documents.statements(old), documents.statements(new)
            )
            old, new = ({k: v for k, v in side.items() if k != "Statement"} for side in (old, new))
        yield from self._objects(path, keys, old, new, ":", True)

    def _statements(
        self,
        path: str,
        keys: tuple[str, ...],
        old: Sequence[Mapping[str, Any]],
        new: Sequence[Mapping[str, Any]],
    ) -> Iterator[Difference]:
        for label, before, after in changed_statements(old, new):
            at = f"{path}[{label}]"
            if before is None or after is None:
                yield Difference(
                    at,
                    keys,
                    ABSENT if before is None else before,
                    ABSENT if after is None else after,
                )
                continue
            for name in sorted({*before, *after}):
                yield from self._element(
                    key(at, name), keys, name, before.get(name), after.get(name)
                )

    def _element(
        self, path: str, keys: tuple[str, ...], name: str, old: Any, new: Any
    ) -> Iterator[Difference]:
        """Yields the differences in one element of a statement; lists of values are
        compared as a whole."""
        if name in documents.ELEMENTS:
            yield from self._value_lists(path, keys, old, new, 0)
        elif name in documents.PRINCIPALS:
            yield from self._value_lists(path, keys, old, new, 1)
        elif name == "Condition":
            yield from self._value_lists(path, keys, old, new, 2)
        else:
            yield from self._values(path, keys, old, new, True)

    def _value_lists(
        self, path: str, keys: tuple[str, ...], old: Any, new: Any, depth: int
    ) -> Iterator[Difference]:
        """Yields the differences in lists of values that are `depth` objects below."""
        if depth and isinstance(old, Mapping) and isinstance(new, Mapping):
            for name in sorted({*old, *new}):
                yield from self._value_lists(
                    key(path, name), keys, old.get(name), new.get(name), depth - 1
                )
        elif None in (old, new) or documents.sorted_values(old) != documents.sorted_values(new):
            before, after = ABSENT if old is None else old, ABSENT if new is None else new
            if not self.equivalent(before, after):
                yield Difference(path, keys, before, after)

    def _lists(
        self, path: str, keys: tuple[str, ...], old: Sequence[Any], new: Sequence[Any], inside: bool
    ) -> Iterator[Difference]:
        named = _by_identity(old, new)
        if named is not None:
            before, after = named
            for label in dict.fromkeys((*after, *before)):
                sides = before.get(label, ABSENT), after.get(label, ABSENT)
                yield from self._values(f"{path}[{label}]", keys, *sides, inside)
            old_order = [name for name in before if name in after]
            reordered = old_order != [name for name in after if name in before]
            if reordered and not inside and keys not in self.unordered:
                yield Difference(f"{path}[*]", keys, list(before), list(after))
            return
        pair = _unordered if keys in self.unordered and not inside else _aligned
        for index, one, other in pair(old, new):
            yield from self._values(f"{path}[{index}]", keys, one, other, inside)


def _equal(old: Any, new: Any) -> bool:
    """Returns whether two values are the same; for JSON, unlike for Python, `true` is
    not 1."""
    if isinstance(old, Mapping | list) or isinstance(new, Mapping | list):
        return False  # their members are compared
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _by_identity(
    old: Sequence[Any], new: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Returns the members of two lists by their identity, `None` where they have
    none."""
    if not all(isinstance(item, Mapping) for item in (*old, *new)) or not (old or new):
        return None
    for name in IDENTITIES:
        if all(isinstance(item.get(name), str) for item in (*old, *new)):
            before, after = ({item[name]: item for item in side} for side in (old, new))
            if len(before) == len(old) and len(after) == len(new):
                return before, after
    return None


Pairs = Iterator[tuple[int, Any, Any]]


def _aligned(old: Sequence[Any], new: Sequence[Any]) -> Pairs:
    """Pairs the members of two lists; a member that is added or removed is `ABSENT` on
    the other side."""
    if len(old) == len(new) or max(len(old), len(new)) > LONGEST_ALIGNED:
        for index in range(max(len(old), len(new))):
            yield (
                index,
                old[index] if index < len(old) else ABSENT,
                new[index] if index < len(new) else ABSENT,
            )
        return
    before, after = ([documents.canonical(item) for item in side] for side in (old, new))
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            for step in range(max(j - i, m - k)):
                in_old, in_new = i + step < j, k + step < m
                yield (
                    k + step if in_new else i + step,
                    old[i + step] if in_old else ABSENT,
                    new[k + step] if in_new else ABSENT,
                )


def _unordered(old: Sequence[Any], new: Sequence[Any]) -> Pairs:
    """Pairs the members that are in one of two lists only: their order has no
    meaning."""
    removed, added = _only(old, new), _only(new, old)
    for step in range(max(len(removed), len(added))):
        index = (added if step < len(added) else removed)[step][0]
        yield (
            index,
            removed[step][1] if step < len(removed) else ABSENT,
            added[step][1] if step < len(added) else ABSENT,
        )


def _only(these: Sequence[Any], those: Sequence[Any]) -> list[tuple[int, Any]]:
    """Returns the members, with their indices, that are in the first list only."""
    remaining = Counter(documents.canonical(item) for item in those)
    members = []
    for index, item in enumerate(these):
        text = documents.canonical(item)
        if remaining[text] > 0:
            remaining[text] -= 1
        else:
            members.append((index, item))
    return members
