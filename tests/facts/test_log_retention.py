import pytest
from groundplan.facts import log_retention


@pytest.mark.parametrize("days", [1, 90, 3653])
def test_a_listed_retention_is_accepted(days: int) -> None:
    assert log_retention.problems("retention_days", days) == []


@pytest.mark.parametrize(("days", "longer"), [(0, 1), (31, 60), (3654, 3653)])
def test_another_is_refused_and_the_next_longer_one_proposed(days: int, longer: int) -> None:
    (problem,) = log_retention.problems("retention_days", days)

    assert (problem.key, problem.value, problem.fix) == ("retention_days", days, f"use {longer}")
    assert "90" in problem.allowed


@pytest.mark.parametrize("value", [None, "90", True])
def test_what_is_no_known_number_is_not_judged(value: object) -> None:
    assert log_retention.problems("retention_days", value) == []
