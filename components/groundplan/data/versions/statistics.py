"""Statistics of a version: exact counts of each column in the cells that the drift
analysis uses, so that versions and windows speak of the same thing.

Needs numpy, as the analysis does.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundplan.data.versions.content import Open, format_of, rows
from groundplan.data.versions.errors import Refused
from groundplan.data.versions.manifest import DatasetObject

KINDS = ("integer", "number")
"""Types of columns of numbers."""


def count(
    objects: Iterable[DatasetObject], opened: Open, schema: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns rows, and the counts of each column. Reads all files twice."""
    try:
        from groundplan.data.sketches import Choice, Counts, batches
    except ImportError:
        raise Refused("Statistics need numpy. Fix: pip install 'groundplan[monitoring]'") from None
    if not schema:
        raise Refused(
            "The columns of the files are not known, so that there is nothing to count. Fix: "
            "commit CSV, JSON lines or Parquet files with the same columns, or without --statistics"
        )
    choice = Choice(
        [c["name"] for c in schema["columns"] if c["type"] in KINDS],
        [c["name"] for c in schema["columns"] if c["type"] not in KINDS],
    )
    for item in _files(objects):
        first = 0
        for part in batches(rows(item, opened)):
            choice.add(part, item.path, first)
            first += len(part)
    counts = Counts.empty(choice.layout())
    for item in _files(objects):
        for part in batches(rows(item, opened)):
            counts.add(part)
    return counts.document()


def _files(objects: Iterable[DatasetObject]) -> Iterator[DatasetObject]:
    return (item for item in objects if format_of(item.path))
