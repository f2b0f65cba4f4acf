"""Good data passes, and each kind of fault is caught. Skipped where `pandera` is not
installed."""

import datetime
import pathlib
from typing import Any

import pytest
from groundplan.data.quality import rules
from groundplan.data.quality.checks import check
from quality_cases import CASES, NOW, PARENTS, Case

pandas = pytest.importorskip("pandas", reason="needs pandas: groundplan[quality]")
pytest.importorskip("pandera", reason="needs pandera: groundplan[quality]")

RULES = rules.of_args(
    {
        "minimum_rows": 3,
        "columns": {
            "id": {"complete": 1.0, "unique": True},
            "price": {"min": 0.0, "max": 10.0, "complete": 0.5},
            "country": {"allowed": ["DE", "FR"]},
            "at": {"newest_within_hours": 24.0},
            "user": {"references": {"input": "users", "column": "id"}},
        },
    }
)
USERS = pandas.DataFrame({"id": ["a", "b", None]})


def table(**changes: Any) -> Any:
    hours = [datetime.timedelta(hours=hours) for hours in (1, 40, 80)]
    columns: dict[str, Any] = {
        "id": ["1", "2", "3"],
        "price": [0.0, 10.0, None],
        "country": ["DE", "FR", None],
        "at": pandas.to_datetime([NOW - ago for ago in hours]),
        "user": ["a", "b", None],
    }
    return pandas.DataFrame({**columns, **changes})


def failed(data: Any) -> list[str]:
    result = check(data, RULES, dataset="clicks", run="r", now=NOW, inputs={"users": USERS})
    assert result.rows == len(data)
    assert len(result.rules) == len(RULES)
    return [rule.rule for rule in result.failed]


def test_good_data_passes_with_missing_values_where_no_rule_forbids_them() -> None:
    assert failed(table()) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"id": ["1", "2", None]}, "id: complete 1"),
        ({"id": ["1", "2", "2"]}, "id: unique"),
        ({"price": [1.0, None, None]}, "price: complete 0.5"),
        ({"price": [-0.01, 1.0, 2.0]}, "price: min 0"),
        ({"price": [1.0, 10.01, 2.0]}, "price: max 10"),
        ({"country": ["DE", "de", "FR"]}, "country: allowed DE, FR"),
        ({"user": ["a", "z", "b"]}, "user: references users.id"),
        (
            {"at": pandas.to_datetime([NOW - datetime.timedelta(hours=25)] * 3)},
            "at: newest-within-hours 24",
        ),
        (
            {"at": pandas.to_datetime([None, None, None]).tz_localize("UTC")},
            "at: newest-within-hours 24",
        ),
    ],
)
def test_each_fault_breaks_its_rule_and_no_other(changes: dict[str, Any], rule: str) -> None:
    assert failed(table(**changes)) == [rule]


def test_too_few_rows_break_the_rule_of_rows() -> None:
    assert failed(table().head(2)) == ["rows 3"]


def test_a_column_that_is_not_there_breaks_all_its_rules() -> None:
    assert failed(table().drop(columns="price")) == [
        "price: complete 0.5",
        "price: min 0",
        "price: max 10",
    ]


def test_texts_in_a_column_of_numbers_break_its_range() -> None:
    assert failed(table(price=["x", "y", "z"])) == ["price: min 0", "price: max 10"]


def test_a_detail_names_the_values_that_broke_a_rule() -> None:
    data = table(country=["DE", "XX", "YY"])
    result = check(data, RULES, dataset="c", run="r", now=NOW, inputs={"users": USERS})
    (rule,) = result.failed
    assert "XX" in rule.detail
    assert "2 rows" in rule.detail


ARROW = {"int": "int32", "bigint": "int64", "boolean": "bool", "date": "date32"}
"""Spark's names of types -> Arrow's, where they differ."""


def as_spark_wrote_it(case: Case, path: pathlib.Path, backend: str) -> Any:
    """Returns a case's table as it is read from a Parquet file."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    if case.type.startswith("timestamp"):
        kind = arrow.timestamp("us", tz="UTC" if case.type == "timestamp" else None)
    elif case.type.startswith("decimal"):
        kind = arrow.decimal128(10, 2)
    else:
        kind = arrow.type_for_alias(ARROW.get(case.type, case.type))
    parquet.write_table(arrow.table({case.column: arrow.array(case.values, kind)}), path)
    return pandas.read_parquet(path, dtype_backend=backend)


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_means_what_it_means_in_aws_glue(
    case: Case, backend: str, tmp_path: pathlib.Path
) -> None:
    (_rows, rule) = rules.of_args({"columns": {case.named: case.rule}})
    found = as_spark_wrote_it(case, tmp_path / "a.parquet", backend)
    users = pandas.DataFrame({"id": list(PARENTS)})
    result = check(found, [rule], dataset="c", run="r", now=NOW, inputs={"users": users})
    assert result.passed is case.passes, result.rules
