"""The journal of a commit: which files were uploaded already, in a file on this
machine, so that a commit that was interrupted reads and sends nothing twice.

Nothing depends on it: without it, or on another machine, the keys of objects say what
is there. It is written and read in the order of paths, a line at a time.
"""

import contextlib
import hashlib
import json
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

from groundplan.data.versions.manifest import DatasetObject

FLUSH = 64
"""Lines that are written at a time: what an interruption loses, of work done again."""


class Journal:
    """What the last try of the same commit has done, and what this one does."""

    def __init__(self, file: pathlib.Path | None, collections: Sequence[str]) -> None:
        self._file = file
        self.finished: Sequence[str] = collections
        """The garbage collections that were over when the first try began."""
        self._old: Iterator[list[Any]] = iter(())
        self._ahead: list[Any] | None = None
        self._stream: Any = None
        self._lines = 0
        if file is not None:
            self._open(file)

    def _open(self, file: pathlib.Path) -> None:
        former = file.with_suffix(".former")
        with contextlib.suppress(FileNotFoundError):
            _keep_longer(file, former)
        lines = _lines(former)
        header = next(lines, None)
        if isinstance(header, dict) and isinstance(header.get("finished"), list):
            self.finished = header["finished"]
            self._old = (line for line in lines if isinstance(line, list))
        file.parent.mkdir(parents=True, exist_ok=True)
        self._stream = file.open("w", encoding="utf-8")
        self._write({"finished": list(self.finished)})
        self._stream.flush()

    def known(self, path: str, state: str) -> DatasetObject | None:
        """Returns the object of a path, if it was stored and is as it was. Paths are
        asked for in their order."""
        while self._ahead is None or self._ahead[0] < path:
            self._ahead = next(self._old, None)
            if self._ahead is None:
                self._old = iter(())
                return None
        if self._ahead[0] != path or self._ahead[1] != state:
            return None
        with contextlib.suppress(TypeError):
            return DatasetObject(*self._ahead[2])
        return None

    def note(self, state: str, stored: DatasetObject) -> None:
        """Keeps that an object is stored."""
        if self._stream is not None:
            self._write([stored.path, state, stored.row()])
            self._lines += 1
            if self._lines % FLUSH == 0:
                self._stream.flush()

    def close(self) -> None:
        """Keeps what was noted, for the next try."""
        if self._stream is not None:
            self._stream.close()

    def remove(self) -> None:
        """Forgets all: the commit is done."""
        self.close()
        if self._file is not None:
            for file in (self._file, self._file.with_suffix(".former")):
                file.unlink(missing_ok=True)

    def _write(self, line: Any) -> None:
        self._stream.write(f"{json.dumps(line)}\n")


def place(*parts: str) -> pathlib.Path:
    """Returns the file of a journal: one for each dataset of a bucket and each
    source."""
    root = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return pathlib.Path(root) / "groundplan" / "commits" / f"{name}.jsonl"


def _keep_longer(file: pathlib.Path, former: pathlib.Path) -> None:
    """A try that was interrupted before it came as far as the one before it leaves the
    journal of that one."""
    if not former.exists() or file.stat().st_size >= former.stat().st_size:
        file.replace(former)


def _lines(file: pathlib.Path) -> Iterator[Any]:
    try:
        with file.open(encoding="utf-8") as stream:
            for line in stream:
                try:
                    yield json.loads(line)
                except ValueError:  # the line at which the last try was interrupted
                    return
    except FileNotFoundError:
        return
