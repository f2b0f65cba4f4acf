from datetime import UTC, datetime
from typing import Any

import pytest
from groundplan.training.nodes import capacity_window
from groundplan.training.nodes.capacity_window import Window, problems

START = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
BLOCK = {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"}


def test_a_window_is_read_as_it_is_written() -> None:
    assert not problems(BLOCK)
    assert capacity_window.resolve(BLOCK) == Window(
        START, datetime(2026, 12, 15, 11, 30, tzinfo=UTC)
    )


def test_its_start_as_a_cron_expression_is_the_first_whole_minute() -> None:
    assert capacity_window.resolve(BLOCK).recurrence == "30 11 1 12 *"
    late = capacity_window.resolve({**BLOCK, "start": "2026-12-31T23:59:30+00:00"})
    assert late.recurrence == "0 0 1 1 *"


@pytest.mark.parametrize(
    ("overrides", "key", "allowed"),
    [
        ({"start": "2026-12-01"}, "start", "a time in UTC"),
        ({"start": "tomorrow"}, "start", "a time in UTC"),
        ({"start": "2026-12-01T11:30:00"}, "start", "a time in UTC"),
        ({"start": "2026-12-01T12:30:00+01:00"}, "start", "a time in UTC"),
        ({"end": "2026-12-32T11:30:00Z"}, "end", "a time in UTC"),
        ({"end": "2026-11-30T11:30:00Z"}, "end", "after the start"),
        ({"end": BLOCK["start"]}, "end", "after the start"),
        ({"end": "2026-12-01T12:10:00Z"}, "end", "more than 40 minutes"),
        ({"end": "2027-06-01T11:30:01Z"}, "end", "at most 182 days"),
    ],
)
def test_an_invalid_window_is_refused(overrides: dict[str, str], key: str, allowed: str) -> None:
    reported = problems({**BLOCK, **overrides})

    assert [problem.key for problem in reported] == [key]
    assert allowed in reported[0].allowed
    assert reported[0].fix


@pytest.mark.parametrize("end", ["2026-12-01T12:10:01Z", "2027-06-01T11:30:00Z"])
def test_a_window_may_be_as_short_and_as_long_as_ec2_sells_them(end: str) -> None:
    assert not problems({**BLOCK, "end": end})


def test_both_ends_are_judged_and_what_is_missing_is_left_to_others() -> None:
    assert [p.key for p in problems({"start": "x", "end": "y"})] == ["start", "end"]
    assert not problems({"start": BLOCK["start"]})


@pytest.mark.parametrize(("minute", "over"), [(49, False), (50, True)])
def test_who_knows_the_time_learns_that_a_window_is_over(minute: int, over: bool) -> None:
    now = datetime(2026, 12, 15, 10, minute, tzinfo=UTC)

    assert bool(problems(BLOCK, now)) is over
    assert not problems(BLOCK)


def test_a_window_with_problems_is_not_read() -> None:
    wrong: Any = {**BLOCK, "end": "soon"}
    with pytest.raises(ValueError, match="is no window"):
        capacity_window.resolve(wrong)
