"""What a preview is compared with: another revision of the repository, a saved
manifest, or the deployed state.

A revision is checked out into a worktree of its own, so that the working copy is
untouched, and runs with the packages that its own lock names: in this environment where
the lock is the same, in one made for it where it isn't.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from groundplan.manifest import project as projects
from groundplan.manifest import state
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Python, Request, Result, preview_all

LOCK = "requirements.txt"
"""The lock of a project of Pulumi's `pip` toolchain."""


class BaseError(Exception):
    """There is nothing to compare with; the message says what was looked for and what
    to do."""


@dataclass(frozen=True)
class Base:
    """The other side of a comparison."""

    label: str
    """In words: `origin/main (1a2b3c4)`, `plan.json`, `the state in stack.json`."""
    results: Mapping[str, Result]
    """Stack -> what its program registered there; a stack that isn't there has no
    entry."""
    deployed: bool = False
    """Whether this is deployed state, which holds real values in the place of symbols."""


def of_file(file: pathlib.Path, stack: str) -> Base:
    """A saved manifest, or a state: `pulumi stack export`, or the file that a file or
    S3 backend keeps."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaseError(f"{file} can't be read as JSON: {error}") from None
    if not isinstance(data, dict):
        raise BaseError(f"{file} is neither a manifest nor a state")
    if state.is_state(data):
        return Base(
            f"the state in {file.name}", {stack: Result(state.manifest(data, stack))}, deployed=True
        )
    try:
        return Base(file.name, {stack: Result(Manifest.from_data(data))})
    except (ValueError, KeyError, TypeError) as error:
        raise BaseError(f"{file} is neither a manifest nor a state: {error}") from None


def of_revision(revision: str, requests: Sequence[Request], say: Callable[[str], None]) -> Base:
    """What the same stacks registered at another revision of the repository."""
    project = projects.load(requests[0].project)
    top = pathlib.Path(_git(project.root, "rev-parse", "--show-toplevel"))
    commit = _git(
        project.root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", missing=revision
    )
    label = f"{revision} ({commit[:7]})" if not commit.startswith(revision) else commit[:7]
    with _worktree(top, commit) as tree:
        there = tree / project.root.relative_to(top)
        try:
            then = projects.load(there)
        except projects.ProjectError:
            return Base(label, {})  # the project is new
        if then.root != there:
            return Base(label, {})
        wanted = [
            replace(request, project=there) for request in requests if request.stack in then.stacks
        ]
        results = preview_all(wanted, _python(project, then, top, tree, say))
    return Base(
        label, {request.stack: result for request, result in zip(wanted, results, strict=True)}
    )


def _git(folder: pathlib.Path, *arguments: str, missing: str = "") -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (git, wherever it is)
    if done.returncode != 0 and missing:
        hint = (
            "In continuous integration, fetch it first: a shallow clone has the newest commit only"
        )
        raise BaseError(f"--base {missing} is no file, and no revision of this repository. {hint}")
    if done.returncode != 0:
        raise BaseError(f"{folder} is in no git repository: {done.stderr.strip()}")
    return done.stdout.strip()


@contextmanager
def _worktree(top: pathlib.Path, commit: str) -> Iterator[pathlib.Path]:
    """A checkout of `commit` beside the working copy, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="groundplan-base-") as folder:
        tree = pathlib.Path(folder, "tree")
        _git(top, "worktree", "add", "--quiet", "--detach", "--force", str(tree), commit)
        try:
            yield tree.resolve()
        finally:
            _git(top, "worktree", "remove", "--force", str(tree))


def _python(
    now: projects.Project,
    then: projects.Project,
    top: pathlib.Path,
    tree: pathlib.Path,
    say: Callable[[str], None],
) -> Python:
    """What runs the other revision: its own packages where they differ, and its own
    sources where ours are on the path."""
    interpreter = now.python or pathlib.Path(sys.executable)
    ours, theirs = now.root / LOCK, then.root / LOCK
    if theirs.is_file() and (not ours.is_file() or ours.read_bytes() != theirs.read_bytes()):
        interpreter = _environment_of(theirs, interpreter, say)
    return Python(
        interpreter, tuple(_moved(_path(now.python or pathlib.Path(sys.executable)), top, tree))
    )


def _path(interpreter: pathlib.Path) -> list[str]:
    """Where an interpreter imports from."""
    command = [str(interpreter), "-c", "import json, sys; print(json.dumps(sys.path))"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (the project's own Python)
    return [str(entry) for entry in json.loads(done.stdout)]


def _moved(path: Sequence[str], top: pathlib.Path, tree: pathlib.Path) -> Iterator[pathlib.Path]:
    """The folders of the repository that are imported from (editable installs), as the
    other revision has them."""
    for entry in map(pathlib.Path, path):
        if (
            entry.is_absolute()
            and entry.is_relative_to(top)
            and "site-packages" not in entry.parts
            and entry.is_dir()
        ):
            there = tree / entry.relative_to(top)
            if there.is_dir() and entry != top:
                yield there


def _environment_of(
    lock: pathlib.Path, interpreter: pathlib.Path, say: Callable[[str], None]
) -> pathlib.Path:
    """An environment with the packages of `lock`, made once and kept in the user's
    cache."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache = (
        pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
        / "groundplan"
        / digest
    )
    python = cache / "bin" / "python"
    if (cache / "complete").exists():
        return python
    say(f"installing the packages of the base revision ({lock.name} differs)")
    uv = shutil.which("uv")
    commands = (
        [[uv, "venv", "--quiet", "--allow-existing", "--python", str(interpreter), str(cache)],
         [uv, "pip", "install", "--quiet", "--python", str(python), "-r", str(lock)]]
        if uv
        else [[str(interpreter), "-m", "venv", str(cache)], [str(python), "-m", "pip", "install", "--quiet", "-r", str(lock)]]
    )  # fmt: skip
    for command in commands:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (the user's own tools)
        if done.returncode != 0:
            raise BaseError(
                f"the packages of the base revision can't be installed: {done.stderr.strip()[-500:]}"
            )
    (cache / "complete").touch()
    return python
