"""Schedules: which are valid, and how long it is between two invocations."""

import datetime

import pytest
from groundplan.eventbridge.schedule_expressions import Gaps, gaps, latest, per_month, problems

WEEK = 7 * 24


@pytest.mark.parametrize(
    ("expression", "shortest", "longest"),
    [
        ("rate(30 minutes)", 0.5, 0.5),
        ("rate(1 hour)", 1, 1),
        ("rate(7 days)", WEEK, WEEK),
        ("cron(30 0 * * ? *)", 24, 24),
        ("cron(0 6,18 * * ? *)", 12, 12),
        ("cron(0 6,9 * * ? *)", 3, 21),
        ("cron(0/15 * * * ? *)", 0.25, 0.25),
        ("cron(0 3 ? * MON *)", WEEK, WEEK),
        ("cron(0 3 ? * MON-FRI *)", 24, 72),
        ("cron(0 3 ? * 2,6 *)", 72, 96),
        ("cron(0 3 1 * ? *)", 28 * 24, 31 * 24),
        ("cron(0 3 1 JAN,JUL ? *)", 181 * 24, 184 * 24),
        ("cron(0 0 1/10 * ? *)", 24, 240),
    ],
)
def test_the_hours_between_invocations_are_known(
    expression: str, shortest: float, longest: float
) -> None:
    assert problems("schedule", expression) == []
    assert gaps(expression) == Gaps(shortest, longest)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 3 L * ? *)",
        "cron(0 3 ? * 2#1 *)",
        "cron(0 3 15W * ? *)",
        "cron(0 3 * * ? 2027)",
        "cron(0 3 ? * FRI#2 *)",
        "cron(0 3 ? * FRIL *)",
        "cron(0 3 LW * ? 2026-2030)",
    ],
)
def test_what_depends_on_the_month_is_valid_and_not_known(expression: str) -> None:
    assert problems("schedule", expression) == []
    assert gaps(expression) is None


@pytest.mark.parametrize(
    "expression",
    ["daily", "rate(0 days)", "rate(1 week)", "at(2026-11-28T00:00:00)", "cron(0 3 * * *)",
     "cron(0 3 * * * *)", "cron(0 3 ? * ? *)", "cron(99 3 * * ? *)", "cron(0 24 * * ? *)",
     "cron(0 3 32 * ? *)", "cron(0 3 * 13 ? *)", "cron(0 3 ? * 8 *)", "cron(0 3 ? * MONDAY *)",
     "cron(0 3 ? * 2#6 *)", "cron(0/0 * * * ? *)", "cron(0 3 * * ? 99)", "cron(? 3 * * ? *)"],
)  # fmt: skip
def test_what_is_no_recurring_schedule_is_refused(expression: str) -> None:
    (problem,) = problems("schedule", expression)
    assert problem.key == "schedule"
    assert problems("schedule", problem.fix.split(" or ")[1]) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 3 * * ? *)", "2026-11-28T03:00"),
        ("cron(30 12 * * ? *)", "2026-11-27T12:30"),
        ("cron(0 12 ? * SUN *)", "2026-11-22T12:00"),
        ("cron(0/15 * * * ? *)", "2026-11-28T12:00"),
        ("cron(0 0 29 2 ? *)", "2024-02-29T00:00"),
        ("cron(0 3 L * ? *)", None),
        ("cron(0 3 * * ? 2027)", None),
        ("rate(1 day)", None),
    ],
)
def test_the_last_invocation_of_a_cron_expression(expression: str, expected: str | None) -> None:
    now = datetime.datetime(2026, 11, 28, 12, 10, tzinfo=datetime.UTC)
    found = latest(expression, now)
    assert (found and f"{found:%Y-%m-%dT%H:%M}") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 day)", 730 / 24),
        ("rate(15 minutes)", 2920),
        ("cron(0 3 * * ? *)", 730 / 24),
        ("cron(0 6,9 * * ? *)", 2 * 730 / 24),
        ("cron(0/30 8-9 ? * MON-FRI *)", 4 * 5 * 730 / WEEK),
        ("cron(0 3 1 * ? *)", 1),
        ("cron(0 3 L * ? *)", None),
    ],
)
def test_the_invocations_of_a_month(expression: str, expected: float | None) -> None:
    found = per_month(expression)
    assert found == (expected and pytest.approx(expected, rel=0.02))
