"""How long to wait between two looks at AWS, and when to stop."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

SETTLING = 120.0
"""Seconds in which DescribeEndpoint may still show the state from before an accepted
update."""
MARGIN = 900.0
"""Seconds on top of the longest duration that SageMaker allows an update: instances
start and go before and after."""


@dataclass(frozen=True)
class Patience:
    """Waits that grow from `first` to `longest` seconds, each off by up to a fifth, so
    that waiters don't march in step."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    first: float = 5.0
    longest: float = 30.0

    def seconds(self, attempt: int) -> float:
        """Returns the wait after look number `attempt`, which counts from 0."""
        plain: float = min(self.longest, self.first * 1.5 ** min(attempt, 20))
        return plain * (0.8 + 0.4 * self.chance())


class Wait:
    """One wait, with its end."""

    def __init__(self, patience: Patience, limit: float) -> None:
        self._patience, self._limit = patience, limit
        self._begun = patience.clock()
        self._attempt = 0

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return self._patience.clock() - self._begun

    def again(self) -> bool:
        """Wait until the next look. False if the time is up."""
        if self.elapsed >= self._limit:
            return False
        self._patience.sleep(self._patience.seconds(self._attempt))
        self._attempt += 1
        return True
