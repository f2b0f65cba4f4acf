"""Predictions joined with their labels.

Both are spread over partitions by a hash of the inference ID, so that each partition
can be joined on its own, within bounded memory, by any worker. Nothing depends on an
order: of several answers to one inference ID the latest counts, as of several labels.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundplan.model_monitoring.analysis import columns, labels
from groundplan.model_monitoring.analysis.capture import Captured
from groundplan.model_monitoring.analysis.documents import hash64
from groundplan.model_monitoring.analysis.labels import Label
from groundplan.model_monitoring.analysis.layout import Layout
from groundplan.model_monitoring.analysis.quality import Labelled, Quality

ROWS = 20_000
"""Rows that are judged at a time."""
REPEATED = "answers to an inference ID that has a later one"
REPLACED = "labels that a later one replaces"
UNLABELLED = "answers without a label yet"
UNANSWERED = "labels without an answer"
UNEQUAL = "labels with another number of rows than the answer"


@dataclass(frozen=True)
class Answer:
    """What is kept of a request until its labels arrive: the response, and the features
    that slice it."""

    inference_id: str
    time: str
    event_id: str
    outputs: tuple[Mapping[str, Any], ...]
    slices: tuple[Mapping[str, Any], ...]

    @property
    def rank(self) -> tuple[str, str]:
        """Of two answers to one inference ID, the one with the higher rank counts."""
        return self.time, self.event_id

    def line(self) -> str:
        """Returns the answer as a line of a partition."""
        plain = [self.inference_id, self.time, self.event_id, self.outputs, self.slices]
        return json.dumps(plain, separators=(",", ":"))

    @classmethod
    def read(cls, line: bytes | str) -> "Answer":
        """Returns the answer of a line."""
        inference_id, time, event_id, outputs, slices = json.loads(line)
        return cls(inference_id, time, event_id, tuple(outputs), tuple(slices))


def answer(captured: Captured, layout: Layout) -> Answer | None:
    """Returns what a captured request's labels will be compared with, None if its
    response was not captured."""
    if captured.outputs is None:
        return None
    kept = [name for name in (layout.schema.prediction, layout.schema.score) if name]
    asked = captured.inputs or [{}] * len(captured.outputs)
    return Answer(
        captured.inference_id,
        captured.time,
        captured.event_id,
        tuple({name: row.get(name) for name in kept} for row in captured.outputs),
        tuple({name: row.get(name) for name in layout.schema.slices} for row in asked),
    )


def partition(inference_id: str, partitions: int) -> int:
    """Returns the partition of an inference ID."""
    return hash64(inference_id, "partition") % partitions


def join(answers: Iterable[Answer], found: Iterable[Label], layout: Layout) -> Quality:
    """Returns the quality of a partition."""
    quality = Quality.empty(layout)
    last: dict[str, Answer] = {}
    # An event that is there twice, byte for byte, is one event that came twice.
    for item in set_of(answers):
        known = last.get(item.inference_id)
        quality.count(REPEATED, known is not None)
        if known is None or item.rank > known.rank:
            last[item.inference_id] = item
    truth: dict[str, Label] = {}
    for label in set_of(found):
        before = truth.get(label.inference_id)
        quality.count(REPLACED, before is not None)
        if before is None or label.rank > before.rank:
            truth[label.inference_id] = label
    quality.count(UNLABELLED, len(last.keys() - truth.keys()))
    quality.count(UNANSWERED, len(truth.keys() - last.keys()))
    for part in _parts(last, truth, quality):
        quality.add(labelled(part, layout))
    return quality


def set_of(items: Iterable[Any]) -> Iterator[Any]:
    """Yields each item once: answers by their event, labels by their content."""
    seen: set[Any] = set()
    for item in items:
        key = (item.inference_id, *item.rank)
        if key not in seen:
            seen.add(key)
            yield item


Joined = tuple[Mapping[str, Any], Mapping[str, Any], Any]
"""A row: outputs, slices, label."""


def _parts(
    answers: Mapping[str, Answer], truth: Mapping[str, Label], quality: Quality
) -> Iterator[list[Joined]]:
    rows: list[Joined] = []
    for inference_id in answers.keys() & truth.keys():
        item, label = answers[inference_id], truth[inference_id]
        if len(item.outputs) != len(label.values):
            quality.count(UNEQUAL)
            continue
        rows += zip(item.outputs, item.slices, label.values, strict=True)
        if len(rows) >= ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


def labelled(rows: list[Joined], layout: Layout) -> Labelled:
    """Returns joined rows as the columns that quality counts."""
    schema = layout.schema
    outputs = columns.batch([row[0] for row in rows], schema.outputs)
    slicing = [column for column in schema.features if column.name in schema.slices]
    sliced = columns.batch([row[1] for row in rows], slicing)
    truth = columns.batch([{labels.LABEL: row[2]} for row in rows], [labels.column(schema)])
    if schema.task == "regression":
        return Labelled(
            outputs.numbers[schema.prediction],
            truth.numbers[labels.LABEL],
            None,
            sliced.categories,
        )
    scores = outputs.numbers[schema.score] if schema.score else None
    predicted = (
        outputs.categories[schema.prediction]
        if schema.prediction
        else _decided(np.asarray(scores), layout)
    )
    return Labelled(predicted, truth.categories[labels.LABEL], scores, sliced.categories)


def _decided(scores: Any, layout: Layout) -> list[str | None]:
    """Returns the classes that scores stand for."""
    schema = layout.schema
    negative = next((name for name in layout.classes if name != schema.positive), "")
    return [
        None if np.isnan(score) else schema.positive if score >= schema.cutoff else negative
        for score in scores
    ]
