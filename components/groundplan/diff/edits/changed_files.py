"""The files of a project that differ from a commit, and their edits."""

import os
import pathlib
import re
from dataclasses import dataclass

from groundplan.diff.edits.edit import Edit, Edits
from groundplan.diff.edits.program import program_edits
from groundplan.diff.edits.settings import settings_edits
from groundplan.manifest import processes
from groundplan.manifest.lock_files import file_of
from groundplan.manifest.project import Project

MOST_FILES = 60
"""Changed files that are compared line by line; a pull request with more of them is a
refactoring, whose changes have no single line as their cause."""

MAX_BYTES = 300_000
"""The size of a file that is compared."""

IGNORED_FOLDERS = frozenset({"tests", "test", "docs", ".github", "node_modules", ".venv"})
IGNORED_SUFFIXES = frozenset({".md", ".rst", ".png", ".svg"})
"""What no program reads."""

OF_STACKS = re.compile(r"(Pulumi|lock)\..+\.yaml")
"""The settings and the lock of a stack."""

SOURCES = ("*.py", "*Pulumi.*yaml", "*lock.*.yaml")


@dataclass(frozen=True)
class ChangedFile:
    """A file that differs; relative to the project's folder."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class ChangedFiles:
    """The files that differ from a commit."""

    files: tuple[ChangedFile, ...] = ()
    complete: bool = True
    """Whether nothing else in the repository differs that a program may read."""

    def edits(self, project: Project, stack: str) -> Edits:
        """Returns the edits that may cause changes of a stack."""
        own, lock = project.settings_file(stack).name, file_of(project.root, stack).name
        edits: list[Edit] = []
        complete = self.complete
        for file in self.files:
            name = pathlib.PurePosixPath(file.name).name
            if name == "Pulumi.yaml" or name == own:
                edits += settings_edits(file.name, file.old, file.new)
            elif name == lock:
                complete = False  # an entry has no key of the settings
            elif not OF_STACKS.fullmatch(name):
                found = program_edits(file.name, file.old, file.new)
                complete = complete and found is not None
                edits += found or []
        return Edits(tuple(edits), complete)


def changed_files(project: Project, commit: str) -> ChangedFiles:
    """Returns the files in the project's and the program's folder that differ from a
    commit; nothing where git fails."""
    root = project.root
    top = _git(root, "rev-parse", "--show-toplevel")
    folder = pathlib.Path((top or "").strip())
    differing = _git(folder, "diff", "--name-only", "--no-ext-diff", "--no-renames", "-z", commit)
    # Of what git doesn't know, only programs and settings: anything else may be output.
    new = _git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", *SOURCES)
    if not top or differing is None or new is None:
        return ChangedFiles(complete=False)
    paths = sorted({folder / name for name in (differing + new).split("\0") if name})
    relevant = [path for path in paths if _is_read(path.relative_to(folder))]
    folders = (root, project.entry.parent)
    own = [path for path in relevant if any(path.is_relative_to(folder) for folder in folders)]
    if len(own) > MOST_FILES:
        return ChangedFiles(complete=False)
    files = [_file(path, folder, root, commit) for path in own]
    return ChangedFiles(
        tuple(file for file in files if file),
        complete=len(own) == len(relevant) and None not in files,
    )


def _is_read(path: pathlib.PurePath) -> bool:
    is_test = path.name.startswith("test_") or path.name == "conftest.py"
    return not (
        is_test or path.suffix in IGNORED_SUFFIXES or IGNORED_FOLDERS.intersection(path.parts[:-1])
    )


def _file(
    path: pathlib.Path, top: pathlib.Path, root: pathlib.Path, commit: str
) -> ChangedFile | None:
    """A file with both texts; `None` where it is no text."""
    old = _git(root, "show", f"{commit}:{path.relative_to(top).as_posix()}") or ""
    try:
        data = path.read_bytes() if path.is_file() else b""
        new = data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if max(len(old), len(new)) > MAX_BYTES or "\0" in old + new:
        return None
    name = pathlib.Path(os.path.relpath(path, root)).as_posix()  # as `Resource.source` is
    return ChangedFile(name, old, new)


def _git(folder: pathlib.Path, *arguments: str) -> str | None:
    """Returns the output of git; `None` where it fails."""
    try:
        done = processes.run(["git", "-C", str(folder), *arguments])
    except (OSError, ValueError):
        return None
    return done.stdout if done.returncode == 0 else None
