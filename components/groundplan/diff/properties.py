"""What differs between two values, nested and in order: objects by key, lists by
identity or place, documents by meaning."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.statement_pairs import paired
from groundplan.manifest import documents
from groundplan.manifest.property_paths import key

IDENTITIES = (
    *(
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
    ),
    *(
        "attributeName",
        "indexName",
        "ruleId",
        "sourceVolume",
        "mountPath",
        "serviceAccount",
        "title",
    ),
)
"""Keys that tell the members of a list apart, the first that all members have with a
value of its own."""

LONGEST_ALIGNED = 500
"""Members of a list up to which a member in the middle that comes or goes is found;
beyond, lists are compared by position."""


@dataclass(frozen=True)
class Difference:
    """One value that differs."""

    path: str
    keys: tuple[str, ...]
    """The keys to the property, without list indices and without what lies inside a
    document."""
    old: Any
    new: Any
    whole: bool = False
    """Whether a member of a list, or an object, comes or goes as a whole."""


@dataclass(frozen=True)
class Differ:
    """Compares two values."""

    unordered: Collection[tuple[str, ...]] = field(default=frozenset())
    """Keys of lists whose order means nothing to the provider."""
    silent: Callable[[Any, Any], bool] = field(default=lambda _old, _new: False)
    """Whether two values that differ are to be taken as equal: what can't be told
    apart."""

    def differences(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
        """All that differs between two sets of properties, in the order of their paths."""
        return list(self._objects("", (), old, new, "."))

    def between(self, name: str, old: Any, new: Any) -> list[Difference]:
        """All that differs between two values of the property `name`."""
        return list(self._values(key("", name), (name,), old, new))

    def _values(
        self, path: str, keys: tuple[str, ...], old: Any, new: Any, inside: bool = False
    ) -> Iterator[Difference]:
        old, new = ABSENT if old is None else old, ABSENT if new is None else new
        if _equal(old, new) or self.silent(old, new):
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
            if name.startswith("__"):  # the engine's own notes in a state: `__defaults`
                continue
            deeper = keys if inside else (*keys, name)
            yield from self._values(
                key(path, name, separator), deeper, old.get(name), new.get(name), inside
            )

    def _texts(self, path: str, keys: tuple[str, ...], old: str, new: str) -> Iterator[Difference]:
        before, after = documents.read(old), documents.read(new)
        if before is not None and after is not None:
            if type(before) is type(after):
                yield from self._documents(path, keys, before, after)
            else:
                yield Difference(path, keys, old, new)
            return
        before, after = documents.read_yaml(old), documents.read_yaml(new)
        found = []
        if before is not None and type(before) is type(after):
            found = list(self._documents(path, keys, before, after))
        # Comments and layout of YAML are no difference of meaning, but the provider
        # gets another text all the same.
        yield from found or [Difference(path, keys, old, new)]

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
        for label, before, after in paired(old, new):
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
                yield from self._clauses(
                    key(at, name), keys, name, before.get(name), after.get(name)
                )

    def _clauses(
        self, path: str, keys: tuple[str, ...], name: str, old: Any, new: Any
    ) -> Iterator[Difference]:
        """What differs in one element of a statement; lists of options are told whole."""
        if name in documents.CLAUSES:
            yield from self._options(path, keys, old, new, 0)
        elif name in documents.HOLDERS:
            yield from self._options(path, keys, old, new, 1)
        elif name == "Condition":
            yield from self._options(path, keys, old, new, 2)
        else:
            yield from self._values(path, keys, old, new, True)

    def _options(
        self, path: str, keys: tuple[str, ...], old: Any, new: Any, deep: int
    ) -> Iterator[Difference]:
        """What differs in lists of options that lie `deep` objects below."""
        if deep and isinstance(old, Mapping) and isinstance(new, Mapping):
            for name in sorted({*old, *new}):
                yield from self._options(
                    key(path, name), keys, old.get(name), new.get(name), deep - 1
                )
        elif None in (old, new) or documents.options(old) != documents.options(new):
            before, after = ABSENT if old is None else old, ABSENT if new is None else new
            if not self.silent(before, after):
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
            kept = [name for name in before if name in after]
            moved = kept != [name for name in after if name in before]
            if moved and not inside and keys not in self.unordered:
                yield Difference(f"{path}[*]", keys, list(before), list(after))
            return
        pair = _unordered if keys in self.unordered and not inside else _aligned
        for place, one, other in pair(old, new):
            yield from self._values(f"{path}[{place}]", keys, one, other, inside)


def _equal(old: Any, new: Any) -> bool:
    """Whether two values are the same; for JSON, unlike for Python, `true` is not 1."""
    if isinstance(old, Mapping | list) or isinstance(new, Mapping | list):
        return False  # told by their members
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _by_identity(
    old: Sequence[Any], new: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The members of two lists by what names them, `None` where nothing does."""
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
    """The members of two lists side by side; what comes or goes in the middle is
    `ABSENT` on the other side."""
    if len(old) == len(new) or max(len(old), len(new)) > LONGEST_ALIGNED:
        for place in range(max(len(old), len(new))):
            yield (
                place,
                old[place] if place < len(old) else ABSENT,
                new[place] if place < len(new) else ABSENT,
            )
        return
    before, after = ([documents.canonical(item) for item in side] for side in (old, new))
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            for step in range(max(j - i, m - k)):
                gone, come = i + step < j, k + step < m
                yield (
                    k + step if come else i + step,
                    old[i + step] if gone else ABSENT,
                    new[k + step] if come else ABSENT,
                )


def _unordered(old: Sequence[Any], new: Sequence[Any]) -> Pairs:
    """What is only in one of two lists, side by side in order: the order of the lists
    means nothing."""
    gone, come = _only(old, new), _only(new, old)
    for step in range(max(len(gone), len(come))):
        place = (come if step < len(come) else gone)[step][0]
        yield (
            place,
            gone[step][1] if step < len(gone) else ABSENT,
            come[step][1] if step < len(come) else ABSENT,
        )


def _only(these: Sequence[Any], those: Sequence[Any]) -> list[tuple[int, Any]]:
    there = Counter(documents.canonical(item) for item in those)
    found = []
    for place, item in enumerate(these):
        text = documents.canonical(item)
        if there[text] > 0:
            there[text] -= 1
        else:
            found.append((place, item))
    return found
