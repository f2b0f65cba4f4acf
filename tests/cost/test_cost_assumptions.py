import json
from dataclasses import fields

import pytest
from groundplan.cost.assumptions import QUANTITIES, Assumptions


def test_assumptions_survive_json() -> None:
    own = Assumptions(nat_gb=5, resources={"net-nat-1": {"nat_gb": 2.5}})
    assert Assumptions.from_data(json.loads(json.dumps(own.to_data()))) == own


def test_nothing_given_is_the_defaults() -> None:
    assert Assumptions.from_data({}) == Assumptions()


def test_every_quantity_says_what_it_is_and_in_which_unit() -> None:
    assert len(QUANTITIES) == len(fields(Assumptions)) - 1
    for name in QUANTITIES:
        words, text = Assumptions().words(name)
        assert words
        assert text.split(" ", 1)[1]


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ValueError, match="not a quantity") as error:
        Assumptions.from_data(
            {
                "nat_tb": 1,
                "bucket_gb": -1,
                "log_gb": True,
                "resources": {"b": {"bucket_gb": "1"}, "c": 3},
            }
        )
    message = str(error.value)
    assert message.startswith("nat_tb: not a quantity; there are nat_gb, ")
    assert message.endswith(
        "bucket_gb: -1 is not a number of at least 0; log_gb: True is not a number of at least 0; "
        "resources.b.bucket_gb: '1' is not a number of at least 0; resources.c: expected a "
        "mapping from quantities to numbers"
    )


def test_a_resources_quantity_takes_the_place_of_the_general_one() -> None:
    own = Assumptions(log_gb=2, resources={"audit": {"log_gb": 0}})
    assert (own.of("log_gb", "audit"), own.of("log_gb", "other")) == (0, 2)
    assert own.words("log_gb", ["other", "audit"]) == (
        "logs",
        "2 GB a month and log group (audit: 0)",
    )
    assert own.words("log_gb", ["other"]) == ("logs", "2 GB a month and log group")
