"""Rules are read from settings, written as DQDL, and refused where they can't hold."""

from typing import Any

import pytest
from groundplan.data.quality import dqdl, rules
from groundplan.data.quality.report import page
from groundplan.data.quality.result import QualityResult, RuleResult
from groundplan.data.quality.rules import RuleKind
from groundplan.data.quality.validation import problems

COUNT = 'CustomSql "select count(*) from '
NEWEST = "select max(unix_timestamp(to_timestamp(`at`))) as newest from primary"
JOINED = "`users` on primary.`user` = `users`.`id`"
OLDEST = "unix_timestamp() - 86400"
EVERYTHING: dict[str, Any] = {
    "minimum_rows": 100,
    "columns": {
        "id": {"complete": 1.0, "unique": True},
        "price": {"min": 0.5, "max": 1e-05 + 99},
        "country": {"allowed": ["DE", "FR"], "complete": 0.99},
        "at": {"newest_within_hours": 24.0},
        "user": {"references": {"input": "users", "column": "id"}},
        "weight": {"largest_drift": 0.1},
    },
}


def test_every_rule_has_its_text_in_the_ruleset() -> None:
    asked = dqdl.evaluated(rules.of_args(EVERYTHING))
    assert dqdl.ruleset(asked).splitlines() == [
        "Rules = [",
        "    RowCount >= 100,",
        f'    {COUNT}({NEWEST}) where newest is null or newest < {OLDEST}" = 0,',
        '    Completeness "country" >= 0.99,',
        '    ColumnValues "country" in ["DE", "FR"] where "country is not null",',
        '    Completeness "id" >= 1,',
        '    IsUnique "id" where "id is not null",',
        '    ColumnValues "price" >= 0.5 where "price is not null",',
        '    ColumnValues "price" <= 99.00001 where "price is not null",',
        f'    {COUNT}primary left anti join {JOINED} where primary.`user` is not null" = 0',
        "]",
    ]


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (1e-15, "0.000000000000001"),
        (-2.5, "-2.5"),
        (0, "0"),
        (1200.0, "1200"),
        (1e22, "10000000000000000000000"),
    ],
)
def test_a_limit_is_written_exactly_and_without_an_exponent(limit: float, text: str) -> None:
    (_rows, rule) = rules.of_args({"columns": {"a": {"min": limit}}})
    assert dqdl.rule_text(rule) == f'ColumnValues "a" >= {text} where "a is not null"'


def test_every_kind_of_rule_is_written() -> None:
    assert {rule.kind for rule in rules.of_args(EVERYTHING)} == set(RuleKind)


def test_rules_and_results_are_read_as_they_are_written() -> None:
    found = rules.of_args(EVERYTHING)
    assert rules.read(rules.text(found)) == found
    result = QualityResult("clicks", "r", 3, (RuleResult("id: unique", False, "2 rows"),))
    assert QualityResult.read(result.text()) == result


def test_names_of_rules_differ() -> None:
    names = [rule.name for rule in rules.of_args(EVERYTHING)]
    assert len(set(names)) == len(names)
    assert "country: allowed DE, FR" in names


def test_a_result_without_rules_has_not_passed() -> None:
    assert not QualityResult("clicks", "r", 3, ()).passed


def test_the_page_shows_each_rule_and_quotes_what_data_says() -> None:
    bad = QualityResult("clicks", "r2", 3, (RuleResult("country: allowed", False, "<script>"),))
    good = QualityResult("clicks", "r1", 2, (RuleResult("country: allowed", True),))
    html = page(bad, [good])
    assert "quarantined" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "r1" in html
    assert "passed" in page(good, [])


def test_the_page_shows_a_rule_without_anything_to_compare_with_as_such() -> None:
    rule = RuleResult("price: largest-drift 0.1", True, "there is nothing to compare with", False)
    html = page(QualityResult("clicks", "r", 3, (rule,)), [])
    assert "<td>not compared</td><td>there is nothing to compare with" in html


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({}, "columns"),
        ({"id": {}}, "columns"),
        ({"a b": {"unique": True}}, "columns.a b"),
        ({"a": {"complete": 0.0}}, "columns.a.complete"),
        ({"a": {"largest_drift": 0.0}}, "columns.a.largest_drift"),
        ({"a": {"largest_drift": 1.0}}, "columns.a.largest_drift"),
        ({"a": {"complete": 1.1}}, "columns.a.complete"),
        ({"a": {"newest_within_hours": 0.0}}, "columns.a.newest_within_hours"),
        ({"a": {"min": 2.0, "max": 1.0}}, "columns.a.min"),
        ({"a": {"max": float("nan")}}, "columns.a.max"),
        ({"a": {"allowed": []}}, "columns.a.allowed"),
        ({"a": {"allowed": ['x"y']}}, "columns.a.allowed[0]"),
        ({"a": {"allowed": ["x"], "min": 1.0}}, "columns.a.allowed"),
        (
            {"a": {"references": {"input": "user", "column": "id"}}},
            "columns.a.references.input",
        ),
        (
            {"a": {"references": {"input": "users", "column": "i d"}}},
            "columns.a.references.column",
        ),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(columns: dict[str, Any], key: str) -> None:
    args: Any = {"columns": columns}
    assert [p.key for p in problems(args, ["users"])] == [key]


def test_rules_that_can_hold_are_accepted() -> None:
    args: Any = EVERYTHING
    assert problems(args, ["users"]) == []


def test_an_input_is_not_named_as_the_data_itself_is_in_rules() -> None:
    args: Any = {"columns": {"a": {"references": {"input": "primary", "column": "id"}}}}
    assert [p.key for p in problems(args, ["primary"])] == ["columns.a.references.input"]


def test_a_text_with_an_apostrophe_is_compared_by_its_bytes() -> None:
    (_rows, rule) = rules.of_args({"columns": {"a": {"allowed": ["it's"]}}})
    quoted = "decode(unhex('69742773'), 'UTF-8')"
    assert (
        dqdl.rule_text(rule)
        == f'{COUNT}primary where `a` is not null and `a` not in ({quoted})" = 0'
    )
