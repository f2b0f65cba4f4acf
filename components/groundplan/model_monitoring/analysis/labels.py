"""Labels: what turned out to be true, by inference ID, whenever it becomes known.

The format is SageMaker's "Ingest ground truth labels": JSON lines with
`groundTruthData` (CSV or JSON; one value per row of the request) and
`eventMetadata.eventId`, the inference ID. A table (CSV, JSON lines, Parquet) has the
columns `inference_id`, `label` and, by choice, `time`. A label that comes twice counts
once; of two different ones, the one with the later time counts, in whatever order they
arrive.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.model_monitoring.analysis import capture, columns, payload, records
from groundplan.model_monitoring.analysis.capture import Broken
from groundplan.model_monitoring.analysis.payload import Row, Unreadable
from groundplan.model_monitoring.analysis.schema import Column, Schema
from groundplan.model_monitoring.analysis.stores import Store

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


def of_file(place: Store, key: str, schema: Schema, broken: Broken) -> Iterator[Label]:
    """Yields the labels of a file, and counts the rows that can't be read."""
    if records.form(key) == records.LINES:
        yield from read(place.lines(key), key, schema, broken)
        return
    wanted = {LABEL, capture.INFERENCE_ID, capture.EVENT_ID, capture.TIME}
    for number, record in records.read(place, key, wanted):
        try:
            if isinstance(record, Unreadable):
                raise record
            yield _of_row(record)
        except Unreadable as error:
            broken.add(key, number, str(error))


def read(
    lines: Iterable[bytes | str], file: str, schema: Schema, broken: Broken
) -> Iterator[Label]:
    """Yields labels, and counts the lines that can't be read."""
    known = column(schema)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            document = capture.parsed(line)
            if capture.is_row(document, (LABEL,)):
                yield _of_row(document)
            else:
                yield _label(document, known)
        except Unreadable as error:
            broken.add(file, number, str(error))


def _of_row(row: Row) -> Label:
    found = capture.text(row, capture.INFERENCE_ID) or capture.text(row, capture.EVENT_ID)
    if LABEL not in row or not found or isinstance(row[LABEL], list | dict):
        raise Unreadable("the row has no label, or no inference_id")
    return Label(found, capture.text(row, capture.TIME), (columns.category(row[LABEL]),))


def _label(document: Mapping[str, Any], known: Column) -> Label:
    metadata = capture.metadata_of(document)
    data = document.get("groundTruthData")
    if not isinstance(data, dict):
        raise Unreadable("the line has no groundTruthData")
    rows = payload.rows(data, (known,))
    values = tuple(_single(row.get(LABEL)) for row in rows)
    time = metadata.get("groundTruthTime") or metadata.get("inferenceTime") or ""
    return Label(str(metadata["eventId"]).strip(), str(time), values)


def _single(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise Unreadable("a label is no single value")
    return value
