"""Statistics of tables as the mergeable sketches of the drift analysis, so that dataset
versions, quality rules and a model's windows speak of the same thing.

Two passes: the first one chooses what is counted (`Choice`), the second one counts
(`Counts`). Both merge over shards in any order. Needs numpy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from groundplan.model_monitoring.analysis import columns
from groundplan.model_monitoring.analysis.categories import Categories, Vocabulary
from groundplan.model_monitoring.analysis.cells import Cells, edges_of
from groundplan.model_monitoring.analysis.exact_sum import Floats
from groundplan.model_monitoring.analysis.sample import Sample
from groundplan.model_monitoring.analysis.schema import Column

MOST_VALUES = 10_000
"""Distinct values of a column of texts: with more, it is an identifier or a text, and
its counts say nothing."""
ROWS = 4096
"""Rows that are counted at a time."""
NUMERIC, CATEGORICAL = "numeric", "categorical"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """What is counted."""

    edges: Mapping[str, Floats]
    """Of columns of numbers."""
    vocabularies: Mapping[str, Vocabulary]
    """Of columns of texts."""
    left_out: tuple[str, ...] = ()
    """Columns that are not counted."""

    @property
    def columns(self) -> list[Column]:
        """The columns that are counted."""
        numbers = [Column(name, "numeric") for name in self.edges]
        return numbers + [Column(name, "categorical") for name in self.vocabularies]


class Choice:
    """The first pass: a sample of the numbers, and the values of the texts."""

    def __init__(
        self, numeric: Sequence[str], texts: Sequence[str], others: Sequence[str] = ()
    ) -> None:
        """`others` are columns of neither kind."""
        self._sample = Sample(tuple(numeric))
        self._texts, self._others = tuple(texts), tuple(others)
        self._values: dict[str, set[str]] = {name: set() for name in texts}

    def add(self, rows: Sequence[Row], shard: str, first: int) -> None:
        """Looks at a shard's rows, of which the first one has that number."""
        wanted = [Column(name, "numeric") for name in self._sample.names]
        wanted += [Column(name, "categorical") for name in self._values]
        batch = columns.batch(rows, wanted)
        self._sample.add(batch, shard, first)
        for name, found in batch.categories.items():
            self._values[name].update(value for value in found if value is not None)
        self._drop()

    def merge(self, other: "Choice") -> None:
        """Adds what another one looked at."""
        self._sample.merge(other._sample)
        self._values = {
            name: values | other._values[name]
            for name, values in self._values.items()
            if name in other._values
        }
        self._drop()

    def layout(self) -> Layout:
        """Returns what is counted."""
        return Layout(
            {name: edges_of(self._sample.finite(name)) for name in self._sample.names},
            {name: Vocabulary.of(values) for name, values in self._values.items()},
            tuple(sorted({*self._texts, *self._others} - self._values.keys())),
        )

    def _drop(self) -> None:
        self._values = {n: v for n, v in self._values.items() if len(v) <= MOST_VALUES}


@dataclass
class Counts:
    """The second pass: rows, and the counts of each column."""

    layout: Layout
    rows: int = 0
    cells: dict[str, Cells] = field(default_factory=dict)
    categories: dict[str, Categories] = field(default_factory=dict)

    @classmethod
    def empty(cls, layout: Layout) -> "Counts":
        """Returns the counts of no rows."""
        return cls(
            layout,
            0,
            {name: Cells.empty(edges) for name, edges in layout.edges.items()},
            {name: Categories.empty(known) for name, known in layout.vocabularies.items()},
        )

    def add(self, rows: Sequence[Row]) -> None:
        """Counts rows."""
        self.rows += len(rows)
        batch = columns.batch(rows, self.layout.columns)
        for name, numbers in batch.numbers.items():
            self.cells[name].add(numbers, batch.invalid.get(name, 0))
        for name, found in batch.categories.items():
            self.categories[name].add(found)

    def merge(self, other: "Counts") -> None:
        """Adds what another one counted in the same layout."""
        self.rows += other.rows
        for name, cells in self.cells.items():
            cells.merge(other.cells[name])
        for name, categories in self.categories.items():
            categories.merge(other.categories[name])

    def kind(self, column: str) -> str:
        """Returns the kind of a column that is counted; empty for another one."""
        if column in self.cells:
            return NUMERIC
        return CATEGORICAL if column in self.categories else ""

    def document(self) -> dict[str, Any]:
        """Returns plain data: the statistics of a dataset version."""
        described: dict[str, Any] = {
            name: {
                "kind": NUMERIC,
                "edges": counted.edges.tolist(),
                "mean": counted.moments.mean if counted.valid else None,
                **counted.document(),
            }
            for name, counted in self.cells.items()
        }
        for name, categories in self.categories.items():
            vocabulary = categories.vocabulary.document()
            described[name] = {
                "kind": CATEGORICAL,
                "vocabulary": vocabulary,
                **categories.document(),
            }
        return {"rows": self.rows, "columns": described, "left_out": list(self.layout.left_out)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Counts":
        """Returns what `document` wrote."""
        found: Mapping[str, Any] = document["columns"]
        numeric = {n: c for n, c in found.items() if c["kind"] == NUMERIC}
        texts = {n: c for n, c in found.items() if c["kind"] == CATEGORICAL}
        layout = Layout(
            {name: np.array(c["edges"], dtype=np.float64) for name, c in numeric.items()},
            {name: Vocabulary.read(c["vocabulary"]) for name, c in texts.items()},
            tuple(document["left_out"]),
        )
        return cls(
            layout,
            document["rows"],
            {name: Cells.read(c, layout.edges[name]) for name, c in numeric.items()},
            {name: Categories.read(c, layout.vocabularies[name]) for name, c in texts.items()},
        )


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yields rows, some thousands at a time."""
    waiting = iter(rows)
    while batch := list(islice(waiting, ROWS)):
        yield batch
