"""Expressions of EventBridge Scheduler: which are valid, and how long it is between two
invocations."""

import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundplan.problems import Problem

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+(?: \S+){5})\)")
"""Amazon EventBridge Scheduler User Guide, "Schedule types"; `at(...)` runs once."""
HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
"""Minutes, hours, days of the month, months, days of the week; Sunday is 1."""
YEARS = (1970, 2199)
LETTERS = {2: r"L(-\d+)?|LW|\d+W", 4: r"L|(\d|[A-Z]{3})L|\d#[1-5]"}
"""What else days of the month and of the week may be (same guide, "Cron-based
schedules")."""
FIRST_DAY = datetime.date(2023, 12, 31)
DAYS = 2 * 366 + 365 * 3 + 2
"""More than four years, with a leap day."""


MONTH_HOURS = 730
"""A twelfth of a year, as AWS's calculators have it."""


@dataclass(frozen=True)
class Gaps:
    """Hours between two invocations."""

    shortest: float
    longest: float


def problems(key: str, expression: object) -> list[Problem]:
    """Returns the problem of a value that is no recurring schedule."""
    if not isinstance(expression, str) or _is_valid(expression):
        return []
    fix = "write it as cron(30 0 * * ? *) or rate(1 day)"
    return [Problem(key, expression, "a cron or rate expression", fix)]


def gaps(expression: str) -> Gaps | None:
    """Returns the hours between invocations; `None` where they are not known: for
    expressions with `L`, `W`, `#` or a year."""
    rate = RATE.fullmatch(expression)
    if rate:
        hours = int(rate[1]) * HOURS[rate[2]]
        return Gaps(hours, hours)
    cron = CRON.fullmatch(expression)
    if cron is None:
        return None
    *fields, year = cron[1].split()
    values = [_values(place, field) for place, field in enumerate(fields)]
    if year != "*" or any(known is None for known in values):
        return None
    return _between([known or [] for known in values])


def latest(expression: str, now: datetime.datetime) -> datetime.datetime | None:
    """Returns the last invocation of a cron expression up to `now`, in UTC; `None`
    where `gaps` doesn't know it, for rates, and if there is none in four years."""
    cron = CRON.fullmatch(expression)
    if cron is None or gaps(expression) is None:
        return None
    values = [_values(place, field) or [] for place, field in enumerate(cron[1].split()[:-1])]
    minutes, hours, *days = values
    times = sorted(((hour, minute) for hour in hours for minute in minutes), reverse=True)
    for number in range(DAYS):
        day = now.date() - datetime.timedelta(number)
        if not _matches(day, *days):
            continue
        for hour, minute in times:
            found = datetime.datetime(
                day.year, day.month, day.day, hour, minute, tzinfo=datetime.UTC
            )
            if found <= now:
                return found
    return None


def per_month(expression: str) -> float | None:
    """Returns the invocations of an average month; `None` where `gaps` doesn't know
    them."""
    known = gaps(expression)
    cron = CRON.fullmatch(expression)
    if known is None:
        return None
    if cron is None:
        return MONTH_HOURS / known.longest
    minutes, hours, *days = [
        _values(place, field) or [] for place, field in enumerate(cron[1].split()[:-1])
    ]
    of_days = sum(_matches(FIRST_DAY + datetime.timedelta(n), *days) for n in range(DAYS))
    return len(minutes) * len(hours) * of_days / DAYS * MONTH_HOURS / 24


def _is_valid(expression: str) -> bool:
    cron = CRON.fullmatch(expression)
    if cron is None:
        return RATE.fullmatch(expression) is not None
    fields = cron[1].split()
    # One of the two days is left open (same guide, "Cron-based schedules").
    one_day = (fields[2] == "?") != (fields[4] == "?")
    return one_day and all(_is_field(place, field) for place, field in enumerate(fields))


def _is_field(place: int, field: str) -> bool:
    """Returns whether a field has numbers of its range, names, or what else it may."""
    if field == "?":
        return place in LETTERS
    low, high = (*RANGES, YEARS)[place]
    for part in field.split(","):
        text, _, step = "".join(_numbers(place, part.upper())).partition("/")
        if re.fullmatch(LETTERS.get(place, "(?!)"), text):
            numbers = re.findall(r"^\d+", text)
        elif re.fullmatch(r"\*|\d+(-\d+)?", text):
            numbers = re.findall(r"\d+", text)
        else:
            return False
        wrong_step = "/" in part and not re.fullmatch(r"[1-9]\d*", step)
        if wrong_step or not all(low <= int(number) <= high for number in numbers):
            return False
    return True


def _between(values: Sequence[Sequence[int]]) -> Gaps | None:
    minutes, hours, month_days, months, week_days = values
    times = sorted(60 * hour + minute for hour in hours for minute in minutes)
    days = [
        number
        for number in range(DAYS)
        if _matches(FIRST_DAY + datetime.timedelta(number), month_days, months, week_days)
    ]
    if not times or len(days) < 2:
        return None
    inside = [later - earlier for earlier, later in itertools.pairwise(times)]
    overnight = times[0] + 24 * 60 - times[-1]
    apart = [later - earlier - 1 for earlier, later in itertools.pairwise(days)]
    across = [overnight + 24 * 60 * number for number in (min(apart), max(apart))]
    return Gaps(min([*inside, *across]) / 60, max([*inside, *across]) / 60)


def _matches(
    day: datetime.date, month_days: Sequence[int], months: Sequence[int], week_days: Sequence[int]
) -> bool:
    return day.month in months and day.day in month_days and day.isoweekday() % 7 + 1 in week_days


def _values(place: int, field: str) -> list[int] | None:
    """Returns the values of a field; `None` where they depend on the month."""
    low, high = RANGES[place]
    if field in ("*", "?"):
        return list(range(low, high + 1))
    parts = [_part(place, part) for part in field.split(",")]
    if any(part is None for part in parts):
        return None
    return sorted({value for part in parts for value in part or [] if low <= value <= high})


def _part(place: int, part: str) -> Sequence[int] | None:
    low, high = RANGES[place]
    numbers = "".join(_numbers(place, part.upper()))
    found = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/([1-9]\d*))?", numbers)
    if found is None:
        return None
    first = low if found[1] == "*" else int(found[1])
    last = int(found[2]) if found[2] else (high if found[3] or found[1] == "*" else first)
    return range(first, last + 1, int(found[3] or 1))


def _numbers(place: int, part: str) -> Iterator[str]:
    """Yields a part with the names of months and days as numbers."""
    names = {3: MONTHS, 4: WEEKDAYS}.get(place, [])
    for token in re.findall(r"[A-Z]+|[^A-Z]", part):
        yield str(names.index(token) + 1) if token in names else token
