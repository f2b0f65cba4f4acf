"""The account's time, where time is real: it passes so many times faster as durations
are shorter."""

import datetime
import time

from rehearsal.clock import BEGIN, Clock


class RealTime(Clock):
    """A clock that nobody has to advance."""

    def __init__(self, factor: float) -> None:
        self._began, self._factor = time.monotonic(), factor
        super().__init__()

    @property
    def now(self) -> datetime.datetime:
        """The time of the account."""
        passed = (time.monotonic() - self._began) * self._factor
        return BEGIN + datetime.timedelta(seconds=passed)

    @now.setter
    def now(self, _: datetime.datetime) -> None:
        """Changes nothing."""
