"""Simulated time: nothing sleeps. Who waits advances the clock, and what is due
meanwhile happens; a process goes on when its time has come."""

import datetime
import heapq
import importlib
import itertools
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from rehearsal.processes import Over, Process

BEGIN = datetime.datetime(2026, 11, 30, 8, tzinfo=datetime.UTC)
PATCHED = (
    "groundplan.api.handlers",
    "groundplan.data.pipeline.engine",
    "groundplan.data.versions",
    "groundplan.release.cluster",
    "groundplan.release.engine",
    "groundplan.retraining.engine",
)
"""Packages that ask for the time of the day."""
HANDLERS = ("groundplan.data.pipeline.engine.handler",)
"""Modules among them that nothing else imports before they are called."""


class TooLate(Exception):
    """Something waits for what never comes."""


@dataclass
class Clock:
    """The time of the account."""

    now: datetime.datetime = BEGIN
    hours: float = 12.0
    """Hours after which something waits for what never comes."""
    _due: list[tuple[datetime.datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _running: list[Process] = field(default_factory=list)
    """Processes that run, the innermost last: one that runs may begin another."""
    _waiting: list[Process] = field(default_factory=list)
    _is_over: bool = False

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Does something once, after so many seconds."""
        at = self.now + datetime.timedelta(seconds=seconds)
        heapq.heappush(self._due, (at, next(self._numbers), action))

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        """Does something again and again, first after so many seconds."""

        def again() -> None:
            self.after(seconds, again)
            action()

        self.after(seconds, again)

    def advance(self, seconds: float) -> None:
        """Passes time. What is due happens in its order; it may pass time itself. Of a
        process, only its own time passes here."""
        if self._running:
            self._wait(self._running[-1], seconds)
            return
        end = self.now + datetime.timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= end:
            if self.now > BEGIN + datetime.timedelta(hours=self.hours):
                raise TooLate(f"After {self.hours:g} hours something still waits")
            at, _, action = heapq.heappop(self._due)
            self.now = max(self.now, at)
            action()
        self.now = max(self.now, end)

    def until(self, is_true: Callable[[], Any], seconds: float, step: float = 60) -> bool:
        """Passes time until something is true, at most so many seconds; whether it
        is."""
        end = self.now + datetime.timedelta(seconds=seconds)
        while not is_true():
            if self.now >= end:
                return False
            self.advance(step)
        return True

    def begin(self, body: Callable[[], None]) -> None:
        """Begins a process: returns when it first waits, or has ended."""
        self._go_on(Process(body))

    def end(self) -> None:
        """Ends all processes, wherever they wait."""
        self._is_over = True
        while self._waiting:
            self._go_on(self._waiting[0])

    def _go_on(self, process: Process) -> None:
        if process in self._waiting:
            self._waiting.remove(process)
        self._running.append(process)
        try:
            process.go_on()
        finally:
            self._running.pop()

    def _wait(self, process: Process, seconds: float) -> None:
        if not self._is_over:
            self._waiting.append(process)
            self.after(seconds, lambda: self._go_on(process))
            process.wait()
        if self._is_over:
            raise Over("The simulation is over")

    @contextmanager
    def patched(self) -> Iterator[None]:
        """The time in which the engines and S3 have this clock."""
        shim = _module(self)
        for name in HANDLERS:
            importlib.import_module(name)
        s3: Any = sys.modules["moto.s3.models"]
        naive = lambda: self.now.replace(tzinfo=None)  # noqa: E731 (moto's own form)
        with mock.patch.object(s3, "utcnow", naive):
            engines = [
                module
                for name, module in list(sys.modules.items())
                if name.startswith(PATCHED) and vars(module).get("datetime") is datetime
            ]
            for module in engines:
                vars(module)["datetime"] = shim
            try:
                yield
            finally:
                for module in engines:
                    vars(module)["datetime"] = datetime


def _module(clock: Clock) -> types.ModuleType:
    """Returns the module `datetime` with another now."""

    class Moments(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime.datetime)

    class Moment(datetime.datetime, metaclass=Moments):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return clock.now.astimezone(tz) if tz else clock.now.replace(tzinfo=None)

    shim = types.ModuleType("datetime")
    vars(shim).update({**vars(datetime), "datetime": Moment})
    return shim
