"""What a stack registers: recorded offline, or read from a file."""

import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.program_inputs import (
    answers_option,
    config_option,
    configuration,
    invoke_answers,
    project_option,
)
from groundplan.command_line.stack_options import stack_argument

if TYPE_CHECKING:
    from groundplan.manifest.model import Manifest

manifest_option = click.option(
    "--manifest",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A manifest (`groundplan preview --out`), in place of running the program.",
)


Command = Callable[..., None]


@dataclass(frozen=True)
class Program:
    """A stack of a project, or the manifest that a file has of one."""

    folder: pathlib.Path
    stack: str | None
    file: pathlib.Path | None
    overrides: Sequence[str]
    answers: pathlib.Path | None

    def manifest(self, stack: str | None = None) -> "Manifest":
        """Returns what is registered: of `stack`, by default of the one that is named;
        without any, of the only one, or of dev. Raises `CommandError`."""
        name = stack or self.stack
        if self.file is not None:
            return _of_stack(self.file, name, ignored=self._inputs)
        from groundplan.manifest.project import ProjectError, load
        from groundplan.manifest.run import Request, preview

        try:
            project = load(self.folder)
            name = name or (project.stacks[0] if len(project.stacks) == 1 else "dev")
            config = configuration(self.overrides, project.name)
            result = preview(Request(self.folder, name, config, invoke_answers(self.answers)))
        except ProjectError as error:
            raise CommandError(str(error)) from None
        if result.manifest is None or result.failed:
            frames = "".join(f"\n  at {frame}" for frame in result.frames)
            raise CommandError(
                f"{project.name}/{name} could not be previewed.\n{result.message}{frames}"
            )
        return result.manifest

    @property
    def doing(self) -> str:
        """The progress message of `manifest`."""
        return "running the program offline" if self.file is None else "reading the manifest"

    def refuse_inputs(self, option: str) -> None:
        """Raises `UsageError` for inputs of a program that does not run because of an
        option."""
        _refuse_ignored(option, [*([str(self.file)] if self.file else []), *self._inputs])

    @property
    def _inputs(self) -> list[str]:
        return [*self.overrides, *([str(self.answers)] if self.answers else [])]


def program_options(command: Command) -> Command:
    """Returns the argument STACK and the options that say what it registers, as the
    keyword argument `program`."""

    @wraps(command)
    def run(
        *args: Any,
        folder: pathlib.Path,
        stack: str | None,
        file: pathlib.Path | None,
        overrides: tuple[str, ...],
        answers: pathlib.Path | None,
        **options: Any,
    ) -> None:
        command(*args, program=Program(folder, stack, file, overrides, answers), **options)

    found: Command = run
    for option in (answers_option, config_option, manifest_option, project_option, stack_argument):
        found = option(found)
    return found


def _refuse_ignored(option: str, ignored: Sequence[str]) -> None:
    if ignored:
        raise click.UsageError(
            f"{ignored[0]} has no effect with {option}: no program runs. Fix: remove it"
        )


def _of_stack(file: pathlib.Path, stack: str | None, ignored: Sequence[str]) -> "Manifest":
    """Returns the manifest in a file, which is that of the stack that is named, and
    which no other input changes."""
    _refuse_ignored("--manifest", ignored)
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
