"""Errors of the command line."""

from typing import Any

import click


class CommandError(click.ClickException):
    """An error that the user can fix. It is printed without a stack trace; the exit
    code is 1."""

    def show(self, _file: Any = None) -> None:
        click.echo(f"groundplan: {self.message}", err=True)
