"""The folder in which Groundplan keeps what it can create again."""

import os
import pathlib
import stat


def folder() -> pathlib.Path:
    """`groundplan` in the user's cache folder (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification ignores a relative path.
    return (pathlib.Path(base) if base.startswith("/") else pathlib.Path.home() / ".cache") / (
        "groundplan"
    )


def private(name: str) -> pathlib.Path | None:
    """A folder below it that only this user can read and write, created on first use;
    `None` where there can't be one. What another user can write may not be trusted."""
    try:
        path = folder() / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            return None
        if stat.S_IMODE(status.st_mode) & 0o077:
            path.chmod(0o700)
        return path
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
