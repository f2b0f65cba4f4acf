"""What a stack registers: recorded offline, or read from a file."""

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.program_inputs import configuration, invoke_answers

if TYPE_CHECKING:
    from groundplan.manifest.model import Manifest

manifest_option = click.option(
    "--manifest",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A manifest (`groundplan preview --out`), in place of running the program.",
)


def manifest(
    file: pathlib.Path | None,
    folder: pathlib.Path,
    stack: str | None,
    overrides: Sequence[str] = (),
    answers: pathlib.Path | None = None,
) -> "Manifest":
    """Returns the manifest in `file`, or that of a stack of the project in `folder`;
    without a stack, of the only one, or of dev. Raises `CommandError`."""
    if file is not None:
        return _of_stack(file, stack, ignored=inputs(None, overrides, answers))
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
            f"{project.name}/{name} could not be previewed.\n{result.message}{frames}"
        )
    return result.manifest


def refuse_ignored(option: str, ignored: Sequence[str]) -> None:
    """Raises `UsageError` for inputs of a program that does not run."""
    if ignored:
        raise click.UsageError(
            f"{ignored[0]} has no effect with {option}: no program runs. Fix: remove it"
        )


def inputs(
    file: pathlib.Path | None, overrides: Sequence[str], answers: pathlib.Path | None
) -> list[str]:
    """Returns the inputs of a program that are named."""
    return [*([str(file)] if file else []), *overrides, *([str(answers)] if answers else [])]


def doing(file: pathlib.Path | None) -> str:
    """Returns the progress message of `manifest`."""
    return "reading the manifest" if file is not None else "running the program offline"


def _of_stack(file: pathlib.Path, stack: str | None, ignored: Sequence[str]) -> "Manifest":
    """Returns the manifest in a file, which is that of the stack that is named, and
    which no other input changes."""
    refuse_ignored("--manifest", ignored)
    found = _read(file)
    if stack and found.stack and stack != found.stack:
        raise CommandError(
            f"--manifest {file} is the manifest of {found.stack}, not of {stack}. Fix: name the "
            f"stack {found.stack}, or: groundplan preview --stack {stack} --out {file}"
        )
    return found


def _read(file: pathlib.Path) -> "Manifest":
    from groundplan.manifest import text_files
    from groundplan.manifest.model import Manifest

    fix = f"Fix: groundplan preview --stack STACK --out {file}"
    try:
        data: Any = text_files.read_json(file)
        return Manifest.from_data(data)
    except text_files.FileError as error:
        if not file.is_file():
            raise CommandError(f"--manifest {error}") from None
        raise CommandError(f"{file} is not a manifest: {error}. {fix}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommandError(f"{file} is not a manifest. {fix}") from None
