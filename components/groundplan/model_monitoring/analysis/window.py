"""A window: what was captured in a period, as counts. Its size does not depend on the
number of requests; merging windows of shards gives the window of all, exactly."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from groundplan.model_monitoring.analysis import columns
from groundplan.model_monitoring.analysis.capture import Broken, Captured
from groundplan.model_monitoring.analysis.categories import Categories
from groundplan.model_monitoring.analysis.cells import Cells
from groundplan.model_monitoring.analysis.columns import Batch
from groundplan.model_monitoring.analysis.documents import (
    Document,
    InvalidDocument,
    parsed,
)
from groundplan.model_monitoring.analysis.layout import Layout
from groundplan.model_monitoring.analysis.payload import Row
from groundplan.model_monitoring.analysis.schema import Column

KIND, SCHEMA = "window", 1
ROWS = 20_000
"""Rows that are counted at a time: a few megabytes of columns."""

Counted = Cells | Categories


@dataclass
class Window(Document):
    """Counts of the captured requests and responses of a period."""

    layout: Layout
    numbers: dict[str, Cells]
    """By numeric feature and output."""
    categories: dict[str, Categories]
    """By categorical feature and output."""
    requests: int = 0
    broken: Broken = field(default_factory=Broken)

    @classmethod
    def empty(cls, layout: Layout) -> "Window":
        """Returns a window without requests."""
        return cls(
            layout,
            {name: Cells.empty(edges) for name, edges in layout.edges.items()},
            {name: Categories.empty(known) for name, known in layout.vocabularies.items()},
        )

    def column(self, name: str) -> Counted:
        """Returns the counts of a feature or an output."""
        return self.numbers[name] if name in self.numbers else self.categories[name]

    @property
    def rows(self) -> int:
        """Rows of the column that has most: a capture may have responses only."""
        counted: list[Counted] = [*self.numbers.values(), *self.categories.values()]
        return max((column.rows for column in counted), default=0)

    def add(self, batch: Batch) -> None:
        """Counts the columns of some rows."""
        for name, values in batch.numbers.items():
            self.numbers[name].add(values, batch.invalid.get(name, 0))
        for name, names in batch.categories.items():
            self.categories[name].add(names)

    def read_all(self, captured: Iterable[Captured]) -> None:
        """Counts what was captured, some rows at a time."""
        schema = self.layout.schema
        asked: list[Row] = []
        answered: list[Row] = []
        for event in captured:
            self.requests += 1
            asked += event.inputs or ()
            answered += event.outputs or ()
            if len(asked) >= ROWS or len(answered) >= ROWS:
                self._add_rows(asked, schema.features)
                self._add_rows(answered, schema.outputs)
                asked, answered = [], []
        self._add_rows(asked, schema.features)
        self._add_rows(answered, schema.outputs)

    def _add_rows(self, rows: list[Row], known: tuple[Column, ...]) -> None:
        if rows:
            self.add(columns.batch(rows, known))

    def merge(self, other: "Window") -> None:
        """Adds what another one counted. Raises `InvalidDocument` if its layout is
        another one."""
        if other.layout is not self.layout and other.layout.digest != self.layout.digest:
            raise InvalidDocument(
                "the windows were counted with different baselines. Fix: count both with the same"
            )
        for name, cells in self.numbers.items():
            cells.merge(other.numbers[name])
        for name, categories in self.categories.items():
            categories.merge(other.categories[name])
        self.requests += other.requests
        self.broken.merge(other.broken)

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "kind": KIND,
            "schema": SCHEMA,
            "layout": self.layout.digest,
            "requests": self.requests,
            "broken": self.broken.document(),
            "numbers": {name: cells.document() for name, cells in self.numbers.items()},
            "categories": {name: kept.document() for name, kept in self.categories.items()},
        }

    @classmethod
    def read(cls, content: bytes, layout: Layout) -> "Window":
        """Returns the window of what `content` wrote. Raises `InvalidDocument`."""
        document = parsed(content, KIND, SCHEMA)
        if document["layout"] != layout.digest:
            raise InvalidDocument(
                "the window was counted with another baseline. Fix: count its captures again"
            )
        return cls(
            layout,
            {
                name: Cells.read(document["numbers"][name], edges)
                for name, edges in layout.edges.items()
            },
            {
                name: Categories.read(document["categories"][name], known)
                for name, known in layout.vocabularies.items()
            },
            document["requests"],
            Broken.read(document["broken"]),
        )
