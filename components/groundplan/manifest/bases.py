"""The base that a preview is compared with: another revision of the repository, a saved
manifest, or the deployed state.

A revision is checked out into a separate worktree, so that the working copy is
unchanged, and runs with the packages of its own lock file: in the current environment
where the lock file is the same, else in an environment that is created for it.
"""

import hashlib
import json
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from groundplan.manifest import (
    base_inputs,
    cache_folder,
    processes,
    saved_shapes,
    state,
    text_files,
)
from groundplan.manifest import project as projects
from groundplan.manifest.base_cache import BaseCache
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Python, Request, Result, preview_all

LOCK = "requirements.txt"
"""The lock file of a project with Pulumi's `pip` toolchain."""


class BaseError(Exception):
    """There is no such base; the message names it and the fix."""


@dataclass(frozen=True)
class Base:
    """The base of a comparison."""

    label: str
    """The text for the reader: `origin/main (1a2b3c4)`, `plan.json`, `the state in
    stack.json`."""
    results: Mapping[str, Result]
    """Stack -> what its program registers at the base; a stack that doesn't exist there
    has no entry."""
    deployed: bool = False
    """Whether this is a deployed state, which has real values in place of symbols."""


def of_file(file: pathlib.Path, stack: str) -> Base:
    """Reads a saved manifest or a state: the output of `pulumi stack export`, or the
    state file of a file or S3 backend."""
    try:
        data = text_files.read_json(file)
    except text_files.FileError as error:
        raise BaseError(str(error)) from None
    if not isinstance(data, dict):
        raise BaseError(f"{file} is neither a manifest nor a state")
    try:
        if state.is_state(data):
            saved_shapes.check_state(data)
            manifest, label = state.manifest(data, stack), f"the state in {file.name}"
            return Base(label, {stack: Result(manifest)}, deployed=True)
        saved_shapes.check_manifest(data)
        return Base(file.name, {stack: Result(Manifest.from_data(data))})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BaseError(f"{file} is neither a manifest nor a state: {error}") from None


def of_revision(
    revision: str,
    requests: Sequence[Request],
    progress: Callable[[str], None],
    cache: BaseCache | None = None,
) -> Base:
    """Runs the programs of the same stacks at another revision of the repository; not
    those whose manifest is in the cache."""
    project = projects.load(requests[0].project)
    top = pathlib.Path(_git(project.root, "rev-parse", "--show-toplevel"))
    commit = commit_of(revision, project.root)
    label = f"{revision} ({commit[:7]})" if not commit.startswith(revision) else commit[:7]
    if cache is None:
        with _worktree(top, commit) as tree:
            results = _at_revision(project, top, tree, requests, progress)
    else:
        keys = _keys(commit, project, top, requests)
        known = {stack: cache.load(key) for stack, key in keys.items()}
        results = {stack: entry.result for stack, entry in known.items() if entry}
        missing = [
            replace(request, observed=True) for request in requests if request.stack not in results
        ]
        if missing:
            with _worktree(top, commit) as tree:
                ran = _at_revision(project, top, tree, missing, progress)
                reasons = [cache.save(keys[stack], ran[stack], tree) for stack in ran]
            for reason in sorted({reason for reason in reasons if reason}):
                progress(f"{label} is not kept in the cache: {reason}")
            results |= ran
    return Base(label, {stack: result for stack, result in results.items() if result})


def _at_revision(
    project: projects.Project,
    top: pathlib.Path,
    tree: pathlib.Path,
    requests: Sequence[Request],
    progress: Callable[[str], None],
) -> dict[str, Result | None]:
    """Runs the programs of stacks in the worktree of another revision; `None` for a
    stack that doesn't exist there."""
    root = tree / project.root.relative_to(top)
    results: dict[str, Result | None] = {request.stack: None for request in requests}
    try:
        base_project = projects.load(root)
    except projects.ProjectError:
        return results  # the project is new
    if base_project.root != root:
        return results
    base_requests = [
        replace(request, project=root, early=False)
        for request in requests
        if request.stack in base_project.stacks
    ]
    ran = preview_all(base_requests, _python(project, base_project, top, tree, progress))
    return results | {r.stack: result for r, result in zip(base_requests, ran, strict=True)}


def _keys(
    commit: str, project: projects.Project, top: pathlib.Path, requests: Sequence[Request]
) -> dict[str, str]:
    """Stack -> the key of its manifest at a commit."""
    interpreter = project.python or pathlib.Path(sys.executable)
    folder = project.root.relative_to(top).as_posix()

    def git(*arguments: str) -> str:
        return processes.run(["git", "-C", str(project.root), *arguments]).stdout.strip()

    return {
        request.stack: base_inputs.key(
            commit, request, folder, interpreter, project.root / LOCK, git
        )
        for request in requests
    }


def commit_of(revision: str, root: pathlib.Path) -> str:
    """Returns the commit of a revision. Raises `BaseError` if there is none."""
    revisions = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return _git(root, *revisions, missing=revision)


def _git(folder: pathlib.Path, *arguments: str, missing: str = "", cleanup: bool = False) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = processes.run(command, cleanup=cleanup)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BaseError(
            f"--base compares revisions with git, which can't be started: {reason}. "
            "Fix: install git, or compare with a file that --out has written"
        ) from None
    if done.returncode != 0 and missing:
        hint = (
            "Fix: in continuous integration, fetch it first; a shallow clone has the newest commit "
            "only"
        )
        raise BaseError(f"--base {missing} is no file, and no revision of this repository. {hint}")
    if done.returncode != 0:
        raise BaseError(f"{folder} is in no git repository: {done.stderr.strip()}")
    return done.stdout.strip()


@contextmanager
def _worktree(top: pathlib.Path, commit: str) -> Iterator[pathlib.Path]:
    """Checks out `commit` into a temporary worktree."""
    with tempfile.TemporaryDirectory(prefix="groundplan-base-") as folder:
        tree = pathlib.Path(folder, "tree")
        try:
            _git(top, "worktree", "add", "--quiet", "--detach", "--force", str(tree), commit)
            yield tree.resolve()
        finally:
            # git removes by itself what an interrupted `add` has created.
            with suppress(BaseError):
                _git(top, "worktree", "remove", "--force", str(tree), cleanup=True)


def _python(
    project: projects.Project,
    base_project: projects.Project,
    top: pathlib.Path,
    tree: pathlib.Path,
    progress: Callable[[str], None],
) -> Python:
    """Returns the Python for the other revision: with its packages where the lock file
    differs, and with its sources where those of the working copy are on the path."""
    current = project.python or pathlib.Path(sys.executable)
    lock, base_lock = project.root / LOCK, base_project.root / LOCK
    interpreter = current
    if base_lock.is_file() and (not lock.is_file() or lock.read_bytes() != base_lock.read_bytes()):
        interpreter = _create_environment(base_lock, current, progress)
    return Python(interpreter, tuple(_in_worktree(_path(current), top, tree)))


def _path(interpreter: pathlib.Path) -> list[str]:
    """Returns the import path of an interpreter."""
    command = [str(interpreter), "-c", "import json, sys; print(json.dumps(sys.path))"]
    done = processes.run(command)
    if done.returncode != 0:
        raise BaseError(f"{interpreter} can't be started: {done.stderr.strip()[-500:]}")
    return [str(entry) for entry in json.loads(done.stdout.strip().splitlines()[-1])]


def _in_worktree(
    path: Sequence[str], top: pathlib.Path, tree: pathlib.Path
) -> Iterator[pathlib.Path]:
    """Yields the worktree's counterparts of the repository's folders on an import path
    (editable installs)."""
    for entry in map(pathlib.Path, path):
        if (
            entry.is_absolute()
            and entry.is_relative_to(top)
            and "site-packages" not in entry.parts
            and entry.is_dir()
        ):
            counterpart = tree / entry.relative_to(top)
            if counterpart.is_dir() and entry != top:
                yield counterpart


def _create_environment(
    lock: pathlib.Path, interpreter: pathlib.Path, progress: Callable[[str], None]
) -> pathlib.Path:
    """Creates an environment with the packages of `lock` in the user's cache, or reuses
    it; returns its interpreter."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache = cache_folder.folder() / digest
    python = cache / "bin" / "python"
    if (cache / "complete").exists():
        return python
    progress(f"installing the packages of the base revision ({lock.name} differs)")
    uv = shutil.which("uv")
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        create = [uv, "venv", "--quiet", "--allow-existing", "--python", str(interpreter)]
    else:
        install = [str(python), "-m", "pip", "install", "--quiet"]
        create = [str(interpreter), "-m", "venv"]
    for command in ([*create, str(cache)], [*install, "-r", str(lock)]):
        done = processes.run(command)
        if done.returncode != 0:
            raise BaseError(
                f"the packages of the base revision can't be installed: "
                f"{done.stderr.strip()[-500:]}"
            )
    (cache / "complete").touch()
    return python
