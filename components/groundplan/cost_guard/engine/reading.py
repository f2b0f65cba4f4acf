"""What a run of the guard has read: what may be stopped, and what it costs."""

import datetime
from dataclasses import dataclass, field

from groundplan.cost_guard.engine.decision import Stopped, Target
from groundplan.cost_guard.engine.ledger import Use
from groundplan.facts.prices import PriceBook


@dataclass
class Reading:
    """The targets and uses of one run."""

    now: datetime.datetime
    since: datetime.datetime
    """What ended before was counted by an earlier run."""
    book: PriceBook
    stopped: Stopped = field(default_factory=dict)
    """What the guard has stopped, and may start again."""
    targets: list[Target] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    unpriced: set[str] = field(default_factory=set)
    """Keys of prices that are not known: what they are for is not counted."""

    def price(self, key: str) -> float:
        """USD an hour; 0 where it is not known, which is then reported."""
        found = self.book.find(key)
        if found is None:
            self.unpriced.add(key)
            return 0.0
        return found.usd

    @property
    def usd_per_hour_at_most(self) -> float:
        """What all targets cost an hour at their largest."""
        return sum(target.usd_per_hour_at_most for target in self.targets)
