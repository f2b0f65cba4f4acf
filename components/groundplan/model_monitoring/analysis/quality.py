"""Quality as counts: predictions beside their labels, of all rows and per slice.

A confusion matrix, scores of positives and negatives in cells, ten bins of calibration,
and exact sums of errors: all merge by addition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundplan.model_monitoring.analysis.cells import Counts, cell_of, dense, sparse
from groundplan.model_monitoring.analysis.documents import (
    Document,
    InvalidDocument,
    parsed,
)
from groundplan.model_monitoring.analysis.exact_sum import LARGEST, Floats, Moments
from groundplan.model_monitoring.analysis.layout import Layout, slice_name

KIND, SCHEMA = "quality", 1
BINS = 10


@dataclass
class Labelled:
    """Predictions and their labels, as columns."""

    predictions: Sequence[str | None] | Floats
    labels: Sequence[str | None] | Floats
    """NaN or None: the row can't be judged."""
    scores: Floats | None = None
    slices: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


@dataclass
class Tally:
    """Counts of one slice."""

    layout: Layout
    confusion: Counts
    """Row by row: the label's place, then the prediction's; the last one is any other
    class."""
    scores: Counts
    """Cells of negatives, then of positives."""
    bins: Counts
    """Rows, then positives, by tenth of the score."""
    bin_scores: list[Moments]
    brier: Moments
    error: Moments
    absolute: Moments
    squared: Moments

    @classmethod
    def empty(cls, layout: Layout) -> "Tally":
        """Returns counts without rows."""
        width = len(layout.classes) + 1
        cells = 2 * len(layout.edges.get(layout.schema.score, ())) + 1
        return cls(
            layout,
            np.zeros(width * width, dtype=np.int64),
            np.zeros(2 * cells, dtype=np.int64),
            np.zeros(2 * BINS, dtype=np.int64),
            [Moments() for _ in range(BINS)],
            *(Moments() for _ in range(4)),
        )

    @property
    def rows(self) -> int:
        """Judged rows."""
        return self.absolute.count + int(self.confusion.sum())

    @property
    def matrix(self) -> Counts:
        """The confusion matrix."""
        width = len(self.layout.classes) + 1
        return self.confusion.reshape(width, width)

    def merge(self, other: "Tally") -> None:
        """Adds what another one counted."""
        self.confusion += other.confusion
        self.scores += other.scores
        self.bins += other.bins
        for mine, theirs in zip(self._moments(), other._moments(), strict=True):
            mine.merge(theirs)

    def _moments(self) -> list[Moments]:
        return [*self.bin_scores, self.brier, self.error, self.absolute, self.squared]

    def add_numbers(self, predictions: Floats, labels: Floats) -> None:
        """Counts the errors of a regression."""
        errors = predictions - labels
        self.error.add(errors)
        self.absolute.add(np.abs(errors))
        self.squared.add(errors * errors)

    def add_classes(self, predictions: Counts, labels: Counts) -> None:
        """Counts the places of classes."""
        width = len(self.layout.classes) + 1
        self.confusion += np.bincount(labels * width + predictions, minlength=width * width)

    def add_scores(self, scores: Floats, positive: Counts) -> None:
        """Counts probabilities beside 1 for a positive label and 0 for a negative."""
        half = len(self.scores) // 2
        cells = cell_of(self.layout.edges[self.layout.schema.score], scores)
        self.scores += np.bincount(positive * half + cells, minlength=2 * half)
        bins = np.clip((scores * BINS).astype(np.int64), 0, BINS - 1)
        self.bins += np.concatenate(
            [np.bincount(bins, minlength=BINS), np.bincount(bins[positive == 1], minlength=BINS)]
        )
        for place, moments in enumerate(self.bin_scores):
            moments.add(scores[bins == place])
        self.brier.add((scores - positive) ** 2)

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "confusion": sparse(self.confusion),
            "scores": sparse(self.scores),
            "bins": sparse(self.bins),
            "moments": [moments.document() for moments in self._moments()],
        }

    @classmethod
    def read(cls, document: Any, layout: Layout) -> "Tally":
        """Returns what `document` wrote."""
        empty = cls.empty(layout)
        moments = [Moments.read(plain) for plain in document["moments"]]
        return cls(
            layout,
            dense(document["confusion"], len(empty.confusion)),
            dense(document["scores"], len(empty.scores)),
            dense(document["bins"], len(empty.bins)),
            moments[:BINS],
            *moments[BINS:],
        )


@dataclass
class Quality(Document):
    """Counts of all slices, and of what could not be judged."""

    layout: Layout
    slices: dict[str, Tally]
    """By the name of the slice; all rows are the slice without a name."""
    counts: dict[str, int] = field(default_factory=dict)
    """Requests, and rows, that are not judged, by reason."""

    @classmethod
    def empty(cls, layout: Layout) -> "Quality":
        """Returns counts without rows."""
        return cls(layout, {name: Tally.empty(layout) for name in layout.slices})

    def count(self, reason: str, number: int = 1) -> None:
        """Counts what is not judged."""
        if number:
            self.counts[reason] = self.counts.get(reason, 0) + number

    def add(self, labelled: Labelled) -> None:
        """Counts predictions beside their labels."""
        columns = _columns(self.layout, labelled)
        known = columns.pop("known")
        self.count("rows without a usable label or prediction", int((~known).sum()))
        self._add("", known, columns)
        for name in self.layout.schema.slices:
            values = np.array([value or "" for value in labelled.slices[name]], dtype=object)
            for value in self.layout.vocabularies[name].values:
                self._add(slice_name(name, value), known & (values == value), columns)

    def _add(self, name: str, rows: Any, columns: Mapping[str, Any]) -> None:
        if not rows.any():
            return
        tally = self.slices[name]
        if self.layout.schema.task == "regression":
            tally.add_numbers(columns["predictions"][rows], columns["labels"][rows])
            return
        tally.add_classes(columns["predictions"][rows], columns["labels"][rows])
        if "scores" in columns:
            tally.add_scores(columns["scores"][rows], columns["positive"][rows])

    def merge(self, other: "Quality") -> None:
        """Adds what another one counted with the same layout."""
        for name, tally in self.slices.items():
            tally.merge(other.slices[name])
        for reason, number in other.counts.items():
            self.count(reason, number)

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "kind": KIND,
            "schema": SCHEMA,
            "layout": self.layout.digest,
            "counts": self.counts,
            "slices": {name: tally.document() for name, tally in self.slices.items()},
        }

    @classmethod
    def read(cls, content: bytes, layout: Layout) -> "Quality":
        """Returns the counts that `content` wrote. Raises `InvalidDocument`."""
        document = parsed(content, KIND, SCHEMA)
        if document["layout"] != layout.digest:
            raise InvalidDocument(
                "the labels were counted with another baseline. Fix: count them again"
            )
        slices = {name: Tally.read(document["slices"][name], layout) for name in layout.slices}
        return cls(layout, slices, dict(document["counts"]))


def _columns(layout: Layout, labelled: Labelled) -> dict[str, Any]:
    """Returns the columns of judged rows as arrays, and which rows are `known`."""
    if layout.schema.task == "regression":
        return _numbers(labelled)
    places = {value: place for place, value in enumerate(layout.classes)}
    other = len(places)
    predicted, labels = labelled.predictions, labelled.labels
    known = np.array(
        [p is not None and x is not None for p, x in zip(predicted, labels, strict=True)], bool
    )
    columns: dict[str, Any] = {
        "predictions": np.array([places.get(str(value), other) for value in predicted], np.int64),
        "labels": np.array([places.get(str(value), other) for value in labels], np.int64),
    }
    if labelled.scores is not None:
        columns["scores"] = labelled.scores
        columns["positive"] = np.array([x == layout.schema.positive for x in labels], np.int64)
        known &= (labelled.scores >= 0) & (labelled.scores <= 1)
    return {**columns, "known": known}


def _numbers(labelled: Labelled) -> dict[str, Any]:
    predictions = np.asarray(labelled.predictions, dtype=np.float64)
    labels = np.asarray(labelled.labels, dtype=np.float64)
    # The square of an error, and its square, must be finite, too.
    most = LARGEST**0.5 / 2
    known = (np.abs(predictions) <= most) & (np.abs(labels) <= most)
    return {"predictions": predictions, "labels": labels, "known": known}
