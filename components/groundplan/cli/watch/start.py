"""Checks the options of a watch, starts it, and starts it again when Groundplan itself
changes."""

import os
import pathlib
import sys
import time
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from groundplan.cli.watch import loop
from groundplan.cli.watch.files import WatchedFiles
from groundplan.cli.watch.runner import Runner
from groundplan.command_line.errors import CommandError
from groundplan.command_line.program_inputs import configuration
from groundplan.manifest import bases, observed_inputs
from groundplan.manifest import project as projects

OUTPUTS = ("out", "markdown", "html", "sarif", "junit")
"""The options that name a file which a preview writes."""

READERS = (
    "groundplan.report.gather",
    "groundplan.report.json_report",
    "groundplan.report.proof",
    "groundplan.report.terminal.assessment",
    "groundplan.report.terminal.changes",
    "groundplan.report.terminal.tree",
    "groundplan.report.gates",
    "rich.console",
    "rich.status",
)
"""What each preview would import."""


def watch(context: click.Context) -> int:
    """Watches with the options of the command until a signal ends it; returns the exit
    code."""
    options = context.params
    if not hasattr(os, "fork"):
        raise click.UsageError("--watch needs fork(), which this system lacks")
    root = _root(options)
    command: Any = context.command.callback

    def preview(runner: Runner) -> None:
        context.obj = runner
        context.invoke(command, **{**options, "watch": False})

    try:
        _import_readers()
        return loop.Watch(
            preview,
            root,
            base=options["base"],
            outputs=[options[name] for name in OUTPUTS if options[name]],
            quiet=options["as_json"],
        ).run()
    except loop.Restart:
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (this command)


def _root(options: Mapping[str, Any]) -> pathlib.Path:
    """Returns the project's folder. Raises the errors that no edit of a file corrects:
    of the project, the stack and the base."""
    folder: pathlib.Path = options["folder"].resolve()
    root = next((at for at in (folder, *folder.parents) if (at / "Pulumi.yaml").is_file()), None)
    try:
        project = projects.load(folder)
    except projects.ProjectError as error:
        if root is None:
            raise CommandError(str(error)) from None
        return root  # shown by the first preview
    configuration(options["overrides"], project.name)
    stack = options["stack"]
    if stack and not options["all_stacks"] and project.stacks and stack not in project.stacks:
        try:
            projects.configuration(project, stack, {})
        except projects.ProjectError as error:
            raise CommandError(str(error)) from None
    base = options["base"]
    try:
        if base and not pathlib.Path(base).is_file():
            bases.commit_of(base, project.root)
    except bases.BaseError as error:
        raise CommandError(str(error)) from None
    return project.root


def _import_readers() -> None:
    """Imports what each preview would import. Where that fails, as in Groundplan's
    repository, starts the watch again after the next change."""
    try:
        for module in READERS:
            import_module(module)
    except Exception as error:  # noqa: BLE001 (a module that is being edited may raise anything)
        click.echo(
            f"groundplan: {''.join(traceback.format_exception_only(error)).strip()}", err=True
        )
        frames = traceback.extract_tb(error.__traceback__)
        files = {*loop.own_files(), *(frame.filename for frame in frames)}
        if isinstance(error, SyntaxError) and error.filename:
            files.add(error.filename)
        files = {file for file in files if pathlib.Path(file).is_absolute()}
        watched = WatchedFiles()
        watched.replace({file: observed_inputs.signature(file) for file in files})
        while not watched.changed():
            time.sleep(loop.INTERVAL)
        raise loop.Restart from None
