"""Errors of the command line."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

import click

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Errors of a write to standard output."""


class CommandError(click.ClickException):
    """An error that the user can fix. It is printed without a stack trace; the exit
    code is 1."""

    def show(self, _file: Any = None) -> None:
        from groundplan.problems import printable  # not at the start of every command

        click.echo(f"groundplan: {printable(self.message)}", err=True)


@contextmanager
def printable_errors() -> Iterator[None]:
    """Replaces control characters in the errors of click, which repeat arguments."""
    try:
        yield
    except click.ClickException as error:
        from groundplan.problems import printable

        # `message` is final for type checkers; a copy would lose the exit code.
        vars(error)["message"] = printable(error.message)
        raise


@contextmanager
def unwritable_output() -> Iterator[None]:
    """Names what refuses the output: a full disk. A closed pipe is click's: it ends the
    command without a word."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno not in FULL:
            raise
        # What Python has buffered is written at its end: nowhere, or it fails again.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandError(f"The output can't be written: {error.strerror}") from None


@contextmanager
def json_errors(*, as_json: bool) -> Iterator[None]:
    """Prints errors as a line of JSON on standard error, where that is asked for:
    standard output has results only."""
    try:
        yield
    except click.ClickException as error:
        if not as_json:
            raise
        from groundplan.problems import printable

        message = printable(error.format_message())
        data = {"error": {"message": message, "exit_code": error.exit_code}}
        click.echo(json.dumps(data, sort_keys=True), err=True)
        sys.exit(error.exit_code)


def errors_as_json(command: Callable[..., None]) -> Callable[..., None]:
    """Prints the errors of a command with the option --json as a line of JSON on
    standard error: standard output has results only."""

    @wraps(command)
    def run(*args: Any, as_json: bool, **options: Any) -> None:
        with json_errors(as_json=as_json):
            command(*args, as_json=as_json, **options)

    return run
