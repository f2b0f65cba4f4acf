"""Managed data identifiers: a misspelt one is refused with the one that it may mean."""

import pytest
from groundplan.context import Context
from groundplan.logs import data_identifiers
from groundplan.logs.args import LogStoreArgs
from groundplan.logs.validation import validate
from groundplan.problems import Problem


def problems(name: str) -> list[Problem]:
    args: LogStoreArgs = {"data_protection": {"identifiers": [name]}}
    found = validate(args, Context("logs", "project", "test"))
    return [p for p in found if p.key == "data_protection.identifiers[0]"]


@pytest.mark.parametrize("name", sorted(data_identifiers.NAMES))
def test_an_identifier_of_the_guide_is_accepted(name: str) -> None:
    assert problems(name) == []


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("EmailAdress", "EmailAddress"),
        ("emailAddress", "EmailAddress"),
        ("CreditcardNumber", "CreditCardNumber"),
        ("PhoneNumber", "PhoneNumber-BR"),
        ("PhoneNumber-JP", "PhoneNumber-BR"),
        ("PhoneNumbr-US", "PhoneNumber-US"),
        ("Ssn", "Ssn-ES"),
        ("arn:aws:dataprotection::aws:data-identifier/EmailAddress", ""),
    ],
)
def test_another_name_is_refused_with_the_allowed_ones(name: str, fix: str) -> None:
    (problem,) = problems(name)
    assert "EmailAddress" in problem.allowed or "-US" in problem.allowed
    if fix:
        assert problem.fix.startswith(f"use {fix}")
