"""Schedules of CronJobs: five fields, as Kubernetes reads them.

The grammar is that of robfig/cron's standard parser (v3, parser.go), which Kubernetes
uses (Kubernetes documentation, "CronJob", "Schedule syntax").
"""

import re

from groundplan.problems import Problem

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, MONTHS),
    (0, 6, DAYS),
)
"""Minute, hour, day, month, weekday: the lowest and highest value, and their names."""
PART = re.compile(r"(?P<first>[*?]|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?")


def problems(key: str, schedule: object) -> list[Problem]:
    """Returns the problem of a schedule that Kubernetes would refuse."""
    if not isinstance(schedule, str) or _is_schedule(schedule):
        return []
    allowed = "five fields: minute, hour, day, month, weekday"
    return [Problem(key, schedule, allowed, "write it as 30 0 * * *, for half past midnight")]


def _is_schedule(schedule: str) -> bool:
    fields = schedule.split(" ")
    return len(fields) == len(FIELDS) and all(
        all(_is_part(part, *known) for part in field.split(","))
        for field, known in zip(fields, FIELDS, strict=True)
    )


def _is_part(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    found = PART.fullmatch(part)
    if found is None or (found["step"] is not None and int(found["step"]) < 1):
        return False
    if found["first"] in ("*", "?"):
        return found["last"] is None
    first = _number(found["first"], low, names)
    last = first if found["last"] is None else _number(found["last"], low, names)
    return first is not None and last is not None and low <= first <= last <= high


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if text.isascii() and text.isdigit() else None
