"""Files that a preview depends on without reading them: they may not exist yet, or
another program reads them."""

import pathlib
from collections.abc import Iterator

from groundplan.manifest import processes

LOCKS = ("requirements.txt", "uv.lock", "poetry.lock", "pyproject.toml", "Pipfile.lock")
"""Files that say which packages a project has."""

ENVIRONMENTS = (".venv", "venv")
"""Usual folders of a project's environment."""

OF_ENVIRONMENT = frozenset({*LOCKS, "Pulumi.yaml", "pyvenv.cfg"})
"""Names of files that decide which Python runs a project."""


def of_project(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields the files that decide which Python and which packages the project in
    `root` has."""
    for folder in (root, *root.parents):
        yield from (folder / name for name in LOCKS)
        if (folder / ".git").exists():
            break
    yield root / "Pulumi.yaml"
    yield from (root / name / "pyvenv.cfg" for name in ENVIRONMENTS)


def of_revision(revision: str, root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields the files by which git resolves a revision to a commit."""
    git = ["git", "-C", str(root), "rev-parse"]
    folders = processes.run([*git, "--path-format=absolute", "--git-dir", "--git-common-dir"])
    named = processes.run([*git, "--symbolic-full-name", "HEAD", revision])
    if folders.returncode != 0:
        return
    own, common = map(pathlib.Path, folders.stdout.split("\n")[:2])
    yield own / "HEAD"
    yield common / "packed-refs"
    for name in named.stdout.split():
        if name.startswith("refs/"):
            yield common / name
