"""What names of stacks, branches, folders and commands a pipeline can have. Pure."""

import re
from collections.abc import Sequence

from groundplan.delivery.pipelines.rendering import Platform

STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Pulumi's names of stacks (`pulumi stack init`)."""
JOB = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""Names of jobs (GitHub Docs, "Workflow syntax", jobs.<job_id>) and, with _ in place of
-, of stages (Azure Pipelines, "stages.stage")."""
BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
"""Branches that are no pattern of a trigger."""
NO_BRANCH = re.compile(r"\.\.|//|/\.|\.lock(?:/|$)|[./]$")
"""What git refuses in the name of a branch (git-check-ref-format)."""
FOLDER = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*(?:[A-Za-z0-9_][A-Za-z0-9._-]*)?")
"""Folders that scripts and paths of artifacts name without quotes."""


def problem(
    platform: Platform, stacks: Sequence[str], branch: str, setup: str, folder: str
) -> str | None:
    """Why a pipeline can't have these names; `None` where it can."""
    return (
        _of_stacks(platform, stacks)
        or _of_branch(branch)
        or _of_setup(setup)
        or _of_folder(platform, folder)
    )


def variable(stack: str) -> str:
    """The part of a stack in the names of variables and stages."""
    return re.sub(r"[-.]", "_", stack)


def _of_stacks(platform: Platform, stacks: Sequence[str]) -> str | None:
    for stack in stacks:
        if not (STACK.fullmatch(stack) and JOB.fullmatch(stack)):
            return f"--stack {stack}: expected letters, digits, - and _, beginning with a letter"
    if len(set(stacks)) < len(stacks):
        return f"--stack {', '.join(stacks)}: expected each stack once"
    # The names of environments and variables don't differ by case, nor by - and _.
    known: dict[str, str] = {}
    for stack in stacks:
        other = known.setdefault(variable(stack).upper(), stack)
        if other != stack:
            return (
                f"--stack {other}, {stack}: the variables and environments of {platform} have one "
                "name for both. Fix: rename one"
            )
    for name, stack in known.items():
        if name.startswith("SEAL_") and name.removeprefix("SEAL_") in known:
            return (
                f"--stack {stack}: the job that seals another stack has that name. Fix: rename it"
            )
    return None


def _of_branch(branch: str) -> str | None:
    if BRANCH.fullmatch(branch) and not NO_BRANCH.search(branch):
        return None
    return f"--branch {branch}: expected the name of one branch"


def _of_setup(setup: str) -> str | None:
    if setup.strip() and setup.isprintable() and "${{" not in setup:
        return None
    return f"--setup {setup}: expected one command in one line, a script"


def _of_folder(platform: Platform, folder: str) -> str | None:
    if FOLDER.fullmatch(folder):
        return None
    return (
        f"--project: the folder {folder} of the repository can't be named in a script of "
        f"{platform}. Allowed: letters, digits, ., - and _. Fix: rename it"
    )
