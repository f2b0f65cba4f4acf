"""Ten thousand random months of hours: schedules, daylight saving, late runs and runs
that fail; spending never exceeds the ceiling.

What is assumed: the guard counts hours itself, at list prices, so that the age of AWS's
cost data (up to a day) does not matter; of two runs in a row one succeeds; what is
stopped costs for half an hour more at the most. Everything else is against the guard:
nodes are as dear and as many as they may be, they start again in the very minute in
which the guard lets them, and what runs in a pool when it closes runs on.
"""

import calendar
import datetime
from collections.abc import Iterator

import numpy as np
import pytest
from groundplan.cost_guard.engine.ceiling import Ceiling
from groundplan.cost_guard.engine.opening_hours import OpeningHours
from groundplan.cost_guard.engine.settings import ENDING_HOURS, Settings

MONTHS = 10_000
QUARTER = 0.25
"""Hours of a step: a run may come in each."""
ENDING_STEPS = int(ENDING_HOURS / QUARTER)
GROUPS = (
    # Zone, year, month: with and without a change of the clocks.
    ("Europe/Berlin", 2026, 3),
    ("Europe/Berlin", 2026, 10),
    ("America/New_York", 2026, 11),
    ("Australia/Sydney", 2026, 4),
    ("Asia/Kolkata", 2026, 2),
)
SIZE = MONTHS // len(GROUPS)


def is_open(zone: str, year: int, month: int, rng: np.random.Generator) -> np.ndarray:
    """For each quarter of an hour of a month, whether it is open: the engine's own."""
    opens, closes = rng.integers(0, 24, 2)
    hours = OpeningHours(f"{opens:02d}:30", f"{closes:02d}:00", zone, bool(rng.integers(2)))
    first = datetime.datetime(year, month, 1, tzinfo=datetime.UTC)
    hourly = [
        hours.is_open(first + datetime.timedelta(hours=hour))
        for hour in range(24 * calendar.monthrange(year, month)[1])
    ]
    return np.repeat(np.array(hourly), int(1 / QUARTER))


def random_runs(rng: np.random.Generator, steps: int) -> Iterator[np.ndarray]:
    """In which months a run succeeds in each step: at least one in any two steps."""
    succeeded = np.ones(SIZE, bool)
    for _ in range(steps):
        succeeded = ~succeeded | (rng.random(SIZE) < 0.7)
        yield succeeded


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_spending_never_exceeds_the_ceiling(group: int) -> None:
    rng = np.random.default_rng(20261128 + group)
    zone, year, month = GROUPS[group]
    opened = is_open(zone, year, month, rng)
    most = rng.uniform(1, 300, SIZE)  # USD an hour: from a CPU node to racks of GPUs
    fixed = rng.uniform(0, 2000, SIZE)
    usd = fixed + most * rng.uniform(2, 500, SIZE)
    limits = Ceiling(usd, fixed, most, 2 * QUARTER + ENDING_HOURS)  # type: ignore[arg-type]
    pools = rng.random(SIZE) < 0.5  # the others are endpoints
    spent, stopped, load = np.zeros(SIZE), np.zeros(SIZE, bool), np.zeros(SIZE)
    since = np.zeros(SIZE)  # steps since what runs was stopped
    for step, succeeded in enumerate(random_runs(rng, len(opened))):
        # A run decides by what has been spent so far.
        must = limits.must_stop(spent) | (~opened[step] & ~pools)
        before, stopped = stopped, np.where(succeeded, must, stopped)
        since = np.where(stopped & before, since + 1, 0)
        # What is stopped ends after half an hour at the latest. In a closed pool what
        # runs goes on, and nothing starts.
        wanted = np.where(rng.random(SIZE) < 0.9, 1.0, 0.3)
        load = np.minimum(wanted, load) if not opened[step] else wanted
        load = np.where(~pools, wanted, load)
        load = np.where(stopped & (since >= ENDING_STEPS), 0.0, load)
        spent += most * load * QUARTER
    assert (spent + fixed <= usd + 1e-6).all()
    # It is no trick: many months get as far as the ceiling, and are stopped there.
    stopped_early = limits.must_stop(spent)
    assert stopped_early.mean() > 0.2
    assert (
        (spent + fixed)[stopped_early]
        > usd[stopped_early] - 2 * limits.hours_ahead * most[stopped_early]
    ).all()


def test_without_the_time_ahead_the_ceiling_would_be_exceeded() -> None:
    """The test can fail: a guard that stops at the ceiling itself is too late."""
    limits = Ceiling(100.0, 0.0, 10.0, 0.0)
    spent = 99.0
    assert not limits.must_stop(spent)
    assert spent + 10.0 * (QUARTER + ENDING_HOURS) > limits.usd_per_month


def test_the_time_ahead_is_two_intervals_and_the_time_that_ending_takes() -> None:
    settings = Settings("ml-dev", "1", "bucket", "guard/", ceiling_usd=500.0, interval_minutes=30)
    ceiling = settings.ceiling(12.0)
    assert ceiling == Ceiling(500.0, 0.0, 12.0, 1.5)
    assert ceiling is not None
    assert ceiling.set_aside == 18.0
