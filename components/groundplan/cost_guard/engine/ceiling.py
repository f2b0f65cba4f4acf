"""The arithmetic of the ceiling. Pure.

AWS's own cost data is of no use for it: it "is updated at least once per day" (AWS Cost
Management User Guide, "Best practices for AWS Budgets", update frequency), and a node
with eight GPUs costs a thousand dollars until then. So the guard counts hours itself,
at list prices, and stops as long before the ceiling as what runs can spend until it has
ended.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ceiling:
    """What a month may cost, and what can be spent before a stop has taken effect."""

    usd_per_month: float
    fixed_usd_per_month: float
    """What nobody can stop: control planes, gateways, volumes, buckets."""
    usd_per_hour_at_most: float
    """What all that may be stopped costs an hour, at its largest sizes."""
    hours_ahead: float
    """Hours from a run of the guard until what it could have stopped has ended at the
    latest: the time to the next run, once more for a run that fails, and the time that
    ending takes."""

    def must_stop(self, counted_usd: Any) -> Any:
        """Returns whether what may be stopped has to stop now. `counted_usd`: what that
        has cost so far this month, a number or an array of numbers.

        All of the month's fixed costs are set aside from its first hour on. What counts
        never falls within a month, so what has stopped stays so until the next.
        """
        return counted_usd + self.set_aside > self.usd_per_month

    @property
    def set_aside(self) -> float:
        """USD that are left for fixed costs, and for what is spent before a stop has
        taken effect."""
        return self.fixed_usd_per_month + self.usd_per_hour_at_most * self.hours_ahead
