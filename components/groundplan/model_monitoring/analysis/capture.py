"""Captured requests and responses: the JSON lines of SageMaker's data capture, and of a
Kubernetes service that writes its access in the same format.

A line that can't be read is counted, with its file, number and reason; it never ends a
check. The format: SageMaker AI Developer Guide, "Data capture".
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.model_monitoring.analysis import payload
from groundplan.model_monitoring.analysis.payload import Row, Unreadable
from groundplan.model_monitoring.analysis.schema import Schema

EXAMPLES = 10
LONGEST = 32 * 1024 * 1024
"""Bytes of a line. SageMaker's largest request is 25 MB (InvokeEndpoint), and base64
adds a third; what is longer is no line of a capture."""


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


def read(
    lines: Iterable[bytes | str], file: str, schema: Schema, broken: Broken
) -> Iterator[Captured]:
    """Yields what was captured, and counts the lines that can't be read."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _captured(line, schema)
        except Unreadable as error:
            broken.add(file, number, str(error))


def event(line: bytes | str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Returns a line's document and its `eventMetadata`. Raises `Unreadable`."""
    if len(line) > LONGEST:
        raise Unreadable("the line is longer than a request can be")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the line is no JSON") from error
    if not isinstance(document, dict):
        raise Unreadable("the line is no JSON object")
    metadata = document.get("eventMetadata")
    if not isinstance(metadata, dict) or not _name(metadata.get("eventId")):
        raise Unreadable("the line has no eventMetadata.eventId")
    return document, metadata


def _captured(line: bytes | str, schema: Schema) -> Captured:
    document, metadata = event(line)
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
