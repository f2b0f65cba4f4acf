"""The rows of a file: CSV with a header, JSON lines, or Parquet, by the end of its
name. The same rows are the same in each, and are counted to the same digests."""

import csv
import json
from collections.abc import Collection, Iterator

from groundplan.model_monitoring.analysis import parquet
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.payload import Row, Unreadable
from groundplan.model_monitoring.analysis.stores import Store

CSV, LINES, PARQUET = "CSV", "JSON lines", "Parquet"
FORMATS = {
    ".csv": CSV,
    ".csv.gz": CSV,
    ".jsonl": LINES,
    ".jsonl.gz": LINES,
    ".ndjson": LINES,
    ".ndjson.gz": LINES,
    ".json": LINES,
    ".json.gz": LINES,
    ".parquet": PARQUET,
}
"""The end of a file's name -> its format."""

Record = tuple[int, Row | Unreadable]
"""A row's number, or its line's, and the row or why it could not be read."""


def suffix(key: str) -> str:
    """Returns the end of a file's name that says its format, empty if none does."""
    name = key.rpartition("/")[2].lower()
    return next((end for end in FORMATS if name.endswith(end) and name != end), "")


def stem(key: str) -> str:
    """Returns a file's name without the end that says its format."""
    return key[: len(key) - len(suffix(key))]


def form(key: str) -> str:
    """Returns the format of a file; what has no known end is JSON lines, as the objects
    of data capture are."""
    return FORMATS.get(suffix(key), LINES)


def read(place: Store, key: str, wanted: Collection[str] | None = None) -> Iterator[Record]:
    """Yields the rows of a file, of all columns or, where that saves work, of those
    that are wanted."""
    if form(key) == PARQUET:
        yield from _parquet(place, key, wanted)
    elif form(key) == CSV:
        yield from _csv(place, key)
    else:
        yield from _lines(place, key)


def rows(place: Store, key: str, wanted: Collection[str] | None = None) -> Iterator[Row]:
    """Yields the rows of a dataset's file. Raises `InvalidDocument` at the first that
    can't be read: a dataset is whole, or it is none."""
    for number, record in read(place, key, wanted):
        if isinstance(record, Unreadable):
            raise InvalidDocument(f"{key}:{number}: {record}. Fix: correct or remove the row")
        yield record


def _parquet(place: Store, key: str, wanted: Collection[str] | None) -> Iterator[Record]:
    number = 0
    with place.opened(key) as file:
        try:
            for row in parquet.rows(file, wanted):
                number += 1
                yield number, row
        except Unreadable as error:
            yield number + 1, error


def _csv(place: Store, key: str) -> Iterator[Record]:
    # A field in quotes may have several lines: the reader needs their ends.
    text = (line.decode("utf-8", "replace") + "\n" for line in place.lines(key))
    reader = csv.reader(text)
    header: list[str] | None = None
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, Unreadable("the CSV is malformed")
            continue
        if not fields:
            continue
        if header is None:
            # Spreadsheets begin a file with a byte order mark.
            header = [name.strip() for name in (fields[0].removeprefix("\ufeff"), *fields[1:])]
            if len(set(header)) < len(header):
                yield reader.line_num, Unreadable("the file has two columns of one name")
                return
        elif len(fields) != len(header):
            yield reader.line_num, Unreadable("the line has not as many fields as the header")
        else:
            yield reader.line_num, dict(zip(header, fields, strict=True))


def _lines(place: Store, key: str) -> Iterator[Record]:
    for number, line in enumerate(place.lines(key), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, Unreadable("the line is no JSON")
            continue
        yield number, row if isinstance(row, dict) else Unreadable("the line is no JSON object")
