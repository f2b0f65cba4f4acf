"""What levels demand of a repository: the pipelines that deliver a stack."""

import pathlib
import re
from collections.abc import Iterator

from groundplan.delivery_levels.demand import Repository, Shortfall
from groundplan.delivery_levels.pipeline_jobs import Job, jobs

FOLDERS = (".github/workflows", ".azure-pipelines", ".")
"""Folders of a repository in which pipelines are, the usual ones of both platforms."""
LARGEST = 1 << 20
"""Bytes of a file that is read."""


def read(root: pathlib.Path, settings: pathlib.Path, *, approves: bool = True) -> Repository:
    """What a repository says of the stack with a file of settings."""
    stack = settings.name.removeprefix("Pulumi.").removesuffix(".yaml")
    found = {}
    for folder in FOLDERS:
        for file in sorted((root / folder).glob("*.y*ml")):
            if file.is_file() and file.stat().st_size <= LARGEST:
                name = file.relative_to(root).as_posix()
                if not name.startswith("Pulumi."):
                    found[name] = file.read_text(encoding="utf-8", errors="replace")
    return Repository(stack, found, settings.is_file(), approves)


def without_settings(repository: Repository) -> Iterator[Shortfall]:
    """The settings are not in the repository."""
    if not repository.has_settings:
        yield Shortfall(f"there is no Pulumi.{repository.stack}.yaml")


def without_previews(repository: Repository) -> Iterator[Shortfall]:
    """No pipeline previews changes before they are merged."""
    pattern = r"\bgroundplan preview\b|\bmake preview\b|\bpulumi preview\b"
    if not any(job.of_pull_requests and re.search(pattern, job.text) for job in _jobs(repository)):
        yield Shortfall("no pipeline previews pull requests")


def without_deployment(repository: Repository) -> Iterator[Shortfall]:
    """No pipeline deploys and verifies the stack."""
    if not _of_stack(repository, r"\b(?:pulumi|groundplan) up\b", r"\bgroundplan verify\b"):
        yield Shortfall(f"no pipeline deploys {repository.stack} and verifies it")


def without_drift_detection(repository: Repository) -> Iterator[Shortfall]:
    """No pipeline compares the account with the state."""
    if not _of_stack(repository, r"\bpulumi refresh\b|\bgroundplan drift\b"):
        yield Shortfall(f"no pipeline looks for drift of {repository.stack}")


def without_sealed_deployment(repository: Repository) -> Iterator[Shortfall]:
    """The pipeline deploys what nobody has approved in detail."""
    if not _of_stack(repository, r"\bgroundplan up\b"):
        reason = f"no pipeline deploys {repository.stack} with `groundplan up`, which refuses "
        yield Shortfall(f"{reason}what was not approved")


def _jobs(repository: Repository) -> list[Job]:
    return [job for path, text in repository.pipelines.items() for job in jobs(path, text)]


def _of_stack(repository: Repository, *patterns: str) -> bool:
    """Whether one job has all patterns and names the stack."""
    name = rf"(?<![\w-]){re.escape(repository.stack)}(?![\w-])"
    return any(
        all(re.search(pattern, job.text) for pattern in (name, *patterns))
        for job in _jobs(repository)
    )
