"""Statistics of a version: exact counts of each column in the cells that the drift
analysis uses, so that versions and windows speak of the same thing.

Needs numpy, as the analysis does.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundplan.data.versions.content import Open, format_of, rows
from groundplan.data.versions.errors import Refused
from groundplan.data.versions.manifest import DatasetObject

MOST_VALUES = 10_000
"""Distinct values of a column of texts: with more, it is an identifier or a text, and
its counts say nothing."""

NUMERIC = ("integer", "number")


def count(
    objects: Iterable[DatasetObject], opened: Open, schema: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns rows, and the counts of each column. Reads all files twice."""
    try:
        from groundplan.model_monitoring.analysis import baseline, columns
        from groundplan.model_monitoring.analysis.categories import Categories, Vocabulary
        from groundplan.model_monitoring.analysis.cells import Cells, edges_of
        from groundplan.model_monitoring.analysis.sample import Sample
        from groundplan.model_monitoring.analysis.schema import Column
    except ImportError:
        raise Refused(
            "Statistics need numpy and scipy. Fix: pip install 'groundplan[monitoring]'"
        ) from None
    if not schema:
        raise Refused(
            "The columns of the files are not known, so that there is nothing to count. Fix: "
            "commit CSV, JSON lines or Parquet files with the same columns, or without --statistics"
        )
    numeric = [c["name"] for c in schema["columns"] if c["type"] in NUMERIC]
    texts = [c["name"] for c in schema["columns"] if c["type"] not in NUMERIC]
    known = [Column(name, "numeric") for name in numeric]
    sample = Sample(tuple(numeric))
    values: dict[str, set[str]] = {name: set() for name in texts}
    for item in _files(objects):
        first = 0
        for part in baseline.parts(rows(item, opened)):
            wanted = [*known, *(Column(name, "categorical") for name in values)]
            batch = columns.batch(part, wanted)
            sample.add(batch, item.path, first)
            first += len(part)
            for name, found in batch.categories.items():
                values[name].update(value for value in found if value is not None)
            values = {name: seen for name, seen in values.items() if len(seen) <= MOST_VALUES}
    cells = {name: Cells.empty(edges_of(sample.finite(name))) for name in numeric}
    categories = {name: Categories.empty(Vocabulary.of(seen)) for name, seen in values.items()}
    total = 0
    wanted = [*known, *(Column(name, "categorical") for name in values)]
    for item in _files(objects):
        for part in baseline.parts(rows(item, opened)):
            total += len(part)
            batch = columns.batch(part, wanted)
            for name, numbers in batch.numbers.items():
                cells[name].add(numbers, batch.invalid.get(name, 0))
            for name, found in batch.categories.items():
                categories[name].add(found)
    return {
        "rows": total,
        "columns": dict(_documents(cells, categories)),
        "left_out": sorted(set(texts) - values.keys()),
    }


def _files(objects: Iterable[DatasetObject]) -> Iterator[DatasetObject]:
    return (item for item in objects if format_of(item.path))


def _documents(
    cells: Mapping[str, Any], categories: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, counted in cells.items():
        yield (
            name,
            {
                "kind": "numeric",
                "edges": counted.edges.tolist(),
                "mean": counted.moments.mean if counted.valid else None,
                **counted.document(),
            },
        )
    for name, counted in categories.items():
        yield (
            name,
            {
                "kind": "categorical",
                "vocabulary": counted.vocabulary.document(),
                **counted.document(),
            },
        )
