"""The callback that runs on symbols at the moment, and the end of one whose result only
the real value would decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NoReturn


class UnknownValue(BaseException):
    """A callback needs the real value in place of a symbol, or would have an effect.

    Not an `Exception`: a program's `except Exception` would continue with a value that
    it invents.
    """


@dataclass
class SymbolicCallback:
    """One run of a callback on symbols."""

    names: tuple[str, ...]
    """The names of the resources and functions whose values the callback receives."""
    running: bool = False
    unknown: bool = False
    """Whether it asked for what isn't known, also where it caught the exception."""


_current: ContextVar[SymbolicCallback | None] = ContextVar("symbolic_callback", default=None)


def current() -> SymbolicCallback | None:
    """Returns the callback on symbols that the running code is called by, or whose
    tasks it belongs to."""
    return _current.get()


def running() -> bool:
    """Returns whether a callback runs on symbols at the moment."""
    callback = _current.get()
    return callback is not None and callback.running


def give_up(reason: str) -> NoReturn:
    """Ends the callback: its result is unknown."""
    callback = _current.get()
    if callback is not None:
        callback.unknown = True
    raise UnknownValue(reason)


@contextmanager
def symbolic(callback: SymbolicCallback) -> Iterator[None]:
    """The time in which `callback` runs."""
    token = _current.set(callback)
    callback.running = True
    try:
        yield
    finally:
        callback.running = False
        _current.reset(token)
