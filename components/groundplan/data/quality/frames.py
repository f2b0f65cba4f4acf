"""Sketches of a table of Spark: each partition counts, the driver merges. Needs
`pyspark` and numpy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.data.sketches import CATEGORICAL, NUMERIC, Choice, Counts, Layout, Row, batches

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
TEXTS = ("string", "boolean", "varchar", "char")
TYPES: Mapping[str, str] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "integer"),
    **dict.fromkeys(("float", "double", "decimal"), "number"),
}
"""Types of columns as a dataset version names them; others have their own name."""


def kinds(frame: Any) -> dict[str, str]:
    """Returns the kind of each column: numeric, categorical, or empty for one that is
    not counted."""
    found = {}
    for name, kind in frame.dtypes:
        plain = kind.partition("(")[0]
        found[name] = NUMERIC if plain in NUMBERS else CATEGORICAL if plain in TEXTS else ""
    return found


def schema(frame: Any) -> dict[str, Any]:
    """Returns format and columns, as a dataset version has them."""
    columns = [
        {"name": name, "type": TYPES.get(kind.partition("(")[0], kind)}
        for name, kind in frame.dtypes
    ]
    return {"format": "parquet", "columns": columns}


def layout(frame: Any) -> Layout:
    """Returns what is counted: the first pass."""
    of = kinds(frame)
    choice = Choice(
        [name for name, kind in of.items() if kind == NUMERIC],
        [name for name, kind in of.items() if kind == CATEGORICAL],
        [name for name, kind in of.items() if not kind],
    )

    def look(looked: Choice, part: Part) -> Choice:
        looked.add(part.rows, part.shard, part.first)
        return looked

    def merge(one: Choice, other: Choice) -> Choice:
        one.merge(other)
        return one

    whole: Choice = _parts(frame).treeAggregate(choice, look, merge)
    return whole.layout()


def counted(frame: Any, *layouts: Layout) -> list[Counts]:
    """Returns the counts in each layout: one pass."""

    def count(found: list[Counts], part: Part) -> list[Counts]:
        for counts in found:
            counts.add(part.rows)
        return found

    def merge(one: list[Counts], other: list[Counts]) -> list[Counts]:
        for counts, more in zip(one, other, strict=True):
            counts.merge(more)
        return one

    empty = [Counts.empty(each) for each in layouts]
    whole: list[Counts] = _parts(frame).treeAggregate(empty, count, merge)
    return whole


@dataclass(frozen=True)
class Part:
    """Some rows of a partition."""

    shard: str
    first: int
    """Number of the first one within the partition."""
    rows: Sequence[Row]


def _parts(frame: Any) -> Any:
    def parts(partition: int, rows: Iterable[Any]) -> Iterator[Part]:
        first = 0
        for batch in batches(row.asDict() for row in rows):
            yield Part(str(partition), first, batch)
            first += len(batch)

    return frame.rdd.mapPartitionsWithIndex(parts)
