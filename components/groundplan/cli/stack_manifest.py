"""The manifest that a command reads: what a stack registers, or what a file has."""

import json
import pathlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from groundplan.cli.program_inputs import configuration, invoke_answers
from groundplan.command_line.errors import CommandError

if TYPE_CHECKING:
    from groundplan.manifest.model import Manifest

manifest_option = click.option(
    "--manifest",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A manifest (`groundplan preview --out`), in place of running the program.",
)


def registered(
    folder: pathlib.Path,
    stack: str | None,
    overrides: Sequence[str],
    answers: pathlib.Path | None,
    consequence: str,
) -> "Manifest":
    """The manifest of a stack. `consequence` is what its failure leads to: `nothing is
    proved`."""
    from groundplan.manifest.project import ProjectError, load
    from groundplan.manifest.run import Request, preview

    try:
        project = load(folder)
        name = stack or (project.stacks[0] if len(project.stacks) == 1 else "dev")
        config = configuration(overrides, project.name)
        result = preview(Request(folder, name, config, invoke_answers(answers)))
    except ProjectError as error:
        raise CommandError(str(error)) from None
    if result.manifest is None or result.failed:
        frames = "".join(f"\n  at {frame}" for frame in result.frames)
        raise CommandError(
            f"{project.name}/{name} could not be previewed, so {consequence}.\n"
            f"{result.message}{frames}"
        )
    return result.manifest


def read(file: pathlib.Path) -> "Manifest":
    """The manifest in a file."""
    from groundplan.manifest import text_files
    from groundplan.manifest.model import Manifest

    try:
        data: Any = text_files.read_json(file)
        return Manifest.from_data(data)
    except text_files.FileError as error:
        if not file.is_file():
            raise CommandError(f"--manifest {error}") from None
        raise CommandError(
            f"{file} is not a manifest: {error}. Fix: groundplan preview --stack STACK --out {file}"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommandError(
            f"{file} is not a manifest. Fix: groundplan preview --stack STACK --out {file}"
        ) from None


def state(file: str, stack: str) -> "Manifest":
    """The deployed state in a file of `pulumi stack export`; `-` is standard input."""
    from groundplan.manifest import state as states

    expected = "Fix: pulumi stack export --stack STACK > state.json"
    try:
        text = sys.stdin.read() if file == "-" else pathlib.Path(file).read_text(encoding="utf-8")
        data: Any = json.loads(text)
    except OSError as error:
        raise CommandError(f"--state {file} can't be read: {error.strerror}. {expected}") from None
    except ValueError as error:
        raise CommandError(f"--state {file} is not JSON: {error}. {expected}") from None
    if not isinstance(data, dict) or not states.is_state(data):
        raise CommandError(f"--state {file} is not the state of a stack. {expected}")
    try:
        return states.manifest(data, stack)
    except (KeyError, TypeError, AttributeError, IndexError):
        raise CommandError(f"--state {file} is not the state of a stack. {expected}") from None
