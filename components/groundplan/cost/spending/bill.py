"""What AWS billed for an environment in a month or a part of it."""

import calendar
import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

COMPONENT, TEAM = "groundplan:component", "groundplan:team"
"""Tags that say whose costs they are; both have to be active cost allocation tags."""

NO_USAGE = ("Credit", "Refund", "Tax", "Support", "RIFee", "SavingsPlanRecurringFee")
"""Record types that are no usage, and that no estimate has: Cost Explorer's spelling,
which is that of CUR's line item types in other letters. Commitments are billed as fees;
what they cover has list prices of its own, or none."""


class BillError(ValueError):
    """A bill can't be read; the message has the fix."""


@dataclass(frozen=True)
class Period:
    """Days of a month: from the first of `start` up to `end`, which is not part of
    it."""

    start: datetime.date
    end: datetime.date

    @classmethod
    def of_month(cls, text: str, today: datetime.date) -> "Period":
        """Returns the days of a month, `2026-10`, that are over. Raises `BillError`."""
        try:
            start = datetime.date.fromisoformat(f"{text}-01")
        except ValueError:
            raise BillError(f"{text} is no month. Fix: write it as 2026-10") from None
        days = calendar.monthrange(start.year, start.month)[1]
        # Not by adding days: there is no day after 9999-12-31.
        end = today if today <= start.replace(day=days) else start + datetime.timedelta(days=days)
        if end <= start:
            raise BillError(f"No day of {text} is over. Fix: name a month before")
        return cls(start, end)

    @classmethod
    def last_month(cls, today: datetime.date) -> "Period":
        """Returns the last whole month. Raises `BillError`."""
        if today.year == 1 and today.month == 1:
            raise BillError(f"{today} has no month before. Fix: name a day of this century")
        last = today.replace(day=1) - datetime.timedelta(days=1)
        return cls(last.replace(day=1), today.replace(day=1))

    @property
    def share(self) -> float:
        """The part of the month that is over, of all its days."""
        days = calendar.monthrange(self.start.year, self.start.month)[1]
        return (self.end - self.start).days / days

    @property
    def hours(self) -> float:
        return 24.0 * (self.end - self.start).days

    def __str__(self) -> str:
        month = f"{self.start:%B %Y}"
        return month if self.share == 1 else f"{month}, {(self.end - self.start).days} days"


@dataclass(frozen=True)
class Line:
    """Usage of one type that one component was billed for."""

    component: str
    """Value of the tag `groundplan:component`; empty without one."""
    service: str
    """`AmazonS3`, or `Amazon Simple Storage Service` of Cost Explorer."""
    usd: float
    usage_type: str = ""
    """`EUC1-NatGateway-Bytes`; empty where it was not asked for."""
    amount: float = 0.0
    team: str = ""


@dataclass(frozen=True)
class Bill:
    """All that was billed for an environment."""

    period: Period
    lines: tuple[Line, ...]
    source: str
    """`Cost Explorer`, or the name of a file."""
    teams: Mapping[str, float] = field(default_factory=dict)
    not_compared_usd: float = 0.0
    """Taxes, credits, refunds and fees; 0 where they are not known."""
    notes: tuple[str, ...] = ()
    """Sentences on what AWS can't attribute, or was not asked."""

    @property
    def usd(self) -> float:
        return sum(line.usd for line in self.lines)


def by_team(lines: Iterable[Line]) -> dict[str, float]:
    """USD by team, of the lines that have one."""
    teams: dict[str, float] = {}
    for line in lines:
        if line.team:
            teams[line.team] = teams.get(line.team, 0.0) + line.usd
    return teams
