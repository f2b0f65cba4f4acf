"""The body of a request or response as rows: CSV, JSON and JSON lines, as SageMaker's
built-in algorithms, MLflow and usual servers write them."""

import base64
import binascii
import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.model_monitoring.analysis.schema import Column

Row = Mapping[str, Any]

LISTS = ("instances", "predictions", "inputs", "outputs", "dataframe_records", "data")
"""Keys under which servers put a batch: SageMaker ("Common data formats for
inference"), TensorFlow Serving, MLflow."""


class Unreadable(Exception):
    """A body is not what the schema expects; the message is one of few texts, so that
    equal faults can be counted."""


def rows(side: Mapping[str, Any], columns: Sequence[Column]) -> list[Row]:
    """Returns the rows of a captured body. Raises `Unreadable`."""
    text, form = _text(side)
    if form == "csv":
        return _csv(text, columns)
    if form == "lines":
        return [row for line in text.splitlines() if line.strip() for row in _json(line, columns)]
    return _json(text, columns)


def _text(side: Mapping[str, Any]) -> tuple[str, str]:
    """Returns a body's text, and whether it is CSV, JSON or JSON lines."""
    data, encoding = side.get("data"), str(side.get("encoding", "")).upper()
    content_type = str(side.get("observedContentType") or "").partition(";")[0].strip().lower()
    if not isinstance(data, str):
        raise Unreadable("the body is no text")
    if encoding == "BASE64":
        try:
            data = base64.b64decode(data, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError) as error:
            raise Unreadable("the body is no base64 of UTF-8") from error
    elif encoding not in ("CSV", "JSON"):
        raise Unreadable("the encoding is none of CSV, JSON, BASE64")
    if "jsonlines" in content_type or "ndjson" in content_type:
        return data, "lines"
    if encoding == "CSV" or (encoding == "BASE64" and content_type.endswith("csv")):
        return data, "csv"
    if encoding == "JSON" or content_type.endswith("json"):
        return data, "json"
    raise Unreadable("the content type is neither CSV nor JSON")


def _csv(text: str, columns: Sequence[Column]) -> list[Row]:
    names = [column.name for column in columns]
    try:
        lines = [line for line in csv.reader(io.StringIO(text), skipinitialspace=True) if line]
    except csv.Error as error:
        raise Unreadable("the CSV is malformed") from error
    if lines and lines[0] == names:
        del lines[0]
    if len(names) == 1 and len(lines) == 1:
        # SageMaker's XGBoost answers a batch with one line: a score per row.
        return [{names[0]: value} for value in lines[0]]
    if not lines:
        raise Unreadable("the body has no rows")
    if any(len(line) != len(names) for line in lines):
        raise Unreadable("the CSV has not as many fields as the schema has columns")
    return [dict(zip(names, line, strict=True)) for line in lines]


def _json(text: str, columns: Sequence[Column]) -> list[Row]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is no JSON") from error
    found = _rows(body, columns)
    if not found:
        raise Unreadable("the body has no rows")
    return found


def _rows(body: Any, columns: Sequence[Column]) -> list[Row]:
    if isinstance(body, dict):
        return _object(body, columns)
    if isinstance(body, list):
        if len(columns) > 1 and not any(isinstance(item, list | dict) for item in body):
            return [_row(body, columns)]
        return [_row(item, columns) for item in body]
    return [_row(body, columns)]


def _object(body: dict[str, Any], columns: Sequence[Column]) -> list[Row]:
    names = {column.name for column in columns}
    split = body.get("dataframe_split", body)
    if isinstance(split, dict) and {"columns", "data"} <= split.keys():
        return [dict(zip(split["columns"], line, strict=False)) for line in _list(split["data"])]
    for key in LISTS:
        if key not in names and isinstance(body.get(key), list):
            return _rows(body[key], columns)
    shared = [body[name] for name in names if name in body]
    if shared and all(isinstance(value, list) for value in shared):
        if len({len(value) for value in shared}) > 1:
            raise Unreadable("the columns have different lengths")
        return [
            {name: body[name][place] for name in names if name in body}
            for place in range(len(shared[0]))
        ]
    return [_row(body, columns)]


def _row(item: Any, columns: Sequence[Column]) -> Row:
    names = [column.name for column in columns]
    if isinstance(item, dict):
        features = item.get("features")
        if isinstance(features, list | dict) and "features" not in names:
            return _row(features, columns)
        if not any(name in item for name in names):
            raise Unreadable("no column of the schema is there")
        return item
    values = item if isinstance(item, list) else [item]
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if len(values) != len(names):
        raise Unreadable("a row has not as many values as the schema has columns")
    return dict(zip(names, values, strict=True))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(line, list) for line in value):
        raise Unreadable("the body has no rows")
    return value
