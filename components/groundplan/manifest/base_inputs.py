"""What reaches the manifest of another revision besides its files: all of it is part of
the key of a cached manifest, as a digest.

What a program reads outside of its revision is recorded as it runs
(`observed_inputs`), and checked when the manifest is read from the cache.
"""

import datetime
import hashlib
import json
import os
import pathlib
import platform
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from groundplan.manifest import observed_inputs
from groundplan.manifest.run import Request

LIBRARY = pathlib.Path(__file__).parents[1]
"""The folder of this package."""

PREFIXES = ("PYTHON", "PULUMI_", "GRPC_", "OTEL_", "LC_")
NAMES = ("LANG", "LANGUAGE", "TZ")
"""Environment variables that Python, the C library and the SDKs read before a program
starts, by the beginning of the name and by name."""

SECRET_WORDS = ("TOKEN", "PASS", "SECRET", "KEY", "CREDENTIAL")
"""Words in the names of variables that hold secrets: not even their digest is used."""

GIT_SECTIONS = r"^(core|filter|lfs|extensions|submodule)\."
"""Sections of git's configuration that can change which bytes are checked out."""

GIT_FILES = ("info/attributes", "info/sparse-checkout")


def key(
    commit: str,
    request: Request,
    project: str,
    interpreter: pathlib.Path,
    lock: pathlib.Path,
    git: Callable[..., str],
) -> str:
    """Returns the key of the manifest of a stack at a commit. `project` is the
    project's folder in the repository, `lock` the lock file of the working copy, which
    decides whether its environment serves, `git` runs a command in the repository."""
    return digest(
        {
            "commit": commit,
            "git": _git(git),
            "project": project,
            "stack": request.stack,
            "config": dict(request.config),
            "answers": request.answers,
            "lock": _file(lock),
            "python": [str(interpreter), observed_inputs.signature(str(interpreter))],
            "groundplan": library(),
            "environment": _environment(),
            # A program that reads the date has that of today on both sides.
            "date": datetime.date.today().isoformat(),
            "machine": [platform.node(), sys.platform, platform.machine(), os.getuid()],
        }
    )


def digest(data: Any) -> str:
    """Returns the digest of JSON data."""
    text = json.dumps(data, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


@cache
def library() -> str:
    """Returns the digest of this package: which files it has, and when each was
    changed."""
    return digest(
        [
            [path, observed_inputs.signature(path)]
            for path in sorted(_files(LIBRARY))
            if not path.endswith(".pyc")
        ]
    )


def packages(folder: str) -> str:
    """Returns the digest of what is installed in a folder of packages: each entry that
    an installer writes and removes, with its time."""
    kinds = (".dist-info", ".egg-info", ".egg-link", ".pth")
    try:
        found = [str(at) for at in pathlib.Path(folder).iterdir() if at.name.endswith(kinds)]
    except OSError:
        found = []
    return digest([[path, observed_inputs.signature(path)] for path in sorted(found)])


def entries(folder: str) -> str | None:
    """Returns the digest of the names in a folder; `None` where there is none."""
    try:
        names = {entry.name for entry in pathlib.Path(folder).iterdir()}
    except OSError:
        return None
    return digest(sorted(names - {"__pycache__"}))


def _files(folder: pathlib.Path) -> Iterable[str]:
    for at, _, names in os.walk(folder):
        yield from (f"{at}{os.sep}{name}" for name in names)


def _file(path: pathlib.Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _git(git: Callable[..., str]) -> list[Any]:
    configured = git("config", "--get-regexp", GIT_SECTIONS)
    paths = git("rev-parse", *(part for name in GIT_FILES for part in ("--git-path", name)))
    top = pathlib.Path(git("rev-parse", "--show-toplevel"))
    return [configured, *(_file(top / path) for path in paths.splitlines())]


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if (name.startswith(PREFIXES) or name in NAMES)
        and not any(word in name for word in SECRET_WORDS)
    }
