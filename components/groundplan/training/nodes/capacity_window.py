"""The window of a Capacity Block: when its capacity can be used.

Whether a window is over depends on the current time, and one commit has to produce one
manifest whenever it is built: a component does not check it. A preflight, which knows
the time, passes it to `problems`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from groundplan.problems import Problem

LONGEST = timedelta(days=182)
"""EC2 API, DescribeCapacityBlockOfferings, `CapacityDurationHours`: in 1-day increments
up to 14 days, and in 7-day increments up to 182 days. An extension can carry a block
further."""

DRAIN = timedelta(minutes=40)
"""How long before the end EKS itself empties a managed node group: by a scheduled
action that it adds to the Auto Scaling group, and asks to leave alone (Amazon EKS User
Guide, "Create a managed node group with Capacity Blocks for ML"). EC2 starts to end
what is left 30 minutes before."""

FORM = "a time in UTC, such as 2026-12-01T11:30:00Z"


@dataclass(frozen=True)
class Window:
    """From when to when, in UTC."""

    start: datetime
    end: datetime

    @property
    def start_minute(self) -> datetime:
        """The first whole minute of the window: schedules know no seconds."""
        minute = self.start.replace(second=0, microsecond=0)
        return minute if minute == self.start else minute + timedelta(minutes=1)

    @property
    def recurrence(self) -> str:
        """The start as a Unix cron expression, which can't name the year."""
        start = self.start_minute
        return f"{start.minute} {start.hour} {start.day} {start.month} *"


def resolve(args: Mapping[str, Any]) -> Window:
    """Returns the window of valid arguments."""
    start, end = parsed(args["start"]), parsed(args["end"])
    if start is None or end is None:
        raise ValueError(f"{dict(args)} is no window: validate the arguments first")
    return Window(start, end)


def parsed(text: object) -> datetime | None:
    """A time in UTC as ISO 8601 writes it; None if it isn't one."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.utcoffset() == timedelta(0) else None


def problems(args: Mapping[str, Any], now: datetime | None = None) -> list[Problem]:
    """Returns the problems of a window; with the current time, also whether it is
    over."""
    times = {key: parsed(args[key]) for key in ("start", "end") if key in args}
    invalid = [
        Problem(key, args[key], FORM, "copy it from `aws ec2 describe-capacity-reservations`")
        for key, time in times.items()
        if time is None
    ]
    start, end = times.get("start"), times.get("end")
    if start is None or end is None:
        return invalid
    if end <= start:
        return [
            Problem(
                "end",
                args["end"],
                f"a time after the start, {args['start']}",
                "swap the two, or correct the end",
            )
        ]
    if end - start <= DRAIN:
        allowed = (
            f"more than {DRAIN.seconds // 60} minutes after the start: so long before the end "
            "EKS empties the nodes"
        )
        return [Problem("end", args["end"], allowed, "give the whole window of the Capacity Block")]
    if end - start > LONGEST:
        allowed = (
            f"at most {LONGEST.days} days after the start, the longest Capacity Block that "
            "EC2 sells"
        )
        fix = f"correct the dates; of a block that was extended, give the last {LONGEST.days} days"
        return [Problem("end", args["end"], allowed, fix)]
    if now is not None and end - DRAIN <= now:
        return [
            Problem(
                "end",
                args["end"],
                "a time to come: the window is over",
                "remove the pool, or give it another block",
            )
        ]
    return []
