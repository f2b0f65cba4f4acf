"""The schema of a dataset, inferred from its rows: for those who do not write one."""

from collections.abc import Iterable, Mapping
from typing import Any

from groundplan.model_monitoring.analysis import columns
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.payload import Row
from groundplan.model_monitoring.analysis.schema import Column, Kind, Schema

ROWS = 10_000
"""Rows that are looked at."""
MOST_CODES = 10
"""Distinct whole numbers of a column that is taken for codes, not for a measure."""


def schema(
    rows: Iterable[Row],
    outputs: tuple[str, ...],
    skipped: tuple[str, ...] = (),
    kinds: Mapping[str, Kind] | None = None,
    **rest: Any,
) -> Schema:
    """Returns the schema of the first rows: columns in their order, those named in
    `outputs` as the response, of the kinds that are known. `rest` are the schema's
    other fields."""
    seen: dict[str, list[Any]] = {}
    for _, row in zip(range(ROWS), rows, strict=False):
        for name, value in row.items():
            seen.setdefault(name, []).append(value)
    lacking = [name for name in (*outputs, *skipped, *(kinds or {})) if name not in seen]
    if lacking:
        raise InvalidDocument(f"the dataset has no column {', '.join(lacking)}")
    found = {name: kind(values) for name, values in seen.items() if name not in skipped}
    found |= {**(kinds or {}), **_required(found, rest)}
    features = [Column(name, k) for name, k in found.items() if name not in (*outputs, "label")]
    return Schema(tuple(features), tuple(Column(n, found[n]) for n in outputs), **rest)


def _required(kinds: Mapping[str, Kind], rest: Mapping[str, Any]) -> dict[str, Kind]:
    """Returns the kinds of the prediction and the score, which follow from the task."""
    wanted: Kind = "numeric" if rest.get("task", "regression") == "regression" else "categorical"
    found: dict[str, Kind] = {}
    if rest.get("prediction") in kinds:
        found[rest["prediction"]] = wanted
    if rest.get("score") in kinds:
        found[rest["score"]] = "numeric"
    return found


def kind(values: list[Any]) -> Kind:
    """Returns whether a column is a measure, or names and codes."""
    if any(isinstance(value, bool) for value in values):
        return "categorical"
    numbers = [columns.number(value) for value in values]
    if any(value is None for value in numbers):
        return "categorical"
    known = {value for value in numbers if value is not None and value == value}
    if known and len(known) <= MOST_CODES and all(value.is_integer() for value in known):
        return "categorical"
    return "numeric"
