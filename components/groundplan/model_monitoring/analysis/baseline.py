"""The baseline: the dataset that trained the model, as counts, and the quality that the
model had on held-out data.

It reads a dataset twice. The first pass chooses what is counted (`Choice`), the second
one counts. Both merge over shards in any order, and the same rows give the same bytes,
so that a baseline has a digest, like the dataset version that it comes from.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.model_monitoring.analysis import columns, joining
from groundplan.model_monitoring.analysis.categories import LIMIT, Vocabulary
from groundplan.model_monitoring.analysis.cells import EDGES, edges_of
from groundplan.model_monitoring.analysis.documents import (
    Document,
    InvalidDocument,
    canonical,
    parsed,
)
from groundplan.model_monitoring.analysis.labels import LABEL
from groundplan.model_monitoring.analysis.labels import column as label_column
from groundplan.model_monitoring.analysis.layout import Layout
from groundplan.model_monitoring.analysis.payload import Row
from groundplan.model_monitoring.analysis.quality import Quality
from groundplan.model_monitoring.analysis.sample import Sample
from groundplan.model_monitoring.analysis.schema import Schema
from groundplan.model_monitoring.analysis.window import ROWS, Window

KIND, SCHEMA = "baseline", 1
MOST_VALUES = 1_000_000
"""Distinct values of a categorical feature: with more, it is an identifier or a text,
and says nothing about drift."""

Shards = Mapping[str, Callable[[], Iterable[Row]]]
"""Name -> the rows of a part of a dataset, as often as they are read. A row has the
features, and the outputs and the `label` where they are known."""


@dataclass
class Choice:
    """The first pass: a sample of the numbers, and all values of the categories."""

    schema: Schema
    sample: Sample
    values: dict[str, set[str]] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)

    @classmethod
    def empty(cls, schema: Schema) -> "Choice":
        """Returns the choice of no rows."""
        every = schema.features + schema.outputs
        numeric = tuple(column.name for column in every if column.kind == "numeric")
        values: dict[str, set[str]] = {c.name: set() for c in every if c.kind == "categorical"}
        return cls(schema, Sample(numeric), values)

    def add(self, rows: Sequence[Row], shard: str, first: int) -> None:
        """Looks at a shard's rows, of which the first one has that number."""
        batch = columns.batch(rows, self.schema.features + self.schema.outputs)
        self.sample.add(batch, shard, first)
        for name, found in batch.categories.items():
            self.values[name].update(value for value in found if value is not None)
            if len(self.values[name]) > MOST_VALUES:
                raise InvalidDocument(
                    f"features: {name!r} has more than {MOST_VALUES:,} values. Fix: leave "
                    "identifiers and texts out of the schema"
                )
        known = label_column(self.schema)
        if known.kind == "categorical":
            truth = columns.batch(rows, [known]).categories[LABEL]
            self.classes.update(value for value in truth if value is not None)

    def merge(self, other: "Choice") -> None:
        """Adds what another one looked at."""
        self.sample.merge(other.sample)
        self.classes |= other.classes
        for name, values in other.values.items():
            self.values[name] |= values

    def layout(self, edges: int = EDGES, limit: int = LIMIT) -> Layout:
        """Returns what windows count."""
        schema = self.schema
        classes = set(self.classes)
        if schema.task != "regression":
            classes |= self.values.get(schema.prediction, set())
        if schema.task == "binary":
            classes.add(schema.positive)
        return Layout(
            schema,
            {name: edges_of(self.sample.finite(name), edges) for name in self.sample.names},
            {name: Vocabulary.of(values, limit) for name, values in self.values.items()},
            tuple(sorted(classes)),
        )


@dataclass
class Baseline(Document):
    """Counts of the dataset that trained the model, and the model's quality."""

    layout: Layout
    window: Window
    quality: Quality
    source: Mapping[str, str] = field(default_factory=dict)
    """What it was counted from: the dataset version's name and digest, the model's."""

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "kind": KIND,
            "schema": SCHEMA,
            "source": dict(self.source),
            "layout": self.layout.document(),
            "window": self.window.document(),
            "quality": self.quality.document(),
        }

    @classmethod
    def read(cls, content: bytes) -> "Baseline":
        """Returns the baseline that `content` wrote. Raises `InvalidDocument`."""
        document = parsed(content, KIND, SCHEMA)
        layout = Layout.read(document["layout"])
        return cls(
            layout,
            Window.read(canonical(document["window"]), layout),
            Quality.read(canonical(document["quality"]), layout),
            dict(document["source"]),
        )


def build(
    schema: Schema, shards: Shards, source: Mapping[str, str] | None = None, edges: int = EDGES
) -> Baseline:
    """Returns the baseline of a dataset."""
    choice = Choice.empty(schema)
    for shard, rows in sorted(shards.items()):
        first = 0
        for part in parts(rows()):
            choice.add(part, shard, first)
            first += len(part)
    layout = choice.layout(edges)
    baseline = Baseline(layout, Window.empty(layout), Quality.empty(layout), dict(source or {}))
    for _, rows in sorted(shards.items()):
        for part in parts(rows()):
            count(baseline, part)
    return baseline


def count(baseline: Baseline, rows: Sequence[Row]) -> None:
    """Counts rows of the dataset: the second pass."""
    schema = baseline.layout.schema
    baseline.window.requests += len(rows)
    baseline.window.add(columns.batch(rows, schema.features))
    wanted = [name for name in (schema.prediction, schema.score) if name]
    answered = [row for row in rows if any(_is_known(row, name) for name in wanted)]
    baseline.window.add(columns.batch(answered, schema.outputs))
    judged = [(row, row, row[LABEL]) for row in answered if _is_known(row, LABEL)]
    if judged:
        baseline.quality.add(joining.labelled(judged, baseline.layout))


def _is_known(row: Row, name: str) -> bool:
    """Returns whether a row has a value: an empty field of a CSV is none, as a key that
    a line of JSON does not have."""
    return columns.category(row.get(name)) is not None


def parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yields rows, some thousands at a time."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) >= ROWS:
            yield part
            part = []
    if part:
        yield part
