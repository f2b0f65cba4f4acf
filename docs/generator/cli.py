"""docs/cli.md: every command of `groundplan`, from its help."""

from collections.abc import Iterator

import click
from groundplan.cli import main

from generator.paths import NOTE


def page() -> str:
    """Returns the page."""
    lines = [NOTE, "# The command line", "", "What `groundplan <command> --help` prints.", ""]
    for context in _contexts(_context(main, "groundplan", None)):
        text = context.command.get_help(context).rstrip()
        lines += [f"## {context.command_path}", "", "```text", text, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    """Returns the context in which the command line runs a command."""
    settings = {**command.context_settings, "max_content_width": 88, "terminal_width": 88}
    return click.Context(command, parent=parent, info_name=name, **settings)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """Yields a command and those below it."""
    yield context
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _contexts(_context(inner, name, context))
