"""Checks of a table by pandera, where it fits into memory: in a container, a notebook
or a test. Needs `pandas` and `pandera`.

A rule means what its DQDL text means in AWS Glue (`dqdl.py`):
`tests/data/versions/quality_cases.py` has both on the same data. Read Parquet files
with `dtype_backend="numpy_nullable"`: else whole numbers become fractions where some
are missing.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.data.quality import tables, values
from groundplan.data.quality.result import QualityResult, RuleResult
from groundplan.data.quality.rules import QualityRule, RuleKind

MOST_SHOWN = 5
"""Values that a detail names."""


def check(
    table: Any,
    rules: Sequence[QualityRule],
    *,
    dataset: str,
    run: str,
    now: datetime.datetime,
    inputs: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
) -> QualityResult:
    """Returns what comes of the rules for a table of pandas. `inputs` are the tables of
    references by name, `now` is the time that freshness is counted from, `before` are
    the statistics of the last version (`DatasetVersion.statistics`)."""
    table = values.normal(table)
    compared: dict[str, RuleResult] = {}
    if drifts := [rule for rule in rules if rule.kind is RuleKind.DISTRIBUTION]:
        compared = tables.compared(table, drifts, before or {})
    others = [rule for rule in rules if rule.name not in compared]
    broken = _broken(table, others, now, inputs or {})
    results = [
        compared.get(r.name) or RuleResult(r.name, r.name not in broken, broken.get(r.name, ""))
        for r in rules
    ]
    return QualityResult(dataset, run, len(table), tuple(results))


def _broken(
    table: Any, rules: Sequence[QualityRule], now: datetime.datetime, inputs: Mapping[str, Any]
) -> dict[str, str]:
    """Returns the names of rules that did not pass -> why."""
    import pandera.pandas as pandera

    found: dict[str, str] = {}
    columns: dict[str, list[Any]] = {}
    # Spark does not distinguish `Id` and `id`.
    names = {str(name).lower(): name for name in table.columns}
    for rule in rules:
        column = names.get(rule.column.lower(), "")
        if rule.column and not column:
            found[rule.name] = f"there is no column {rule.column}"
        elif rule.column:
            columns.setdefault(column, []).append(_check(pandera, rule, now, inputs))
        elif len(table) < rule.limit:
            found[rule.name] = f"there are {len(table)} rows"
    schema = pandera.DataFrameSchema(
        {
            name: pandera.Column(checks=checks, nullable=True, required=True)
            for name, checks in columns.items()
        }
    )
    try:
        schema.validate(table, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        for error in errors.schema_errors:
            name = getattr(error.check, "name", None) or str(error.check)
            found[name] = _detail(error)
    return found


def _check(
    pandera: Any, rule: QualityRule, now: datetime.datetime, inputs: Mapping[str, Any]
) -> Any:
    """Returns a rule as a check of one column. Elements that are missing do not reach
    it, unless `ignore_na` is false."""
    named = {"name": rule.name, "error": rule.name}
    limit = rule.limit
    if rule.kind is RuleKind.COMPLETE:
        # Of no rows, no share is there.
        return pandera.Check(lambda s: bool(s.notna().mean() >= limit), ignore_na=False, **named)
    if rule.kind is RuleKind.UNIQUE:
        return pandera.Check(lambda s: ~s.duplicated(keep=False), **named)
    if rule.kind is RuleKind.MIN:
        return pandera.Check(lambda s: values.numbers(s) >= limit, **named)
    if rule.kind is RuleKind.MAX:
        return pandera.Check(lambda s: values.numbers(s) <= limit, **named)
    if rule.kind is RuleKind.ALLOWED:
        return pandera.Check(lambda s: values.texts(s).isin(rule.values), **named)
    if rule.kind is RuleKind.REFERENCE:
        there = set(inputs[rule.input][rule.input_column].dropna())
        return pandera.Check.isin(there, **named)
    oldest = now - datetime.timedelta(hours=limit)
    # Without a value nothing is fresh.
    return pandera.Check(
        lambda s: bool((values.times(s) >= oldest).any()), ignore_na=False, **named
    )


def _detail(error: Any) -> str:
    cases = error.failure_cases
    values = (
        list(dict.fromkeys(map(str, cases["failure_case"]))) if hasattr(cases, "columns") else []
    )
    if not values or values == ["False"]:
        return "not enough of the rows do"
    rest = f" and {len(values) - MOST_SHOWN} more" if len(values) > MOST_SHOWN else ""
    return f"{len(cases)} rows: {', '.join(values[:MOST_SHOWN])}{rest}"
