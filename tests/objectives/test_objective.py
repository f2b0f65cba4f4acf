"""Objectives, their budgets and burn rates."""

from typing import Any

import pytest
from groundplan.objectives import objective as objectives
from groundplan.objectives.burn_rates import BURN_RATES


def test_a_burn_rate_spends_the_budget_of_the_workbook() -> None:
    spent = {burn.role: round(burn.budget_percent, 6) for burn in BURN_RATES}
    assert spent == {"hour": 2, "quarter-day": 5, "day": 10}


def test_the_short_window_is_a_twelfth_of_the_long_one() -> None:
    assert all(burn.long_minutes == 12 * burn.short_minutes for burn in BURN_RATES)


def test_no_window_is_longer_than_an_alarm_can_evaluate() -> None:
    assert max(burn.long_minutes for burn in BURN_RATES) <= 24 * 60


@pytest.mark.parametrize(
    ("percent", "budget"), [(99.9, 0.001), (99, 0.01), (99.99, 0.0001), (95, 0.05)]
)
def test_the_budget_is_what_the_objective_leaves(percent: float, budget: float) -> None:
    (found,) = objectives.resolve({"availability_percent": percent})
    assert found.budget == budget


def test_an_outage_reaches_every_burn_rate_of_the_lowest_objective() -> None:
    budget = 1 - objectives.LEAST_PERCENT / 100
    assert all(burn.rate * budget < 1 for burn in BURN_RATES)


def test_both_objectives_are_resolved_with_the_default() -> None:
    availability, latency = objectives.resolve({"availability_percent": 99.9, "latency_ms": 300})
    assert (availability.role, availability.latency_ms) == ("availability", None)
    assert (latency.role, latency.percent, latency.latency_ms) == ("latency", 99, 300)
    assert latency.summary == "99 % of the requests answered within 300 ms"


@pytest.mark.parametrize(
    ("args", "keys"),
    [
        ({}, ["availability_percent"]),
        ({"availability_percent": 100}, ["availability_percent"]),
        ({"availability_percent": 89.9}, ["availability_percent"]),
        ({"availability_percent": float("nan")}, ["availability_percent"]),
        ({"latency_ms": 0}, ["latency_ms"]),
        ({"latency_ms": 300, "latency_percent": 100}, ["latency_percent"]),
        ({"availability_percent": 99, "latency_percent": 99}, ["latency_percent"]),
        ({"availability_percent": 101, "latency_ms": -1}, ["availability_percent", "latency_ms"]),
        ({"availability_percent": 94.9}, ["availability_percent"]),
        ({"latency_ms": 1, "latency_percent": 50}, ["latency_percent"]),
        ({"availability_percent": 95}, []),
        ({"latency_ms": 1, "latency_percent": 95}, []),
    ],
)
def test_what_no_objective_can_be_is_refused(args: Any, keys: list[str]) -> None:
    assert [problem.key for problem in objectives.problems(args)] == keys
