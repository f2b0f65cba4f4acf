"""Accepted findings as they are written: what is refused, and in which words."""

import datetime
from typing import Any

import pytest
from groundplan.acceptance import entries
from groundplan.acceptance.acceptance import Acceptance, Subject
from groundplan.acceptance.validation import checks

TODAY = datetime.date(2026, 11, 28)
CHECK = checks(["bucket-versioned", "bucket-tls-only"], ["data-loss", "cost"], TODAY)
VALID: dict[str, Any] = {
    "rule": "bucket-versioned",
    "resource": "data-logs",
    "reason": "logs are generated again every night",
    "owner": "ml-platform",
    "expires": "2027-02-28",
}


def problems(*items: Any) -> list[str]:
    return [str(problem) for problem in entries.read(list(items), "acceptedFindings", CHECK)[1]]


def entry(**changed: Any) -> dict[str, Any]:
    return {key: value for key, value in {**VALID, **changed}.items() if value is not None}


def test_a_complete_entry_has_no_problem() -> None:
    assert entries.read([VALID], "acceptedFindings", CHECK) == ({0: VALID}, [])
    pattern = entry(rule=None, risk="data-loss", resource=None, resourcePattern="scratch-*")
    assert problems(pattern) == []


@pytest.mark.parametrize(
    ("wrong", "key", "says"),
    [
        ({"rule": None}, "rule", "set rule or risk"),
        ({"risk": "data-loss"}, "risk", "one of rule and risk"),
        ({"rule": "bucket-versoined"}, "rule", 'did you mean "bucket-versioned"'),
        ({"rule": 5}, "rule", "Allowed: "),
        ({"rule": None, "risk": "dataloss"}, "risk", 'did you mean "data-loss"'),
        ({"resource": None}, "resource", "set resource"),
        ({"resource": "  "}, "resource", "logical name"),
        ({"resource": "data-*"}, "resource", "use resourcePattern"),
        ({"resource": "urn:pulumi:dev"}, "resource", "copy the URN"),
        ({"resourcePattern": "data-*"}, "resourcePattern", "one of resource and resourcePattern"),
        ({"resource": None, "resourcePattern": "*"}, "resourcePattern", "scratch-*"),
        ({"resource": None, "resourcePattern": "data"}, "resourcePattern", "name it by resource"),
        ({"reason": None}, "reason", "set "),
        ({"reason": "later"}, "reason", "10 to 500 characters"),
        ({"reason": "x" * 501}, "reason", "10 to 500 characters"),
        ({"reason": "two\nlines of text"}, "reason", "without control characters"),
        ({"owner": None}, "owner", "set "),
        ({"owner": " "}, "owner", "name the person or team"),
        ({"expires": None}, "expires", "set "),
        ({"expires": "28.02.2027"}, "expires", "YYYY-MM-DD"),
        ({"expires": "2027-02-30"}, "expires", "YYYY-MM-DD"),
        ({"expires": "2027-02-28T00:00:00Z"}, "expires", "YYYY-MM-DD"),
        ({"expires": 2027}, "expires", "write it in quotes"),
        ({"expires": "2028-01-01"}, "expires", "a date until 2027-11-29"),
        ({"expiry": "2027-02-28"}, "expiry", "did you mean expires"),
    ],
)
def test_each_mistake_is_one_error_with_key_and_fix(
    wrong: dict[str, Any], key: str, says: str
) -> None:
    (only,) = problems(entry(**wrong))
    assert only.startswith(f"acceptedFindings[0].{key} ")
    assert says in only
    assert "Allowed: " in only


def test_all_mistakes_of_all_entries_are_reported_at_once() -> None:
    found = problems(entry(owner=""), "bucket-versioned", entry(rule=None, expires="soon"))
    assert [line.split(" ")[0] for line in found] == [
        "acceptedFindings[0].owner",
        "acceptedFindings[1]",
        "acceptedFindings[2].rule",
        "acceptedFindings[2].expires",
    ]


def test_what_is_no_list_is_an_error_that_shows_one() -> None:
    _, (only,) = entries.read({"rule": "x"}, "acceptedFindings")
    assert "Allowed: a list of accepted findings" in str(only)
    assert "resource: data-logs" in str(only)


def test_a_credential_in_a_reason_is_refused_and_not_repeated() -> None:
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    (only,) = problems(entry(reason=f"uses the key {secret} until March"))
    assert "without an AWS access key" in only
    assert secret not in only


def test_a_year_ahead_is_allowed_also_across_a_leap_day() -> None:
    leap = checks(["bucket-versioned"], [], datetime.date(2027, 3, 1))
    assert entries.read([entry(expires="2028-03-01")], "k", leap)[1] == []
    assert entries.read([entry(expires="2028-03-02")], "k", leap)[1] != []


def acceptance(**changed: Any) -> Acceptance:
    spelled = {"resourcePattern": "resource_pattern"}
    found = Acceptance.of_data({spelled.get(k, k): v for k, v in entry(**changed).items()})
    assert found is not None
    return found


URN = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::data-logs"


@pytest.mark.parametrize(
    ("written", "urn", "covers"),
    [
        ({}, URN, True),
        ({}, f"{URN}-2", False),
        ({}, "", False),
        ({"resource": "dev"}, "", True),
        ({"resource": URN}, URN, True),
        ({"resource": URN}, URN.replace("dev", "prod"), False),
        ({"resource": None, "resourcePattern": "data-*"}, URN, True),
        ({"resource": None, "resourcePattern": "[a-z]ata-*"}, URN, False),
        ({"resource": None, "resourcePattern": "DATA-*"}, URN, False),
        ({"resource": "a::b"}, "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::a::b", True),
        ({"resource": "b"}, "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::a::b", False),
    ],
)
def test_an_acceptance_covers_what_it_names_and_nothing_else(
    written: dict[str, Any], urn: str, covers: bool
) -> None:
    found = acceptance(**written)
    assert found.covers(Subject.RULE, "bucket-versioned", urn, "dev") is covers
    assert not found.covers(Subject.RULE, "bucket-tls-only", urn, "dev")
    assert not found.covers(Subject.RISK, "bucket-versioned", urn, "dev")


def test_an_acceptance_holds_through_its_last_day() -> None:
    found = acceptance(expires="2027-02-28")
    assert not found.is_expired(datetime.date(2027, 2, 28))
    assert found.is_expired(datetime.date(2027, 3, 1))
