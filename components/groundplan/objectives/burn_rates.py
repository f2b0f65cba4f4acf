"""Burn rates: how fast an error budget is spent. At rate 1 it is spent in 30 days.

Source: Google, "The Site Reliability Workbook", chapter 5, "Alerting on SLOs", approach
6, "Multiwindow, Multi-Burn-Rate Alerts", table 5-8, and table 5-6 for a day: a tenth of
the budget in a day is rate 3. Its window of three days is not used: an alarm of
CloudWatch evaluates at most a day, but for periods of an hour and more.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BurnRate:
    """A pair of windows, in both of which the budget is spent too fast. The long one
    says that it matters, the short one that it still goes on."""

    role: str
    """A word for names of alarms."""
    rate: float
    long_minutes: int
    short_minutes: int
    urgent: bool
    """Whether somebody acts at once; else within a day."""

    @property
    def budget_percent(self) -> float:
        """Percentage of the budget of 30 days that is spent in the long window."""
        return 100 * self.rate * self.long_minutes / (30 * 24 * 60)


BURN_RATES = (
    BurnRate("hour", 14.4, 60, 5, urgent=True),
    BurnRate("quarter-day", 6, 6 * 60, 30, urgent=True),
    BurnRate("day", 3, 24 * 60, 2 * 60, urgent=False),
)

URGENT = tuple(burn for burn in BURN_RATES if burn.urgent)
LATER = tuple(burn for burn in BURN_RATES if not burn.urgent)

LEAST_FAILURES = 5
"""Failed or slow requests in the long window, below which no alarm notifies: among few
requests a single one is a high rate."""
