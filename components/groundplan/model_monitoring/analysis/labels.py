"""Labels: what turned out to be true, by inference ID, whenever it becomes known.

The format is SageMaker's "Ingest ground truth labels": JSON lines with
`groundTruthData` (CSV or JSON; one value per row of the request) and
`eventMetadata.eventId`, the inference ID. A label that comes twice counts once; of two
different ones, the one with the later time counts, in whatever order they arrive.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from groundplan.model_monitoring.analysis import payload
from groundplan.model_monitoring.analysis.capture import Broken, event
from groundplan.model_monitoring.analysis.payload import Unreadable
from groundplan.model_monitoring.analysis.schema import Column, Schema

LABEL = "label"


@dataclass(frozen=True)
class Label:
    """The labels of a request's rows."""

    inference_id: str
    time: str
    """When it became known: ISO 8601 in UTC; empty if the line does not say."""
    values: tuple[Any, ...]

    @property
    def rank(self) -> tuple[str, str]:
        """Of two labels of one request, the one with the higher rank counts."""
        return self.time, json.dumps(self.values, sort_keys=True)

    def line(self) -> str:
        """Returns the label as a line of a partition."""
        return json.dumps([self.inference_id, self.time, self.values], separators=(",", ":"))

    @classmethod
    def read(cls, line: bytes | str) -> "Label":
        """Returns the label of a line."""
        inference_id, time, values = json.loads(line)
        return cls(inference_id, time, tuple(values))


def column(schema: Schema) -> Column:
    """Returns the column that a label is read as."""
    return Column(LABEL, "numeric" if schema.task == "regression" else "categorical")


def read(
    lines: Iterable[bytes | str], file: str, schema: Schema, broken: Broken
) -> Iterator[Label]:
    """Yields labels, and counts the lines that can't be read."""
    known = column(schema)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _label(line, known)
        except Unreadable as error:
            broken.add(file, number, str(error))


def _label(line: bytes | str, known: Column) -> Label:
    document, metadata = event(line)
    data = document.get("groundTruthData")
    if not isinstance(data, dict):
        raise Unreadable("the line has no groundTruthData")
    rows = payload.rows(data, (known,))
    values = tuple(row.get(LABEL) for row in rows)
    if any(isinstance(value, list | dict) for value in values):
        raise Unreadable("a label is no single value")
    time = metadata.get("groundTruthTime") or metadata.get("inferenceTime") or ""
    return Label(str(metadata["eventId"]).strip(), str(time), values)
