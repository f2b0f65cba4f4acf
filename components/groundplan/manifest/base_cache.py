"""Keeps the manifests of other revisions, so that a base runs once.

An entry is used only where all that reached the manifest is the same: its key
(`base_inputs`), and what the program read outside of its revision. A program that asks
a host or starts a process can't be checked, and one that failed may have failed for a
reason outside of it: neither is kept.
"""

import gzip
import hashlib
import json
import os
import pathlib
import secrets
import stat
import tempfile
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from groundplan.manifest import base_inputs, cache_folder, observed_inputs, saved_shapes
from groundplan.manifest.model import Manifest
from groundplan.manifest.observed_inputs import Observed
from groundplan.manifest.run import Result

FOLDER = "manifests"
FORMAT = 1
SUFFIX = ".json.gz"

MAX_ENTRY = 32_000_000
"""Bytes of an entry. The manifest of 5,000 resources has 0.3 MB when it is
compressed."""
MAX_TOTAL = 200_000_000
"""Bytes of all entries together; the oldest are removed first."""
MAX_TEXT = 512_000_000
"""Bytes of an entry when it is expanded."""
MAX_SECONDS = 2 * 24 * 3600
"""Age of an entry in seconds: its key has the date."""

LEFT_BEHIND = 3600
"""Age in seconds of a file that an ended process has not finished writing."""

DAMAGED = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zlib.error)
"""What reading a damaged entry raises."""


@dataclass(frozen=True)
class Entry:
    """What an entry has: the manifest of a stack, or that the stack did not exist."""

    result: Result | None


@dataclass(frozen=True)
class BaseCache:
    """Manifests by key, each in a file. A folder that is `None` holds nothing."""

    folder: pathlib.Path | None
    session: pathlib.Path | None = None
    """The folder of one watch, which also keeps what can't be checked, as long as the
    watch runs."""

    def load(self, key: str) -> Entry | None:
        """Returns the entry of a key; `None` where there is none that holds."""
        for folder in (self.session, self.folder):
            entry = _read(folder / f"{key}{SUFFIX}") if folder else None
            if entry is not None:
                return entry
        return None

    def save(self, key: str, result: Result | None, tree: pathlib.Path) -> str:
        """Keeps the result of a run in the worktree `tree`; `None`: the stack does not
        exist there. Returns why it is not kept, empty where it is."""
        reason = _refusal(result)
        folder = self.session if reason else self.folder or self.session
        if folder is None:
            return reason
        observed = (result.observed if result else None) or Observed()
        state = _state(observed, tree)
        if state is None:
            return "what it reads has changed meanwhile"
        data = {"format": FORMAT, "key": key, "state": state, **_data(result)}
        with suppress(OSError):
            _write(folder, f"{key}{SUFFIX}", data)
            _prune(folder)
        return reason


def of_user() -> BaseCache:
    """Returns the cache in the user's cache folder."""
    return BaseCache(cache_folder.private(FOLDER))


def _refusal(result: Result | None) -> str:
    """Returns why a result may not outlive the session."""
    if result is None:
        return ""
    if result.failed or result.manifest is None:
        return "its program failed"
    if result.observed is None:
        return "what it reads is not known"
    return " and ".join(["it " + item for item in sorted(result.observed.unchecked)][:1])


def _data(result: Result | None) -> dict[str, Any]:
    if result is None:
        return {"exists": False}
    manifest = result.manifest.to_data() if result.manifest else None
    return {
        "exists": True,
        "manifest": manifest,
        "message": result.message,
        "frames": list(result.frames),
    }


def _state(observed: Observed, tree: pathlib.Path) -> dict[str, Any] | None:
    """Returns the state of all that a run has read outside of `tree`; `None` where it
    is not what the run has read."""
    inside = f"{tree}{os.sep}"
    outside = {
        path: before
        for path, before in observed.files.items()
        if not path.startswith(inside) and path not in observed.written
    }
    if any(observed_inputs.signature(path) != before for path, before in outside.items()):
        return None
    salt = secrets.token_hex(16)
    return {
        "salt": salt,
        "files": {path: _content(path) for path in sorted(outside)},
        "folders": {
            path: base_inputs.entries(path)
            for path in sorted(observed.folders)
            if not f"{path}{os.sep}".startswith(inside)
        },
        "packages": {path: base_inputs.packages(path) for path in sorted(observed.packages)},
        "variables": _variables(salt, observed.variables - SET_BY_WORKER),
        "environment": _variables(salt, sorted(os.environ)) if observed.all_variables else None,
    }


SET_BY_WORKER = frozenset(
    {"PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS", "PYTHONPATH", "PYTHONHASHSEED"}
)
"""Environment variables that the worker sets; what they are set to is in the key."""


def _holds(state: Mapping[str, Any]) -> bool:
    """Returns whether all that a run has read is still the same."""
    salt = state["salt"]
    return (
        all(_variables(salt, [name])[name] == value for name, value in state["variables"].items())
        and (
            state["environment"] is None
            or state["environment"] == _variables(salt, sorted(os.environ))
        )
        and all(base_inputs.packages(path) == now for path, now in state["packages"].items())
        and all(base_inputs.entries(path) == names for path, names in state["folders"].items())
        and all(_content(path) == content for path, content in state["files"].items())
    )


def _variables(salt: str, names: Iterable[str]) -> dict[str, str | None]:
    """Returns the salted digests of environment variables: an entry has no value of
    one."""
    return {name: _salted(salt, os.environ.get(name)) for name in names}


def _salted(salt: str, value: str | None) -> str | None:
    if value is None:
        return None
    return hashlib.sha256(f"{salt}{value}".encode("utf-8", "surrogateescape")).hexdigest()


def _content(path: str) -> str | None:
    try:
        with pathlib.Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def _read(file: pathlib.Path) -> Entry | None:
    """Returns the entry in a file; a damaged one is removed."""
    try:
        text = _text(file)
    except FileNotFoundError:
        return None
    except DAMAGED:
        text = None
    if text is not None:
        with suppress(*DAMAGED):
            data = json.loads(text)
            if data["format"] == FORMAT and f"{data['key']}{SUFFIX}" == file.name:
                return _entry(data) if _holds(data["state"]) else None
    with suppress(OSError):
        file.unlink()
    return None


def _entry(data: Mapping[str, Any]) -> Entry:
    if not data["exists"]:
        return Entry(None)
    manifest = data["manifest"]
    if manifest is not None:
        saved_shapes.check_manifest(manifest)
    known = Manifest.from_data(manifest) if manifest is not None else None
    return Entry(Result(known, data["message"], tuple(data["frames"])))


def _text(file: pathlib.Path) -> bytes | None:
    """Returns the expanded text of an entry; `None` for a file that another user could
    have written, or that is too large."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        own = status.st_uid == os.geteuid() and not status.st_mode & 0o022
        if not own or not stat.S_ISREG(status.st_mode) or status.st_size > MAX_ENTRY:
            return None
        with gzip.open(stream) as expanded:
            text = expanded.read(MAX_TEXT + 1)
    return text if len(text) <= MAX_TEXT else None


def _write(folder: pathlib.Path, name: str, data: Mapping[str, Any]) -> None:
    """Writes a file that exists either whole or not at all."""
    text = gzip.compress(json.dumps(data).encode(), compresslevel=1, mtime=0)
    if len(text) > MAX_ENTRY:
        return
    descriptor, path = tempfile.mkstemp(prefix=".", dir=folder)  # only this user reads it
    temporary = pathlib.Path(path)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
        temporary.replace(folder / name)
    finally:
        temporary.unlink(missing_ok=True)


def _prune(folder: pathlib.Path) -> None:
    """Removes old entries, and the oldest until the rest is within the limit. Another
    process may do so at the same time."""
    now, total = time.time(), 0
    files = []
    for entry in folder.iterdir():
        with suppress(OSError):
            status = entry.lstat()
            files.append((status.st_mtime, status.st_size, entry))
    for modified, size, entry in sorted(files, key=lambda file: -file[0]):
        total += size
        limit = MAX_SECONDS if entry.name.endswith(SUFFIX) else LEFT_BEHIND
        if total > MAX_TOTAL or now - modified > limit:
            with suppress(OSError):
                entry.unlink()
