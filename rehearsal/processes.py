"""Processes, in the word of discrete-event simulation: what runs beside all else, such
as an execution. A process runs until it waits, and goes on when its time has come.

One thing happens at a time: a process is a thread only so that it may wait in the
middle of code that knows nothing of this.
"""

import threading
from collections.abc import Callable

from rehearsal.permissions.guard import NOBODY, exchanged


class Over(Exception):
    """The simulation is over: nothing that a process waits for comes."""


class Process:
    """One process, with principals of its own."""

    def __init__(self, body: Callable[[], None]) -> None:
        self._body = body
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._on, self._off = threading.Semaphore(0), threading.Semaphore(0)
        self._principals = [NOBODY]
        self._error: Exception | None = None
        self.ended = False

    def go_on(self) -> None:
        """Runs it until it waits or ends. Raises what ended it."""
        others = exchanged(self._principals)
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._on.release()
        self._off.acquire()
        self._principals = exchanged(others)
        if self._error is not None:
            raise self._error

    def wait(self) -> None:
        """Called by the process: waits until it goes on."""
        self._off.release()
        self._on.acquire()

    def _run(self) -> None:
        try:
            self._body()
        except Exception as error:  # noqa: BLE001 (raised where it goes on)
            self._error = error
        finally:
            self.ended = True
            self._off.release()
