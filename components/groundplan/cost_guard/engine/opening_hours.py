"""When an environment is open, by the clocks of its time zone. Pure."""

import datetime
from dataclasses import dataclass

from groundplan.cost_guard.engine.time_zones import zone

DAY = datetime.timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class OpeningHours:
    """Opens and closes at these local times; closed on weekends unless they say
    otherwise.

    A time that the clock skips in spring is an hour later; of a time that comes twice
    in autumn the first counts, so that nothing opens twice in a night.
    """

    open: str
    """`07:00`."""
    close: str
    """`19:00`; before `open` it is on the next day."""
    time_zone: str = "UTC"
    weekends: bool = False

    def is_open(self, now: datetime.datetime) -> bool:
        """Returns whether the environment is open at a moment."""
        today = now.astimezone(zone(self.time_zone)).date()
        # A window that began yesterday may last into today.
        return any(
            start <= now < end for start, end in (self.window(today - DAY), self.window(today))
        )

    def next_opening(self, now: datetime.datetime) -> datetime.datetime:
        """Returns the next moment after `now` at which the environment opens."""
        day = now.astimezone(zone(self.time_zone)).date()
        while True:
            start, end = self.window(day)
            if start > now and end > start:
                return start
            day += DAY

    def window(self, day: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
        """Returns the window that begins on a day, in UTC; empty on a day that stays
        closed."""
        start = self._moment(day, self.open)
        if not self.weekends and day.weekday() >= SATURDAY:
            return start, start
        return start, self._moment(day + DAY if self.close <= self.open else day, self.close)

    def _moment(self, day: datetime.date, time: str) -> datetime.datetime:
        hour, minute = time.split(":")
        local = datetime.datetime(
            day.year, day.month, day.day, int(hour), int(minute),
            tzinfo=zone(self.time_zone),
        )  # fmt: skip
        return local.astimezone(datetime.UTC)
