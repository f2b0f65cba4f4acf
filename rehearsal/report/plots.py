"""The plots of the report, as numbers: points in the units of an SVG."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.life.life import Life

WIDTH, HEIGHT = 640.0, 120.0
SPAN = 10
"""Minutes of which each point is the mean."""


@dataclass(frozen=True)
class Line:
    """A line over the time of the rehearsal."""

    title: str
    points: str
    low: str
    high: str


@dataclass(frozen=True)
class Mark:
    """A moment of the timeline."""

    x: float
    name: str


@dataclass(frozen=True)
class Axis:
    """The time of the rehearsal."""

    begin: datetime.datetime
    end: datetime.datetime

    def place(self, at: datetime.datetime) -> float:
        """Returns the place of a moment."""
        whole = max(1.0, (self.end - self.begin).total_seconds())
        return round((at - self.begin).total_seconds() / whole * WIDTH, 1)


def axis(life: Life) -> Axis:
    """Returns the axis: from the first to the last minute with requests."""
    minutes = life.traffic.minutes
    if not minutes:
        return Axis(life.account.clock.now, life.account.clock.now)
    return Axis(minutes[0].at, minutes[-1].at)


def lines(life: Life, over: Axis) -> list[Line]:
    """Returns what happened to the requests."""
    minutes = life.traffic.minutes
    right: list[tuple[datetime.datetime, float]] = []
    failed: list[tuple[datetime.datetime, float]] = []
    for place in range(len(minutes)):
        last = minutes[max(0, place - SPAN + 1) : place + 1]
        rows = sum(m.rows for m in last)
        right.append((minutes[place].at, sum(m.right for m in last) / max(1, rows)))
        now = minutes[place]
        failed.append((now.at, now.failed / max(1, now.requests)))
    shares = [
        (at, share) for at, name, share in life.account.endpoints.shares if name == life.endpoint
    ]
    return [
        Line(
            "Answers that are right, mean of 10 minutes", _points(right, over, 0.5), "50%", "100%"
        ),
        Line("Requests that fail", _points(failed, over, 0.0), "0%", "100%"),
        Line("Share of the new fleet", _steps(shares, over), "0%", "100%"),
    ]


def marks(life: Life, over: Axis) -> list[Mark]:
    """Returns the moments that the plots show."""
    wanted = ("drift is injected", "drift is detected", "released by canary", "rolled back")
    return [
        Mark(over.place(step.ended), step.name)
        for step in life.timeline.steps
        if step.ended
        and any(text in step.name for text in wanted)
        and over.begin <= step.ended <= over.end
    ]


def _points(values: Sequence[tuple[datetime.datetime, float]], over: Axis, lowest: float) -> str:
    return " ".join(
        f"{over.place(at)},{HEIGHT * (1 - max(0.0, value - lowest) / (1 - lowest)):.1f}"
        for at, value in values
    )


def _steps(values: Sequence[tuple[datetime.datetime, float]], over: Axis) -> str:
    """The share of a fleet holds until the next one; with all of the requests, the next
    update begins at none."""
    found, last = [(over.begin, 0.0)], 0.0
    for at, value in values:
        if at < over.begin:
            continue
        before = 0.0 if last == 1.0 else last
        found += [(at, before), (at, value)]
        last = value
    found.append((over.end, 0.0 if last == 1.0 else last))
    return _points(found, over, 0.0)
