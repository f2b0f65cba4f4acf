"""Parquet files as rows, within bounded memory: pages of a row group are read as a
stream, so that neither the file nor a row group has to fit.

A row has the values that the same row has in CSV or JSON lines: a 32-bit 0.1 is 0.1, as
a request writes it, and not 0.10000000149; times are ISO 8601.
"""

import datetime
import decimal
from collections.abc import Collection, Iterator
from importlib import import_module
from typing import Any, BinaryIO

from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.payload import Row, Unreadable

ROWS = 8192
BUFFER = 1 << 20
"""Bytes of a column that are read at a time."""


def rows(file: BinaryIO, wanted: Collection[str] | None = None) -> Iterator[Row]:
    """Yields the rows of a file, of all columns or of those that are wanted. Raises
    `Unreadable` if it is no Parquet."""
    pyarrow, parquet = _library()
    try:
        opened = parquet.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
        names = [n for n in opened.schema_arrow.names if wanted is None or n in wanted]
        if len(set(names)) < len(names):
            raise Unreadable("the file has two columns of one name")
        # Threads would read several columns ahead, each as a whole.
        for batch in opened.iter_batches(ROWS, columns=names, use_threads=False):
            found = [_values(pyarrow, batch.column(name)) for name in names]
            if not names:
                yield from ({} for _ in range(batch.num_rows))
            for values in zip(*found, strict=True):
                yield dict(zip(names, values, strict=True))
    except pyarrow.ArrowException as error:
        raise Unreadable("the file is no Parquet") from error
    except OSError as error:
        # Arrow's own of a damaged page; one of the file system has a number.
        if error.errno is not None:
            raise
        raise Unreadable("the file is no Parquet") from error


def _library() -> tuple[Any, Any]:
    try:
        # By name: it is no dependency of the Lambda layer, which has no room for it.
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise InvalidDocument(
            "Parquet needs pyarrow. Fix: pip install 'groundplan[parquet]'"
        ) from error
    return pyarrow, parquet


def _values(pyarrow: Any, column: Any) -> list[Any]:
    kind = column.type
    if pyarrow.types.is_float16(kind):
        column = column.cast(pyarrow.float32())
        kind = column.type
    if pyarrow.types.is_float32(kind):
        # By its shortest spelling: what is written in a CSV or a request.
        column = column.cast(pyarrow.string()).cast(pyarrow.float64())
    values: list[Any] = column.to_pylist()
    plain = (
        pyarrow.types.is_integer,
        pyarrow.types.is_floating,
        pyarrow.types.is_boolean,
        pyarrow.types.is_string,
        pyarrow.types.is_large_string,
    )
    if any(test(kind) for test in plain):
        return values
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
            return f"{value.isoformat()}Z"
        return value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value
