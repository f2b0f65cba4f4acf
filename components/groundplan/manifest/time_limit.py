"""Ends a program that runs longer than its limit."""

import faulthandler
import pathlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager

DEFAULT = 600.0
"""Seconds. Programs of a thousand resources take less than one minute."""

GRACE = 5.0
"""Seconds after which a program that ignores the error is ended without a manifest."""


class TimeLimitReached(KeyboardInterrupt):
    """The program runs too long. A `KeyboardInterrupt`, which event loops and programs
    let through."""


def message(seconds: float) -> str:
    return (
        f"the program did not end within {seconds:g} seconds. "
        "Fix: raise --timeout, or correct the line that waits"
    )


@contextmanager
def limited(seconds: float, mark: pathlib.Path) -> Iterator[None]:
    """Raises `TimeLimitReached` in the program after `seconds`. A program that catches
    it ends with its process shortly after; `mark` then has its stack."""

    def stop(_number: int, _frame: object) -> None:
        raise TimeLimitReached(message(seconds))

    with mark.open("w", encoding="utf-8") as stack:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=stack)
        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            faulthandler.cancel_dump_traceback_later()
