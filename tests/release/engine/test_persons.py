"""Who is behind a principal: whether two are one person."""

import pytest
from groundplan.release.engine.principals import as_property, is_same_person, person

ROLE = "arn:aws:sts::123456789012:assumed-role/trainers"
USER = "arn:aws:iam::123456789012:user"
CENTER = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO"
LONG = f"{USER}/{'p' * 300}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{ROLE}/kim", f"{ROLE}/kim"),
        (f"{USER}/kim,jo", f"{USER}/kim,jo"),
        (f"{LONG}/kim", f"{LONG}/kim"),
        (f"{CENTER}_Trainers_01ab/kim@example.com", f"{CENTER}_Approvers_89ef/kim@example.com"),
        (f"{ROLE}/botocore-session-1764360000", f"{ROLE}/botocore-session-1764360001"),
        (f"{ROLE}/botocore-session-1764360000", f"{ROLE}/kim"),
        (f"{ROLE}/aws-sdk-js-1764360000", f"{ROLE}/kim"),
    ],
)
def test_a_principal_is_one_person_also_where_the_registry_holds_it(one: str, other: str) -> None:
    assert is_same_person(one, other)
    assert is_same_person(other, one)
    assert is_same_person(as_property(one), other)
    assert person(as_property(one)) == person(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{ROLE}/kim", f"{ROLE}/jo"),
        (f"{ROLE}/kim", f"{ROLE}-2/kim"),
        (f"{ROLE}/botocore-session-1", f"{ROLE}-2/botocore-session-2"),
        (f"{USER}/kim", f"{USER}/kim/jo"),
        ("jwt:login.example.com:kim", "jwt:login.example.com:kim/jo"),
        (f"{CENTER}_Trainers_01ab/kim@example.com", f"{CENTER}_Trainers_01ab/jo@example.com"),
    ],
)
def test_two_persons_are_two(one: str, other: str) -> None:
    assert not is_same_person(one, other)
    assert not is_same_person(as_property(one), as_property(other))
