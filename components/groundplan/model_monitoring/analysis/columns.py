"""Rows of text and JSON as typed columns: what is missing, what is no number, and one
spelling per category."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundplan.model_monitoring.analysis.exact_sum import Floats
from groundplan.model_monitoring.analysis.schema import Column

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
"""Spellings of a missing value, in any case: of those that pandas reads as one
(`read_csv`, na_values)."""
WHOLE = re.compile(r"-?\d+\.0+")


@dataclass
class Batch:
    """Some rows, as columns."""

    rows: int
    numbers: dict[str, Floats] = field(default_factory=dict)
    """NaN is a missing value, or an invalid one."""
    invalid: dict[str, int] = field(default_factory=dict)
    """By column: values that are no numbers."""
    categories: dict[str, Sequence[str | None]] = field(default_factory=dict)
    """None is a missing value."""


def batch(rows: Sequence[Mapping[str, Any]], columns: Iterable[Column]) -> Batch:
    """Returns rows as columns. A column that a row does not have is missing in it."""
    built = Batch(len(rows))
    for column in columns:
        name = column.name
        if column.kind == "categorical":
            built.categories[name] = [category(row.get(name)) for row in rows]
        else:
            built.numbers[name], built.invalid[name] = _numbers([row.get(name) for row in rows])
    return built


def _numbers(values: list[Any]) -> tuple[Floats, int]:
    """Returns a column of floats, and how many were no numbers."""
    try:
        # The usual case: JSON numbers, or the digits of a CSV.
        array = np.array(values, dtype=np.float64)
        if array.ndim == 1:
            return array, 0
    except (TypeError, ValueError, OverflowError):
        pass
    parsed = [number(value) for value in values]
    invalid = sum(value is None for value in parsed)
    return np.array([math.nan if v is None else v for v in parsed], dtype=np.float64), invalid


def number(value: Any) -> float | None:
    """Returns a value as a float: NaN if it is missing, None if it is no number."""
    if value is None:
        return math.nan
    if isinstance(value, str) and value.strip().lower() in MISSING:
        return math.nan
    if isinstance(value, str | int | float):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return None
    return None


def category(value: Any) -> str | None:
    """Returns a value as the name of a category, None if it is missing. A CSV's `1`,
    its `1.0` and JSON's 1 are one category, as are its `True` and JSON's true."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    lower = text.lower()
    if lower in MISSING:
        return None
    if lower in ("true", "false"):
        return lower
    return text.partition(".")[0] if WHOLE.fullmatch(text) else text
