"""Reads a project's compiled modules only where they can't be of a former text.

Python takes a `.pyc` for that of a source with the same size and the same second of
change. After two saves within a second it may have the text of the first.
"""

import os
from importlib.machinery import SourceFileLoader

SECOND = 1_000_000_000


def check() -> None:
    """From now on, an import compiles a source again where its `.pyc` was not written
    more than a second after it. For this process, which ends after one run."""
    original = SourceFileLoader.get_data

    def get_data(self: SourceFileLoader, path: str) -> bytes:
        if path != self.path and path.endswith(".pyc") and _may_be_older(path, self.path):
            raise OSError  # as where there is no compiled module
        return original(self, path)

    SourceFileLoader.get_data = get_data  # type: ignore[method-assign, assignment]


def _may_be_older(compiled: str, source: str) -> bool:
    if f"{os.sep}site-packages{os.sep}" in source:
        return False  # an installer writes both at once
    written = os.stat(compiled).st_mtime_ns  # noqa: PTH116 (in every import)
    return written - os.stat(source).st_mtime_ns <= SECOND  # noqa: PTH116
