"""Captured requests and responses: the JSON lines of SageMaker's data capture, and of a
Kubernetes service that writes its access in the same format; or a table with a row per
request (CSV, JSON lines, Parquet), as an inference log has it.

A line that can't be read is counted, with its file, number and reason; it never ends a
check. The format: SageMaker AI Developer Guide, "Data capture".
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.model_monitoring.analysis import columns, payload, records
from groundplan.model_monitoring.analysis.payload import Row, Unreadable
from groundplan.model_monitoring.analysis.schema import Column, Schema
from groundplan.model_monitoring.analysis.stores import LONGEST, Store

EXAMPLES = 10
EVENT_ID, INFERENCE_ID, TIME = "event_id", "inference_id", "time"
"""Columns of a table beside those of the schema: which request a row is, what its label
names, and when it was answered (ISO 8601). All may lack."""


@dataclass(frozen=True)
class Captured:
    """A request and its response."""

    event_id: str
    inference_id: str
    """What labels name: the caller's ID, or the event's where there is none."""
    time: str
    inputs: list[Row] | None
    """None if the capture has responses only."""
    outputs: list[Row] | None


@dataclass
class Broken:
    """Lines that could not be read."""

    counts: dict[str, int] = field(default_factory=dict)
    """By reason."""
    examples: list[tuple[str, int, str]] = field(default_factory=list)
    """The first by file and line."""

    @property
    def total(self) -> int:
        """Number of lines."""
        return sum(self.counts.values())

    def add(self, file: str, line: int, reason: str) -> None:
        """Counts a line."""
        self._add({reason: 1}, [(file, line, reason)])

    def merge(self, other: "Broken") -> None:
        """Adds what another one counted."""
        self._add(other.counts, other.examples)

    def _add(self, counts: Mapping[str, int], examples: list[tuple[str, int, str]]) -> None:
        for reason, count in counts.items():
            self.counts[reason] = self.counts.get(reason, 0) + count
        self.examples = sorted([*self.examples, *examples])[:EXAMPLES]

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {"counts": self.counts, "examples": [list(example) for example in self.examples]}

    @classmethod
    def read(cls, document: Any) -> "Broken":
        """Returns what `document` wrote."""
        examples = [(file, line, reason) for file, line, reason in document["examples"]]
        return cls(dict(document["counts"]), examples)

    @classmethod
    def load(cls, content: bytes) -> "Broken":
        """Returns what a document's bytes say."""
        return cls.read(json.loads(content))


def of_file(place: Store, key: str, schema: Schema, broken: Broken) -> Iterator[Captured]:
    """Yields what was captured in a file, and counts the rows that can't be read."""
    if records.form(key) == records.LINES:
        yield from read(place.lines(key), key, schema, broken)
        return
    every = {column.name for column in schema.features + schema.outputs}
    wanted = every | {EVENT_ID, INFERENCE_ID, TIME}
    for number, record in records.read(place, key, wanted):
        if isinstance(record, Unreadable):
            broken.add(key, number, str(record))
        elif not every & record.keys():
            broken.add(key, number, "no column of the schema is there")
        else:
            yield _of_row(record, f"{records.stem(key)}:{number}", schema)


def read(
    lines: Iterable[bytes | str], file: str, schema: Schema, broken: Broken
) -> Iterator[Captured]:
    """Yields what was captured, and counts the lines that can't be read."""
    every = {column.name for column in schema.features + schema.outputs}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            document = parsed(line)
            if is_row(document, every):
                yield _of_row(document, f"{records.stem(file)}:{number}", schema)
            else:
                yield _captured(document, schema)
        except Unreadable as error:
            broken.add(file, number, str(error))


def parsed(line: bytes | str) -> Mapping[str, Any]:
    """Returns a line's document. Raises `Unreadable`."""
    if len(line) > LONGEST:
        raise Unreadable("the line is longer than a request can be")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the line is no JSON") from error
    if not isinstance(document, dict):
        raise Unreadable("the line is no JSON object")
    return document


def metadata_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the `eventMetadata` of a document. Raises `Unreadable`."""
    metadata = document.get("eventMetadata")
    if not isinstance(metadata, dict) or not _name(metadata.get("eventId")):
        raise Unreadable("the line has no eventMetadata.eventId")
    return metadata


def is_row(document: Mapping[str, Any], names: Collection[str]) -> bool:
    """Returns whether a document is a row of a table with one of those columns."""
    events = {"eventMetadata", "captureData", "groundTruthData"}
    return not events & document.keys() and any(name in document for name in names)


def text(row: Row, name: str) -> str:
    """Returns an ID or a time of a row, empty if it has none."""
    return columns.category(row.get(name)) or ""


def _of_row(row: Row, place: str, schema: Schema) -> Captured:
    event_id = text(row, EVENT_ID) or text(row, INFERENCE_ID) or place
    return Captured(
        event_id,
        text(row, INFERENCE_ID) or event_id,
        text(row, TIME),
        _side_of_row(row, schema.features),
        _side_of_row(row, schema.outputs),
    )


def _side_of_row(row: Row, known: Sequence[Column]) -> list[Row] | None:
    found = {column.name: row[column.name] for column in known if column.name in row}
    return [found] if found else None


def _captured(document: Mapping[str, Any], schema: Schema) -> Captured:
    metadata = metadata_of(document)
    data = document.get("captureData")
    if not isinstance(data, dict):
        raise Unreadable("the line has no captureData")
    inputs, outputs = data.get("endpointInput"), data.get("endpointOutput")
    if inputs is None and outputs is None:
        raise Unreadable("the line has neither a request nor a response")
    asked = None if inputs is None else payload.rows(_side(inputs), schema.features)
    answered = None if outputs is None else payload.rows(_side(outputs), schema.outputs)
    if asked is not None and answered is not None and len(asked) != len(answered):
        raise Unreadable("the response has not as many rows as the request")
    event_id = str(metadata["eventId"])
    return Captured(
        event_id,
        _name(metadata.get("inferenceId")) or event_id,
        str(metadata.get("inferenceTime") or ""),
        asked,
        answered,
    )


def _side(side: Any) -> Mapping[str, Any]:
    if not isinstance(side, dict):
        raise Unreadable("a body is no JSON object")
    return side


def _name(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
