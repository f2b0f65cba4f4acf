"""What is in the files of a version: the columns of CSV, JSON lines and Parquet, and
their rows."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import Refused
from groundplan.data.versions.manifest import DatasetObject

Open = Callable[[DatasetObject], BinaryIO]
"""Opens an object's content, from its beginning; of Parquet at any place."""

FORMATS: Mapping[str, str] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}

FILES = 5
"""Files whose columns are compared."""

LOOKED_AT = 1000
"""Objects among which such files are looked for."""

ROWS = 1000
"""Rows from which the types of columns are inferred."""

NAMES: Mapping[str, str] = {"bool": "boolean", "string": "string", "large_string": "string"}


def format_of(path: str) -> str:
    """Returns the format of a file, by its ending; empty if it is none of those
    known."""
    return next((name for ending, name in FORMATS.items() if path.lower().endswith(ending)), "")


def schema(objects: Iterable[DatasetObject], opened: Open) -> dict[str, Any]:
    """Returns format and columns of a version's files; empty if they are of no known
    format, or differ."""
    files = islice((o for o in islice(objects, LOOKED_AT) if format_of(o.path) and o.size), FILES)
    found: dict[str, Any] = {}
    for item in files:
        columns = _columns(item, opened)
        this = {"format": format_of(item.path), "columns": columns}
        if not columns:
            return {}
        if not found:
            found = this
        elif _names(found) != _names(this):
            return {}
        else:
            for column, other in zip(found["columns"], columns, strict=True):
                column["type"] = _wider(column["type"], other["type"])
    return found


def _names(found: Mapping[str, Any]) -> tuple[Any, ...]:
    return (found["format"], *(column["name"] for column in found["columns"]))


def _columns(item: DatasetObject, opened: Open) -> list[dict[str, str]]:
    try:
        if format_of(item.path) == "parquet":
            return _parquet_columns(item, opened)
        types: dict[str, str] = {}
        for row in islice(rows(item, opened), ROWS):
            for name, value in row.items():
                types[name] = _wider(types.get(name, ""), _type(value))
        return [{"name": name, "type": kind or "string"} for name, kind in types.items()]
    except (UnicodeDecodeError, ValueError, OSError, EOFError, csv.Error):
        return []


def _parquet_columns(item: DatasetObject, opened: Open) -> list[dict[str, str]]:
    try:
        import pyarrow.parquet as parquet  # type: ignore[import-untyped]
    except ImportError:
        return []
    with opened(item) as stream:
        fields = parquet.read_schema(stream)
    return [{"name": field.name, "type": _parquet_type(str(field.type))} for field in fields]


def _parquet_type(name: str) -> str:
    if name.startswith(("int", "uint")):
        return "integer"
    if name.startswith(("float", "double", "half", "decimal")):
        return "number"
    return NAMES.get(name, name)


def rows(item: DatasetObject, opened: Open) -> Iterator[Mapping[str, Any]]:
    """Yields the rows of a file. Raises `Refused` for Parquet without pyarrow."""
    kind = format_of(item.path)
    if kind == "parquet":
        yield from _parquet_rows(item, opened)
        return
    with opened(item) as raw:
        stream: Any = gzip.GzipFile(fileobj=raw) if item.path.lower().endswith(".gz") else raw
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        if kind == "csv":
            for row in csv.DictReader(text):
                yield {name: value for name, value in row.items() if isinstance(name, str)}
        elif kind == "jsonl":
            for line in text:
                found = json.loads(line) if line.strip() else None
                if isinstance(found, dict):
                    yield found


def _parquet_rows(item: DatasetObject, opened: Open) -> Iterator[Mapping[str, Any]]:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise Refused(
            "Statistics of Parquet files need pyarrow. Fix: pip install 'groundplan[parquet]'"
        ) from None
    with opened(item) as stream:
        for batch in parquet.ParquetFile(stream).iter_batches():
            yield from batch.to_pylist()


ORDER = ("", "boolean", "integer", "number", "string")


def _wider(one: str, other: str) -> str:
    """Returns the type that has the values of both."""
    if one not in ORDER or other not in ORDER:
        return one if one == other else "string"
    if {one, other} in ({"boolean", "integer"}, {"boolean", "number"}):
        return "string"
    return max(one, other, key=ORDER.index)


def _type(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false")):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        for kind, convert in (("integer", int), ("number", float)):
            try:
                convert(value)
            except ValueError:
                continue
            return kind
    return "string"


def in_bucket(bucket: Bucket) -> Open:
    """Returns what opens the objects of a version in the bucket."""
    return lambda item: io.BufferedReader(ObjectStream(bucket, item), 1 << 20)


class ObjectStream(io.RawIOBase):
    """An object's content: one request while it is read in its order, a new one after
    each seek."""

    def __init__(self, bucket: Bucket, item: DatasetObject) -> None:
        self._bucket, self._item, self._at = bucket, item, 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._item.size}[whence]
        if start + offset != self._at:
            self._at = start + offset
            self._end()
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._item.size:
            return 0
        if self._body is None:
            self._body = self._bucket.s3.get_object(
                Bucket=self._bucket.name,
                Key=self._item.key,
                VersionId=self._item.version_id,
                Range=f"bytes={self._at}-",
            )["Body"]
        content = self._body.read(len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def close(self) -> None:
        self._end()
        super().close()

    def _end(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
