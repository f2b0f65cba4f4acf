"""Reads what the code of a pull request wrote: one text file, within limits, and never
more than text."""

import io
import pathlib
import stat
import zipfile
import zlib
from dataclasses import dataclass

FILE = "comment.md"
"""The name of the file in an artifact."""

LARGEST = 1_000_000
"""Bytes of the file. A comment has 60,000 characters."""
LARGEST_ARCHIVE = 50_000_000
"""Bytes of an artifact, which has the HTML page too."""


@dataclass(frozen=True)
class Written:
    """What was written, or why there is nothing to show."""

    text: str = ""
    reason: str = ""
    """`it has no file comment.md`; empty where there is a text."""


def nothing(reason: str) -> Written:
    """Nothing that can be shown."""
    return Written(reason=reason)


def of_file(path: pathlib.Path) -> Written:
    """Returns the text of a file. Neither it nor its folder is a link: what an artifact
    contains would name any file of this machine."""
    try:
        state = path.lstat()
        folders = [path.parent] if path.is_absolute() else list(path.parents)
        links = [part for part in (path, *folders) if part.is_symlink()]
        if links:
            return nothing(f"{links[0].name} is a symbolic link")
        if not stat.S_ISREG(state.st_mode):
            return nothing(f"{path.name} is no file")
        with path.open("rb") as stream:
            return of_bytes(stream.read(LARGEST + 1))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        return nothing("no comment was written" if missing else f"{path.name} can't be read")


def of_archive(data: bytes) -> Written:
    """Returns the text of the file in a zip archive. Nothing is extracted to a disk:
    the names and sizes in an archive are those of its author."""
    if len(data) > LARGEST_ARCHIVE:
        return nothing(f"its artifact is larger than {LARGEST_ARCHIVE:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename == FILE]
            if len(entries) != 1:
                many = f"its artifact has {len(entries)} files {FILE}"
                return nothing(many if entries else f"its artifact has no file {FILE}")
            mode = entries[0].external_attr >> 16
            if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
                return nothing(f"{FILE} in its artifact is no file but a link or a device")
            with archive.open(entries[0]) as stream:
                return of_bytes(stream.read(LARGEST + 1))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        return nothing("its artifact is no readable zip archive")


def of_bytes(data: bytes) -> Written:
    """Returns the text in the content of a file."""
    if len(data) > LARGEST:
        return nothing(f"{FILE} is larger than {LARGEST:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return nothing(f"{FILE} is no text in UTF-8")
    if "\0" in text:
        return nothing(f"{FILE} is no text file")
    return Written(text) if text.strip() else nothing(f"{FILE} is empty")
