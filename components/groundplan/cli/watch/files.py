"""Notices which files and folders change, by looking at them several times a second.

The files that a preview reads are known exactly, some hundreds, and looking at all of
them takes a millisecond. That also works where a system has no notifications: on
network file systems and in folders that a container shares with its host.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping

from groundplan.manifest.observed_inputs import Signature, signature

IGNORED = re.compile(
    r"\..*|__pycache__|node_modules|groundplan-.*"
    r"|.*~|#.*#|4913|.*\.(?:sw[a-z]|tmp|temp|bak|orig|rej|part|crswap|pyc|lock\.tmp)"
    r"|.*___jb_(?:tmp|old)___"
)
"""Names that are no part of a folder's content: hidden ones, Python's and Groundplan's
own, and the temporary files of editors (Vim, Emacs, Kate, JetBrains)."""

Names = frozenset[str] | None
State = tuple[Signature | None, Names]


def names(folder: str) -> Names:
    """Returns the names in a folder; `None` where there is none."""
    try:
        return frozenset(name for name in os.listdir(folder) if not IGNORED.fullmatch(name))  # noqa: PTH208 (several times a second)
    except OSError:
        return None


def modules(folder: str) -> Names:
    """Returns the names of the Python modules in a folder: they can make it a
    package."""
    found = names(folder)
    return found and frozenset(name for name in found if name.endswith(".py"))


class WatchedFiles:
    """Files and folders, and the state that they were in before they were read."""

    def __init__(self) -> None:
        self._files: dict[str, Signature | None] = {}
        self._folders: dict[str, State] = {}
        self._packages: dict[str, State] = {}
        """The folders in `_folders`: an import looks into one that has its name."""
        self._written: set[str] = set()

    def replace(
        self,
        files: Mapping[str, Signature | None],
        folders: Iterable[str] = (),
        written: Iterable[str] = (),
        *,
        keep: bool = False,
    ) -> None:
        """Watches these files and folders; with `keep`, the former ones too. The state
        of one that is watched already is not read again: it may have changed. What the
        preview itself writes is no change."""
        self._written.update(written)
        before = (self._files, self._folders, self._packages)
        self._files = {path: before[0].get(path, state) for path, state in files.items()}
        self._folders = {path: before[1].get(path) or _state(path, names) for path in folders}
        self._packages = {
            path: before[2].get(path) or _state(path, modules)
            for folder in self._folders
            for path in _subfolders(folder)
        }
        if keep:
            self._files = {**self._files, **before[0]}
            self._folders = {**self._folders, **before[1]}
            self._packages = {**self._packages, **before[2]}

    def changed(self, *, folders: bool = True) -> list[str]:
        """Returns the paths whose state differs: of files, and of what is in
        folders."""
        changed = [path for path, state in self._files.items() if signature(path) != state]
        listed = ((self._folders, names), (self._packages, modules)) if folders else ()
        for watched, read in listed:
            for path, (state, before) in watched.items():
                now = signature(path)
                if now == state:
                    continue
                found = read(path)
                names_changed = (found or frozenset()) ^ (before or frozenset())
                paths = [os.path.join(path, name) for name in sorted(names_changed)]  # noqa: PTH118 (as above)
                foreign = [entry for entry in paths if entry not in self._written]
                if foreign or (found is None) != (before is None):
                    changed += foreign or [path]
                else:  # also a temporary file, come and gone
                    watched[path] = (now, found)
        return [path for path in dict.fromkeys(changed) if path not in self._written]

    def accept(self) -> None:
        """Takes the present state as the one that the next run reads."""
        self._files = {path: signature(path) for path in self._files}
        self._folders = {path: _state(path, names) for path in self._folders}
        self._packages = {path: _state(path, modules) for path in self._packages}


def _state(folder: str, read: Callable[[str], Names]) -> State:
    return signature(folder), read(folder)


def _subfolders(folder: str) -> Iterable[str]:
    try:
        with os.scandir(folder) as entries:
            return [
                entry.path
                for entry in entries
                if not IGNORED.fullmatch(entry.name) and entry.is_dir()
            ]
    except OSError:
        return []
