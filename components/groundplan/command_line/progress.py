"""The stage that a command is at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(stage: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Shows the stage on standard error: in place on a terminal, elsewhere a line each.
    None with --json, whose standard error has errors as JSON."""
    from rich.console import Console
    from rich.markup import escape

    from groundplan.problems import printable

    console = Console(stderr=True)
    if console.is_terminal and not quiet:
        with console.status(escape(printable(stage))) as status:
            yield lambda text: status.update(escape(printable(text)))
        return

    def say(text: str) -> None:
        if not quiet:
            click.echo(f"groundplan: {printable(text)}", err=True)

    say(stage)
    yield say
