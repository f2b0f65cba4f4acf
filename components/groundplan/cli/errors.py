"""Errors of the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


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

        error.message = printable(error.message)
        raise
