"""Child processes that end with this one: a signal ends all of them, and the code that
waits for one cleans up and ends.

The handler of a signal raises nothing in whatever line runs. It ends the children; each
thread that waits for one then gets `Cancelled`, an ordinary exception.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Cancelled(Exception):
    """A signal ended the preview."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"cancelled by {signal.Signals(number).name}")

    @property
    def exit_code(self) -> int:
        """The code by which shells report a process that a signal ended."""
        return 128 + self.number


class Abandoned(Exception):
    """Nobody needs what a process was run for."""


class Scope:
    """Work whose processes can be ended before it is done."""

    def __init__(self) -> None:
        self.running: list[Callable[[], None]] = []
        self.is_over = False

    def call(self, work: "Callable[[], T]") -> "T":
        """Does the work in this thread. Raises `Abandoned` once the scope has ended."""
        token = _SCOPE.set(self)
        try:
            return work()
        finally:
            _SCOPE.reset(token)

    def end(self) -> None:
        """Ends the processes that run, and starts no others but those that clean up."""
        with _CHILDREN.lock:
            self.is_over = True
            for end in self.running:
                end()


T = TypeVar("T")
_SCOPE: ContextVar[Scope | None] = ContextVar("scope", default=None)


class _Children:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # the handler may run while this thread holds it
        self.running: list[Callable[[], None]] = []
        """What ends each child."""
        self.cancelled: int | None = None


_CHILDREN = _Children()


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    capture: bool = True,
    end_with: int = signal.SIGTERM,
    cleanup: bool = False,
) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end, in a process group of its own, and ends the group.

    Without `capture`, its standard output goes to this process' standard error.
    `end_with` is the signal that a cancelled preview sends. Raises `Cancelled`, unless
    the command is part of cleaning up, and so `Abandoned`; `OSError` where it can't be
    started.
    """
    scope = None if cleanup else _SCOPE.get()
    output: dict[str, Any] = (
        {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
        if capture
        else {"stdout": 2}
    )
    with _CHILDREN.lock:
        _raise_if_cancelled(cleanup, scope)
        process = subprocess.Popen(  # noqa: S603 (our callers' commands)
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, start_new_session=True, **output
        )
        end = partial(_end, process.pid, end_with)
        if not cleanup:
            _CHILDREN.running.append(end)
        if scope:
            scope.running.append(end)
    try:
        stdout, stderr = process.communicate()
    finally:
        # What the command has left running (a daemon of the program) ends too.
        _end(process.pid, signal.SIGKILL)
        with _CHILDREN.lock:
            for running in (_CHILDREN.running, scope.running if scope else []):
                if end in running:
                    running.remove(end)
    _raise_if_cancelled(cleanup, scope)
    return subprocess.CompletedProcess(command, process.returncode, stdout or "", stderr or "")


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """While it is open, a signal calls `end`, which ends what this thread waits for in
    another process; raises `Cancelled` at the end."""
    with _CHILDREN.lock:
        _raise_if_cancelled(cleanup=False)
        _CHILDREN.running.append(end)
    try:
        yield
    finally:
        with _CHILDREN.lock:
            _CHILDREN.running.remove(end)
    _raise_if_cancelled(cleanup=False)


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """While it is open, a signal ends all children and is raised as `Cancelled` by
    `run`, and at the end."""
    _CHILDREN.cancelled = None
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _cancel) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        cancelled, _CHILDREN.cancelled = _CHILDREN.cancelled, None
        if cancelled is not None:
            raise Cancelled(cancelled)


def _cancel(number: int, _frame: object) -> None:
    with _CHILDREN.lock:
        _CHILDREN.cancelled = _CHILDREN.cancelled or number
        for end in _CHILDREN.running:
            end()


def _end(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _raise_if_cancelled(cleanup: bool, scope: Scope | None = None) -> None:
    if _CHILDREN.cancelled is not None and not cleanup:
        raise Cancelled(_CHILDREN.cancelled)
    if scope and scope.is_over:
        raise Abandoned
