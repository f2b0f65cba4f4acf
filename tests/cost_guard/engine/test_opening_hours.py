"""When an environment is open: by the clocks of its time zone, over changes of daylight
saving."""

import datetime

import pytest
from groundplan.cost_guard.engine.opening_hours import OpeningHours

HOUR = datetime.timedelta(hours=1)


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def hours_open(hours: OpeningHours, start: str, end: str) -> int:
    """Hours of a time at whose beginning an environment is open."""
    first, last, count = utc(start), utc(end), 0
    while first < last:
        count += hours.is_open(first)
        first += HOUR
    return count


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-07-06T04:59", False),  # Monday, 06:59 in Berlin
        ("2026-07-06T05:00", True),
        ("2026-07-06T16:59", True),
        ("2026-07-06T17:00", False),
        ("2026-12-07T05:30", False),  # winter: an hour later in UTC
        ("2026-12-07T06:00", True),
        ("2026-07-04T10:00", False),  # Saturday
    ],
)
def test_working_hours_follow_the_local_clock(now: str, is_open: bool) -> None:
    assert OpeningHours("07:00", "19:00", "Europe/Berlin").is_open(utc(now)) is is_open


def test_weekends_are_open_where_they_are_wanted() -> None:
    assert OpeningHours("07:00", "19:00", weekends=True).is_open(utc("2026-07-04T10:00"))


def test_a_friday_night_that_ends_on_saturday_is_open_to_its_end() -> None:
    nights = OpeningHours("20:00", "06:00")
    assert nights.is_open(utc("2026-07-04T05:59"))
    assert not nights.is_open(utc("2026-07-04T06:00"))
    assert not nights.is_open(utc("2026-07-06T05:00"))  # Monday: Sunday's never began


def test_a_night_in_spring_has_an_hour_less_and_one_in_autumn_an_hour_more() -> None:
    nights = OpeningHours("20:00", "08:00", "Europe/Berlin", weekends=True)
    assert hours_open(nights, "2026-03-28T12:00", "2026-03-29T12:00") == 11
    assert hours_open(nights, "2026-10-24T12:00", "2026-10-25T12:00") == 13
    assert hours_open(nights, "2026-07-04T12:00", "2026-07-05T12:00") == 12


def test_a_closing_time_that_comes_twice_closes_once() -> None:
    hours = OpeningHours("20:00", "02:30", "Europe/Berlin", weekends=True)
    # 2026-10-25: 02:30 is at 00:30 UTC and at 01:30 UTC.
    assert hours.is_open(utc("2026-10-25T00:29"))
    assert not hours.is_open(utc("2026-10-25T00:30"))
    assert not hours.is_open(utc("2026-10-25T01:15"))


def test_a_time_that_the_clock_skips_is_an_hour_later() -> None:
    hours = OpeningHours("02:30", "08:00", "Europe/Berlin", weekends=True)
    # 2026-03-29: the clock goes from 02:00 to 03:00, at 01:00 UTC.
    assert not hours.is_open(utc("2026-03-29T01:29"))
    assert hours.is_open(utc("2026-03-29T01:30"))


def test_the_next_opening_skips_the_weekend() -> None:
    hours = OpeningHours("07:00", "19:00", "America/New_York")
    assert hours.next_opening(utc("2026-07-03T23:30")) == utc("2026-07-06T11:00")


def test_a_system_without_time_zones_uses_those_that_come_with_boto3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import zoneinfo

    from groundplan.cost_guard.engine import time_zones

    def missing(name: str) -> datetime.tzinfo:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", missing)
    time_zones.zone.cache_clear()
    try:
        hours = OpeningHours("20:00", "08:00", "Europe/Berlin", weekends=True)
        assert hours_open(hours, "2026-03-28T12:00", "2026-03-29T12:00") == 11
        assert hours_open(hours, "2026-10-24T12:00", "2026-10-25T12:00") == 13
        with pytest.raises(ValueError, match="no time zone is named Europe/Berlon"):
            time_zones.zone("Europe/Berlon")
    finally:
        time_zones.zone.cache_clear()
