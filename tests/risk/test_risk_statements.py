"""IAM statements: what one set allows that another doesn't."""

import json
from typing import Any

import pytest
from groundplan.risk.statements import Statement, less, matches, read


def statement(**parts: Any) -> Statement:
    (found,) = (
        read({"Statement": {"Effect": "Allow", "Action": "s3:Get", "Resource": "*", **parts}}) or ()
    )
    return found


def left(
    new: dict[str, Any], *old: dict[str, Any], literally: bool = False
) -> list[tuple[set[str], set[str]]]:
    """The actions and resources of each part of `new` that `old` doesn't have."""
    parts = less([statement(**new)], [statement(**one) for one in old], literally)
    return [
        ({str(term) for term in part.actions}, {str(term) for term in part.resources})
        for part in parts
    ]


def when(operator: str, *values: str, key: str = "k") -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("s3:*", "s3:get", True),
        ("s3:g?t", "s3:get", True),
        ("s3:get", "s3:get", True),
        ("s3:get", "s3:*", False),
        ("s3:g?t", "s3:g*t", False),
        ("s3:g*", "s3:g?t", True),
        ("*", "", True),
        ("", "a", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxbyy", False),
        ("${b.arn}/*", "${b.arn}/raw/*", True),
        ("${b.arn}/*", "${c.arn}/raw", False),
        ("a[b]", "ab", False),
    ],
)
def test_a_pattern_matches_what_is_inside_it(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_what_is_left_is_exact() -> None:
    new = {"Action": ["a:1", "a:2", "a:3"], "Resource": ["x", "y"]}
    assert left(new, {"Action": ["a:1", "a:2"], "Resource": "x"}) == [
        ({"a:3"}, {"x", "y"}),
        ({"a:1", "a:2"}, {"y"}),
    ]
    assert left(
        new, {"Action": ["a:1", "a:2"], "Resource": "x"}, {"Action": "a:*", "Resource": "y"}
    ) == [({"a:3"}, {"x"})]
    assert left(new, {"Action": "A:*", "Resource": "*"}) == []
    assert left(new, {"Action": "b:*", "Resource": "*"}) == [({"a:1", "a:2", "a:3"}, {"x", "y"})]


def test_literally_a_wildcard_is_not_what_it_covers() -> None:
    assert left({"Action": "a:1"}, {"Action": "a:*"}) == []
    assert left({"Action": "a:1"}, {"Action": "a:*"}, literally=True) == [({"a:1"}, {"*"})]


@pytest.mark.parametrize(
    ("new", "old", "covered"),
    [
        ({"NotAction": ["a:*", "b:*"]}, {"NotAction": "a:*"}, True),
        ({"NotAction": "a:*"}, {"NotAction": ["a:*", "b:*"]}, False),
        ({"Action": "b:1"}, {"NotAction": "a:*"}, True),
        ({"Action": "a:1"}, {"NotAction": "a:*"}, False),
        ({"Action": "a*x"}, {"NotAction": "ab*"}, False),
        ({"NotAction": "a:*"}, {"Action": "*"}, True),
        ({"NotAction": "a:*"}, {"Action": "b:*"}, False),
        ({"NotResource": "x"}, {"Resource": "y"}, False),
        (when("StringEquals", "1"), {}, True),
        ({}, when("StringEquals", "1"), False),
        (when("StringEquals", "1"), when("StringEquals", "1", "2"), True),
        (when("StringEquals", "1", "2"), when("StringEquals", "1"), False),
        (when("StringLike", "raw/a"), when("StringLike", "raw/*"), True),
        (when("StringEquals", "raw/a"), when("StringEquals", "raw/*"), False),
        (when("StringNotEquals", "1", "2"), when("StringNotEquals", "1"), True),
        (when("StringNotEquals", "1"), when("StringNotEquals", "1", "2"), False),
        (when("StringEquals", "1"), when("StringEqualsIfExists", "1"), True),
        (when("StringEqualsIfExists", "1"), when("StringEquals", "1"), False),
        (when("Bool", "true", key="AWS:x"), when("Bool", "true", key="aws:X"), True),
        (when("Bool", "true"), when("Bool", "false"), False),
        ({"Effect": "Deny"}, {}, False),
        (
            {"Principal": {"AWS": "123456789012"}},
            {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
            True,
        ),
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": "a"}}, {"Principal": {"AWS": ["a", "b"]}}, True),
        ({"Principal": {"AWS": ["a", "b"]}}, {"Principal": {"AWS": "a"}}, False),
    ],
)
def test_a_statement_is_covered_by_one_that_allows_as_much(
    new: Any, old: Any, covered: bool
) -> None:
    assert (not list(less([statement(**new)], [statement(**old)]))) is covered


@pytest.mark.parametrize(
    ("document", "count"),
    [
        ("", None),
        ("{", None),
        ("[]", None),
        ('{"a": 1}', None),
        ('"Statement"', None),
        (3, None),
        ({"Statement": []}, 0),
        ({"Statement": "x"}, 0),
        ({"Statement": [{}, 3, None]}, 1),
        ('{"Statement": {"Effect": "Allow"}}', 1),
        ('{"Statement": ' + "[" * 100_000, None),
    ],
)
def test_what_is_no_policy_is_distinguished(document: Any, count: int | None) -> None:
    found = read(document)
    assert (found if found is None else len(found)) == count


def test_a_statement_without_actions_is_ignored() -> None:
    assert list(less([statement(Action=[])], [])) == []


def test_large_policies_compare_quickly() -> None:
    """The largest that AWS takes have 20 KB; this one has a hundred."""

    def document(end: str) -> str:
        parts = [
            {
                "Sid": f"s{number}",
                "Effect": "Allow",
                "Action": [f"s3:Get{number}x{i}*" for i in range(100)],
                "Resource": [f"arn:aws:s3:::{number}-{i}*a*b*{end}" for i in range(100)],
            }
            for number in range(20)
        ]
        return json.dumps({"Statement": parts})

    old, new = read(document("old")), read(document("new"))
    assert len(list(less(new or (), old or ()))) == 20


def test_a_pattern_full_of_stars_comes_to_an_end() -> None:
    assert not matches("a*" * 50 + "b", "a" * 2_000)
