"""`groundplan comment`: posts what a preview wrote on its pull request, or edits the
comment that is there."""

import os
import pathlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from groundplan.command_line.errors import CommandError

if TYPE_CHECKING:
    from groundplan.pull_requests.body import Run
    from groundplan.pull_requests.provider import Provider
    from groundplan.pull_requests.written import Written

PLATFORMS: Mapping[str, str] = {
    "github": "GITHUB_ACTIONS",
    "gitlab": "GITLAB_CI",
    "azure": "TF_BUILD",
}
"""Platform -> the variable that its pipelines set."""


@click.command(
    epilog="""
\b
Examples:
  groundplan comment --file preview/comment.md             in a pipeline of a pull request
  groundplan comment --started                             while the preview runs
  groundplan comment                                       GitHub, on: workflow_run
\b
Tokens: GITHUB_TOKEN; GROUNDPLAN_GITLAB_TOKEN; SYSTEM_ACCESSTOKEN (Azure DevOps).
Exit codes: 0 posted, edited, or nothing to do; 1 it was refused; 2 the command was misused.
"""
)
@click.option(
    "--platform",
    type=click.Choice(list(PLATFORMS)),
    help="Where the pull request is. Default: the platform that runs the pipeline.",
)
@click.option(
    "--file",
    type=click.Path(path_type=pathlib.Path),
    metavar="FILE",
    help="What `groundplan preview --markdown` has written. Default: on GitHub's workflow_run "
    "the file comment.md in the artifact preview of the run.",
)
@click.option(
    "--started",
    is_flag=True,
    help="Mark the comment that is there as outdated: the preview of a new commit is running.",
)
def comment(platform: str | None, file: pathlib.Path | None, started: bool) -> None:
    """Posts a preview on its pull request, once, and edits it.

    Runs in a pipeline, on GitHub, GitLab or Azure DevOps, and runs no code of the pull
    request. What that wrote becomes inert text below a line that names its commit.
    """
    from groundplan.problems import printable
    from groundplan.pull_requests import posting
    from groundplan.pull_requests.provider import PostingError

    try:
        provider, run, read = _environment(platform or _detected(), file, started)
        click.echo(printable(posting.post(provider, run, read)))
    except PostingError as error:
        raise CommandError(str(error)) from None


def _detected() -> str:
    for platform, variable in PLATFORMS.items():
        if os.environ.get(variable):
            return platform
    raise click.UsageError("this is no pipeline. Fix: name the platform with --platform")


def _environment(
    platform: str, file: pathlib.Path | None, started: bool
) -> "tuple[Provider, Run, Callable[[], Written]]":
    from groundplan.pull_requests import azure, github, gitlab, written
    from groundplan.pull_requests.body import State

    state = State.RUNNING if started else State.DONE
    read = _reader(file) if file else None
    if platform == "github":
        found = github.of_environment(os.environ, state)
        read = read or (found.artifact if found.has_artifact else None)
        provider, run = found, found.run
    else:
        module = gitlab if platform == "gitlab" else azure
        provider, run = module.of_environment(os.environ, state)
    if read is None and not started:
        raise click.UsageError("--file is missing: it names what the preview has written")
    return provider, run, read or (lambda: written.nothing("it has not ended"))


def _reader(file: pathlib.Path) -> "Callable[[], Written]":
    from groundplan.pull_requests import written

    return lambda: written.of_file(file)
