"""Sketches of a table of pandas. Needs `pandas` and numpy."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.data.quality import distribution
from groundplan.data.quality.result import RuleResult
from groundplan.data.quality.rules import QualityRule
from groundplan.data.sketches import CATEGORICAL, NUMERIC, ROWS, Choice, Counts, Layout, Row


def kinds(table: Any) -> dict[str, str]:
    """Returns the kind of each column: numeric, categorical, or empty for one that is
    not counted."""
    from pandas.api import types  # type: ignore[import-untyped]

    found = {}
    for name, column in table.items():
        if types.is_bool_dtype(column) or types.is_string_dtype(column.dropna()):
            kind = CATEGORICAL
        else:
            kind = NUMERIC if types.is_numeric_dtype(column) else ""
        found[str(name)] = kind
    return found


def schema(table: Any) -> dict[str, Any]:
    """Returns format and columns of a table that was read from Parquet files, as a
    dataset version has them."""
    from pandas.api import types

    def kind(column: Any) -> str:
        if types.is_bool_dtype(column):
            return "boolean"
        if types.is_integer_dtype(column):
            return "integer"
        if types.is_numeric_dtype(column):
            return "number"
        return "string" if types.is_string_dtype(column.dropna()) else str(column.dtype)

    columns = [{"name": str(name), "type": kind(column)} for name, column in table.items()]
    return {"format": "parquet", "columns": columns}


def counted(table: Any, layout: Layout | None = None) -> Counts:
    """Returns the counts of a table: in a layout, or in one that is chosen from it."""
    if layout is None:
        of = kinds(table)
        choice = Choice(
            [name for name, kind in of.items() if kind == NUMERIC],
            [name for name, kind in of.items() if kind == CATEGORICAL],
            [name for name, kind in of.items() if not kind],
        )
        for place, batch in enumerate(_batches(table)):
            choice.add(batch, "table", place * ROWS)
        layout = choice.layout()
    counts = Counts.empty(layout)
    for batch in _batches(table):
        counts.add(batch)
    return counts


def compared(
    table: Any, rules: Sequence[QualityRule], before: Mapping[str, Any]
) -> dict[str, RuleResult]:
    """Returns what comes of rules of a distribution, by their names."""
    last = Counts.read(before) if before else None
    now = counted(table, last.layout) if last else Counts.empty(Layout({}, {}))
    of = kinds(table)
    return {
        rule.name: distribution.outcome(rule, last, now, of.get(rule.column, "")) for rule in rules
    }


def _batches(table: Any) -> Iterator[list[Row]]:
    for start in range(0, len(table), ROWS):
        part = table.iloc[start : start + ROWS].astype(object)
        yield part.where(part.notna(), None).to_dict("records")
