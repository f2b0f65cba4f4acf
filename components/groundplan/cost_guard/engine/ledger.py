"""Counts what the resources that may be stopped have cost this month, at list prices on
demand. Pure.

Each run of the guard adds the time since the last. What began and ended in between is
counted where AWS still says so: terminated instances are listed for an hour, jobs for
ever. What is no longer listed is counted until now, and Spot at its highest price:
never too little, but for an endpoint that grows and shrinks between two runs, which
counts as the larger of what both saw.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

KEPT = datetime.timedelta(hours=6)
"""How long ended uses are remembered, so that none is counted twice: EC2 lists an
instance for about an hour after it was terminated (Amazon EC2 User Guide, "Terminate
Amazon EC2 instances")."""
LATE = datetime.timedelta(hours=1)
"""How late AWS may list what has ended."""
SECONDS = 3600.0


@dataclass(frozen=True)
class Use:
    """Something that costs by the hour."""

    id: str
    usd_per_hour: float
    start: datetime.datetime
    end: datetime.datetime | None = None
    """None while it runs."""


@dataclass(frozen=True)
class Ledger:
    """What this month has cost until a moment."""

    until: datetime.datetime
    usd: float = 0.0
    running: Mapping[str, float] = field(default_factory=dict)
    """ID -> USD an hour, of what ran at `until`."""
    ended: Mapping[str, datetime.datetime] = field(default_factory=dict)
    """ID -> end, of what ended lately."""

    def counted(self, uses: Iterable[Use], now: datetime.datetime) -> "Ledger":
        """Returns the ledger with the time from `until` to `now`. A new month, in UTC
        as AWS bills it, begins at zero."""
        if now <= self.until:
            return self  # an event that comes twice, or late
        month = month_of(now)
        ledger = self if month_of(self.until) == month else replace(self, until=month, usd=0.0)
        added = 0.0
        running: dict[str, float] = {}
        ended = {name: end for name, end in ledger.ended.items() if now - end < KEPT}
        seen = set()
        for use in uses:
            seen.add(use.id)
            if use.id in ledger.ended or _was_counted(use, ledger):
                continue
            known = use.id in ledger.running
            start = ledger.until if known else max(use.start, month)
            end = now if use.end is None else min(use.end, now)
            # One that has grown since counts as if it had at once.
            rate = max(use.usd_per_hour, ledger.running.get(use.id, 0.0))
            added += rate * max(0.0, (end - start).total_seconds()) / SECONDS
            if use.end is None:
                running[use.id] = use.usd_per_hour
            else:
                ended[use.id] = end
        for name, usd_per_hour in ledger.running.items():
            if name not in seen:
                added += usd_per_hour * (now - ledger.until).total_seconds() / SECONDS
                ended[name] = now
        return Ledger(now, ledger.usd + added, running, ended)

    def to_data(self) -> dict[str, Any]:
        """Returns the ledger as plain data."""
        return {
            "until": self.until.isoformat(),
            "usd": self.usd,
            "running": dict(self.running),
            "ended": {name: end.isoformat() for name, end in self.ended.items()},
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Ledger":
        """Returns the ledger of plain data."""
        moment = datetime.datetime.fromisoformat
        return cls(
            moment(data["until"]),
            float(data["usd"]),
            {str(name): float(usd) for name, usd in data["running"].items()},
            {str(name): moment(end) for name, end in data["ended"].items()},
        )


def _was_counted(use: Use, ledger: Ledger) -> bool:
    """Returns whether a use ended so long ago that an earlier run has seen it, and
    forgotten it since: a job is listed again when its tags change."""
    return use.end is not None and use.end < ledger.until - LATE


def month_of(moment: datetime.datetime) -> datetime.datetime:
    """Returns the first moment of the month, in UTC."""
    utc = moment.astimezone(datetime.UTC)
    return utc.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
