"""The guard's count of hours: never too little, and nothing twice."""

import datetime

import pytest
from groundplan.cost_guard.engine.ledger import Ledger, Use, month_of

NOW = datetime.datetime(2026, 11, 10, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def test_what_runs_costs_its_hours() -> None:
    ledger = Ledger(NOW).counted([Use("i-1", 2.0, NOW - 5 * HOUR)], NOW + HOUR)
    # Unknown until now, so from its start: 6 hours.
    assert ledger.usd == pytest.approx(12.0)
    assert ledger.counted([Use("i-1", 2.0, NOW - 5 * HOUR)], NOW + 2 * HOUR).usd == pytest.approx(
        14
    )


def test_what_began_and_ended_between_two_runs_is_counted_once() -> None:
    use = Use("i-1", 4.0, NOW + HOUR / 4, NOW + HOUR / 2)
    ledger = Ledger(NOW).counted([use], NOW + HOUR)
    assert ledger.usd == pytest.approx(1.0)
    assert ledger.counted([use], NOW + 2 * HOUR).usd == pytest.approx(1.0)


def test_what_is_no_longer_listed_is_counted_until_now() -> None:
    ledger = Ledger(NOW).counted([Use("i-1", 1.0, NOW)], NOW + HOUR)
    assert ledger.counted([], NOW + 3 * HOUR).usd == pytest.approx(3.0)
    assert ledger.counted([], NOW + 3 * HOUR).running == {}


def test_an_end_that_is_reported_ends_the_count() -> None:
    ledger = Ledger(NOW).counted([Use("i-1", 1.0, NOW)], NOW + HOUR)
    ended = Use("i-1", 1.0, NOW, NOW + 1.5 * HOUR)
    assert ledger.counted([ended], NOW + 3 * HOUR).usd == pytest.approx(1.5)


def test_what_has_grown_counts_as_if_it_had_at_once() -> None:
    ledger = Ledger(NOW).counted([Use("endpoint/a", 1.0, NOW)], NOW + HOUR)
    assert ledger.counted([Use("endpoint/a", 3.0, NOW)], NOW + 2 * HOUR).usd == pytest.approx(4.0)
    shrunk = ledger.counted([Use("endpoint/a", 0.5, NOW)], NOW + 2 * HOUR)
    assert shrunk.usd == pytest.approx(2.0)


def test_what_ended_long_ago_and_is_listed_again_counts_nothing() -> None:
    use = Use("training/job", 1.0, NOW, NOW + HOUR)
    ledger = Ledger(NOW).counted([use], NOW + HOUR)
    later = ledger.counted([], NOW + 10 * HOUR)
    assert later.ended == {}
    assert later.counted([use], NOW + 11 * HOUR).usd == pytest.approx(1.0)
    # What AWS lists late is counted.
    late = Use("i-1", 1.0, NOW, NOW + HOUR / 2)
    assert ledger.counted([late], NOW + 1.5 * HOUR).usd == pytest.approx(1.5)


def test_a_new_month_begins_at_zero() -> None:
    before = datetime.datetime(2026, 11, 30, 23, tzinfo=datetime.UTC)
    use = Use("i-1", 2.0, before - 100 * HOUR)
    ledger = Ledger(before, 500.0, {"i-1": 2.0}).counted([use], before + 3 * HOUR)
    # Two hours of December.
    assert ledger.usd == pytest.approx(4.0)
    fresh = Ledger(month_of(before)).counted([use], before)
    assert fresh.usd == pytest.approx(2.0 * 100)


def test_an_event_that_comes_twice_counts_nothing() -> None:
    ledger = Ledger(NOW).counted([Use("i-1", 1.0, NOW)], NOW + HOUR)
    assert ledger.counted([Use("i-1", 1.0, NOW)], NOW + HOUR) == ledger


def test_a_ledger_is_the_same_after_it_was_written() -> None:
    ledger = Ledger(NOW).counted(
        [Use("i-1", 1.0, NOW), Use("i-2", 1.0, NOW, NOW + HOUR / 2)], NOW + HOUR
    )
    assert Ledger.from_data(ledger.to_data()) == ledger
