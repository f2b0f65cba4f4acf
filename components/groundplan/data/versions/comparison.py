"""What differs between two versions: objects, schema and statistics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from groundplan.data.versions.manifest import DatasetObject, DatasetVersion, Part

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class ObjectChange:
    """An object that only one version has, or that both have with another content."""

    change: Change
    before: DatasetObject | None
    after: DatasetObject | None

    @property
    def path(self) -> str:
        """The object's path."""
        item = self.after or self.before
        return "" if item is None else item.path

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "change": self.change,
            "path": self.path,
            "before": self.before and self.before.as_dict(),
            "after": self.after and self.after.as_dict(),
        }


def objects(before: DatasetVersion, after: DatasetVersion) -> Iterator[ObjectChange]:
    """Yields the changes in the order of paths. Parts that both versions have are not
    read."""
    left, right = _Side(before, after), _Side(after, before)
    while left.item is not None or right.item is not None:
        old, new = left.item, right.item
        if new is None or (old is not None and old.path < new.path):
            yield ObjectChange("removed", old, None)
            left.advance()
        elif old is None or new.path < old.path:
            yield ObjectChange("added", None, new)
            right.advance()
        else:
            if not is_same(old, new):
                yield ObjectChange("changed", old, new)
            left.advance()
            right.advance()


def is_same(old: DatasetObject, new: DatasetObject) -> bool:
    """Whether two objects have the same content, as far as S3 knows it."""
    if (old.key, old.version_id) == (new.key, new.version_id):
        return True
    return (old.size, old.checksum) == (new.size, new.checksum)


class _Side:
    """The objects of one version that are not in a part of both."""

    def __init__(self, version: DatasetVersion, other: DatasetVersion) -> None:
        shared = {part.digest for part in other.objects.parts}
        self._objects = _items(version, shared)
        self.item: DatasetObject | None = next(self._objects, None)

    def advance(self) -> None:
        self.item = next(self._objects, None)


def _items(version: DatasetVersion, shared: set[str]) -> Iterator[DatasetObject]:
    parts: tuple[Part, ...] = version.objects.parts
    for part in parts:
        if part.digest not in shared:
            yield from version.objects.read_part(part)


def schema(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the columns that were added, removed, or have another type."""
    old, new = (
        {column["name"]: column["type"] for column in side.get("columns", ())}
        for side in (before, after)
    )
    return [
        {"column": name, "before": old.get(name), "after": new.get(name)}
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


COMPARED = ("missing", "invalid", "smallest", "largest", "mean")
"""What is compared of a column's statistics."""


def statistics(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the numbers that differ, by column; of the rows, without a column."""
    found: list[dict[str, Any]] = []
    if before.get("rows") != after.get("rows"):
        found.append(_difference("", "rows", before, after))
    old, new = before.get("columns", {}), after.get("columns", {})
    for name in sorted(old.keys() | new.keys()):
        left, right = old.get(name, {}), new.get(name, {})
        found += [
            _difference(name, measure, left, right)
            for measure in COMPARED
            if left.get(measure) != right.get(measure)
        ]
    return found


def _difference(
    column: str, measure: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "column": column,
        "measure": measure,
        "before": before.get(measure),
        "after": after.get(measure),
    }
