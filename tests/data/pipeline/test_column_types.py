"""Types of columns: those of Iceberg in the words of Hive, and what a misspelt one may
mean."""

import pytest
from groundplan.data.pipeline import column_types


@pytest.mark.parametrize(
    "type_",
    [
        *column_types.PRIMITIVES,
        "decimal(10,2)",
        "decimal(38, 0)",
        "array<string>",
        "map<string,array<double>>",
        "struct<id:bigint,price:decimal(10,2),tags:map<string,string>>",
        "array<struct<a:int>>",
    ],
)
def test_a_type_of_iceberg_is_accepted(type_: str) -> None:
    assert list(column_types.problems("c", type_)) == []


@pytest.mark.parametrize(
    ("type_", "fix"),
    [
        ("bigitn", "bigint"),
        ("Bigint", "bigint"),
        ("strng", "string"),
        ("timestmap", "timestamp"),
        ("varchar(10)", "string"),
        ("smallint", "int"),
        ("long", "bigint"),
        ("datetime", "timestamp"),
        ("array<strng>", "string"),
        ("struct<id:bigint,at:datetime>", "timestamp"),
        ("map<string,doubel>", "double"),
        ("", ""),
        ("x", ""),
        ("decimal", ""),
        ("decimal(39,0)", ""),
        ("decimal(5,6)", ""),
        ("array<>", ""),
        ("array<int,int>", ""),
        ("map<string>", ""),
        ("list<int>", ""),
        ("struct<id>", ""),
        ("struct<1:int>", ""),
        ("array<int>>", ""),
        ("int>", ""),
        ("map<string,int", ""),
    ],
)
def test_another_type_is_refused_with_the_allowed_ones(type_: str, fix: str) -> None:
    (problem,) = column_types.problems("c", type_)
    assert "bigint, binary" in problem.allowed
    if fix:
        assert problem.fix.startswith(f"write {fix} in place of ")
