"""A bill in a file of a Cost and Usage Report or a data export: CSV, CSV with gzip, or
Parquet, of CUR 2.0 and of the report before it."""

import csv
import gzip
import json
import math
import pathlib
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from groundplan.cost.spending.bill import (
    COMPONENT,
    TEAM,
    Bill,
    BillError,
    Line,
    Period,
    by_team,
)

COST, KIND = "line_item_unblended_cost", "line_item_line_item_type"
NEEDED = (COST, KIND, "line_item_product_code", "line_item_usage_start_date")
TAGS = "resource_tags"
USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
"""Line item types that are usage (AWS Data Exports User Guide, "Line item columns")."""


def read(file: pathlib.Path, period: Period, tags: Mapping[str, str]) -> Bill:
    """Returns the bill of what has all of `tags`. Raises `BillError`."""
    wanted = {_plain(key): value for key, value in tags.items()}
    sums: dict[tuple[str, str, str, str], list[float]] = {}
    not_compared = 0.0
    first, last = f"{period.start}", f"{period.end}"
    for row in _rows(file):
        if not first <= str(row["line_item_usage_start_date"])[:10] < last:
            continue
        own = _tags(row)
        if any(own.get(key) != value for key, value in wanted.items()):
            continue
        usd = _number(row[COST])
        if row[KIND] not in USAGE:
            not_compared += usd
            continue
        key = (
            own.get(_plain(COMPONENT), ""),
            str(row["line_item_product_code"]),
            str(row.get("line_item_usage_type") or ""),
            own.get(_plain(TEAM), ""),
        )
        total = sums.setdefault(key, [0.0, 0.0])
        total[0] += usd
        total[1] += _number(row.get("line_item_usage_amount"))
    lines = tuple(
        Line(component, service, usd, kind, amount, team)
        for (component, service, kind, team), (usd, amount) in sorted(sums.items())
    )
    return Bill(period, lines, file.name, by_team(lines), not_compared)


def _rows(file: pathlib.Path) -> Iterator[Mapping[str, Any]]:
    try:
        rows = _parquet(file) if file.name.endswith(".parquet") else _csv(file)
        for row in rows:
            yield {_plain_column(name): value for name, value in row.items() if name}
    except OSError as error:
        raise BillError(f"{file} can't be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error, EOFError, zlib.error) as error:
        raise BillError(f"{file.name} is no CSV: {error}") from None


def _check(file: pathlib.Path, columns: Iterable[str]) -> None:
    """Raises `BillError` where a file, even one without rows, is no cost report."""
    named = {_plain_column(name) for name in columns}
    missing = [name for name in NEEDED if name not in named]
    if missing:
        raise BillError(
            f"{file.name} is no cost report: it lacks {', '.join(missing)}. Fix: export "
            "the table COST_AND_USAGE_REPORT, as a CostGuard's dataExport does"
        )


def _csv(file: pathlib.Path) -> Iterator[Mapping[str, Any]]:
    with _opened(file) as stream:
        rows = csv.DictReader(stream)
        _check(file, rows.fieldnames or ())
        yield from rows


def _opened(file: pathlib.Path) -> TextIO:
    if file.name.endswith(".gz"):
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _parquet(file: pathlib.Path) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]
    except ImportError:
        raise BillError(
            f"{file.name} is Parquet, and pyarrow is not installed. Fix: pip install pyarrow, or "
            "export CSV"
        ) from None
    try:
        opened = parquet.ParquetFile(file)
        _check(file, opened.schema_arrow.names)
        names = [
            name for name in opened.schema_arrow.names if _plain_column(name).startswith(
                ("line_item", TAGS)
            )
        ]  # fmt: skip
        for batch in opened.iter_batches(columns=names):
            yield from batch.to_pylist()
    except ArrowException as error:
        raise BillError(f"{file.name} is no Parquet: {error}") from None


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    """Returns the tags of a line: a map in CUR 2.0, a column each in the report before
    it."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if name == TAGS and value:
            found |= {_plain_tag(key): str(text) for key, text in _pairs(value)}
        elif name.startswith(f"{TAGS}_user_") and value:
            found[name.removeprefix(f"{TAGS}_user_")] = str(value)
    return found


def _pairs(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return ()
    if isinstance(value, Mapping):
        return list(value.items())
    return list(value) if isinstance(value, list) else ()


def _plain_column(name: str) -> str:
    """A column as CUR 2.0 spells it: `lineItem/UnblendedCost` is
    `line_item_unblended_cost`."""
    if "/" in name:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return _plain(name)


def _plain_tag(key: str) -> str:
    return re.sub(r"^user_", "", _plain(key))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())


def _number(value: Any) -> float:
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0
