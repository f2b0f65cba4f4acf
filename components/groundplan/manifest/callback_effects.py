"""Prevents the effects of callbacks that run on symbols: nothing is sent, started,
written or changed with an invented value.

CPython announces such operations to audit hooks (library reference, audit events
table); a few that it doesn't announce are replaced for the time of a run.
"""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from groundplan.manifest.symbolic_callback import give_up, running
from groundplan.manifest.symbolic_text import SymbolicText

PREFIXES = (
    *("socket.", "subprocess.", "os.", "shutil.", "tempfile.", "fcntl.", "signal.", "syslog."),
    *("http.", "urllib.", "ftplib.", "smtplib.", "imaplib.", "poplib.", "nntplib.", "telnetlib."),
    *("sqlite3.", "webbrowser.", "pty.", "ctypes.dlopen", "builtins.input", "time.sleep"),
    *("msvcrt.", "winreg.", "_winapi.", "resource.", "_thread.start_new_thread"),
)
"""Audit events of operations with effects, by the beginning of their names."""

READS = frozenset({"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr"}) | {
    *("os.listxattr", "socket.gethostname", "socket.__new__"),
}
"""Events of these modules without an effect."""

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_is_hooked = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not running():
        return
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = flags & WRITES if isinstance(flags, int) else 0
        if writes or set(str(mode or "")) & set("wax+"):
            give_up("writes a file")
    elif event.startswith(PREFIXES) and event not in READS:
        give_up(f"has an effect ({event})")


def _refused(original: Callable[..., Any], reason: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        return give_up(reason) if running() else original(*args, **kwargs)

    return function


def _searching(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `re`: what a pattern matches in a symbol isn't known."""

    def function(*args: Any, **kwargs: Any) -> Any:
        if running() and any(
            isinstance(value, SymbolicText) for value in (*args, *kwargs.values())
        ):
            give_up("a regular expression on a value that isn't known")
        return original(*args, **kwargs)

    return function


SEARCHES = ("match", "search", "fullmatch", "split", "findall", "finditer", "sub", "subn")


@contextmanager
def prevented() -> Iterator[None]:
    """The time in which callbacks on symbols have no effects."""
    global _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hook)  # can't be removed
        _is_hooked = True
    replaced: list[tuple[Any, str, Any]] = [
        (time, "sleep", _refused(time.sleep, "waits")),
        (os, "_exit", _refused(os._exit, "ends the process")),
        (os, "abort", _refused(os.abort, "ends the process")),
        (threading.Thread, "start", _refused(threading.Thread.start, "starts a thread")),
        *((re, name, _searching(getattr(re, name))) for name in SEARCHES),
    ]
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    for owner, name, function in replaced:
        setattr(owner, name, function)
    try:
        yield
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


@contextmanager
def no_bytecode() -> Iterator[None]:
    """The time in which an import writes no `.pyc`, which would be an effect."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
