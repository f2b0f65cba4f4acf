"""Records what a program reads while it runs: files, folders and environment variables,
and whether it asks what can't be checked later (a host, another process).

CPython announces these operations to audit hooks (library reference, audit events
table). What it doesn't announce isn't recorded: whether a file exists, the clock,
random numbers, and files that a native library opens by itself. Files of Python itself
and of installed packages are left out.
"""

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Signature = tuple[int, int, int, int]
"""What differs between two states of a file: the times of the last change of its
content and of its entry in nanoseconds, the size, the number of the entry."""

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

UNCHECKED: Mapping[str, str] = {
    "socket.connect": "connects to a host",
    "socket.sendto": "connects to a host",
    "socket.getaddrinfo": "looks up a host",
    "socket.gethostbyname": "looks up a host",
    "sqlite3.connect": "opens a database",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
}
"""Audit event -> what a program does that can't be checked without doing it again."""

SYSTEM = ("/proc/", "/dev/", "/sys/")


@dataclass
class Observed:
    """What a program has read."""

    files: dict[str, Signature | None] = field(default_factory=dict)
    """Absolute path -> the state before the file was read; `None`: it didn't exist."""
    folders: set[str] = field(default_factory=set)
    """Folders whose entries were listed."""
    written: set[str] = field(default_factory=set)
    """Files and folders that the program itself has written, created or removed."""
    variables: set[str] = field(default_factory=set)
    """Environment variables, those that were not set too."""
    all_variables: bool = False
    """Whether the program has read the whole environment."""
    unchecked: set[str] = field(default_factory=set)
    """What the program does that can't be checked: `connects to a host`."""
    packages: set[str] = field(default_factory=set)
    """The folders of the installed packages that the program may import."""

    def to_data(self) -> dict[str, Any]:
        return {
            "files": {k: v for k, v in sorted(self.files.items()) if k not in self.written},
            "folders": sorted(self.folders),
            "written": sorted(self.written),
            "variables": sorted(self.variables),
            "all_variables": self.all_variables,
            "unchecked": sorted(self.unchecked),
            "packages": sorted(self.packages),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Observed":
        return cls(
            {k: tuple(v) if v else None for k, v in data["files"].items()},
            set(data["folders"]),
            set(data["written"]),
            set(data["variables"]),
            data["all_variables"],
            set(data["unchecked"]),
            set(data["packages"]),
        )


def signature(path: str) -> Signature | None:
    """Returns the state of a file or folder; `None` where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 (hundreds of files, ten times a second)
    except (OSError, ValueError):
        return None
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


_current: "Observed | None" = None
_is_hooked = False


@contextmanager
def recording() -> Iterator[Observed]:
    """The time in which reads of this process are recorded."""
    global _current, _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hook(installed()))  # can't be removed
        _is_hooked = True
    before, seen = _current, Observed(packages=set(package_folders()))
    kind: Any = type(os.environ)
    _current = seen
    os.environ.__class__ = _Environment
    try:
        yield seen
    finally:
        os.environ.__class__ = kind
        _current = before


def package_folders() -> tuple[str, ...]:
    """Returns the folders on the import path that packages are installed in."""
    return tuple(path for path in sys.path if path.endswith(("site-packages", "dist-packages")))


def installed() -> tuple[str, ...]:
    """Returns the folders of Python and of installed packages, as beginnings of
    paths."""
    named = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    folders = {path for path in (*named, *package_folders()) if path}
    return tuple(sorted({f"{at}{os.sep}" for f in folders for at in (f, os.path.realpath(f))}))


def _hook(left_out: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    left_out = (*left_out, *SYSTEM)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        seen = _current
        if seen is None:
            return
        if event == "open":
            path = _absolute(arguments[0])
            if path and not path.startswith(left_out):
                _opened(seen, path, arguments[1], arguments[2])
        elif event in ("os.listdir", "os.scandir"):
            path = _absolute("." if arguments[0] is None else arguments[0])
            if path and not f"{path}{os.sep}".startswith(left_out):
                seen.folders.add(path)
        elif event in ("os.rename", "os.link", "os.symlink"):
            seen.written.add(_absolute(arguments[1]))
        elif event in ("os.mkdir", "os.remove", "os.rmdir"):
            seen.written.add(_absolute(arguments[0]))
        elif event in UNCHECKED:
            seen.unchecked.add(UNCHECKED[event])

    return hook


def _opened(seen: Observed, path: str, mode: Any, flags: Any) -> None:
    is_written = bool(flags & WRITES) if isinstance(flags, int) else False
    if is_written or set(str(mode or "")) & set("wax+"):
        if path not in seen.files or "+" not in str(mode or ""):
            seen.written.add(path)
        return
    if path.endswith(".pyc"):
        with suppress(ValueError):  # compiled code without a source
            path = importlib.util.source_from_cache(path)
    if path not in seen.files and path not in seen.written:
        seen.files[path] = signature(path)


def _absolute(path: Any) -> str:
    """Returns the absolute path; empty for a file that is open already."""
    if isinstance(path, int):
        return ""
    try:
        return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (no file is resolved)
    except (OSError, TypeError, ValueError):
        return ""


class _Environment(type(os.environ)):  # type: ignore[misc]
    """The environment, which records the names that are read."""

    def __getitem__(self, key: str) -> str:
        if _current is not None:
            _current.variables.add(str(key))
        value: str = super().__getitem__(key)
        return value

    def __iter__(self) -> Iterator[str]:
        if _current is not None:
            _current.all_variables = True
        return iter(super().__iter__())

    def __len__(self) -> int:
        if _current is not None:
            _current.all_variables = True
        return int(super().__len__())
