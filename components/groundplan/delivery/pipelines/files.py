"""Writes the files of pipelines: all, or none."""

import os
import pathlib
import tempfile
from collections.abc import Mapping
from contextlib import suppress


def state(file: pathlib.Path, text: str) -> str:
    """What is at the place of a file: new, same or differs. Line ends are no
    difference. Raises `OSError` where no file can be."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return "new"
    return "same" if content.replace(b"\r\n", b"\n") == text.encode() else "differs"


def write(files: Mapping[pathlib.Path, str]) -> None:
    """Writes all files, each in one step. Raises `OSError`; what was there stays then,
    except for files that follow a failed replacement."""
    prepared: dict[pathlib.Path, pathlib.Path] = {}
    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
            prepared[file] = pathlib.Path(name)
            with os.fdopen(handle, "wb") as opened:
                opened.write(text.encode())
            prepared[file].chmod(0o644)
        for file, ready in prepared.items():
            ready.replace(file)
    finally:
        for ready in prepared.values():
            with suppress(OSError):
                ready.unlink()
