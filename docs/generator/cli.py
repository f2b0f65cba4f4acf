"""docs/cli.md: every command of `groundplan`, from its help."""

from collections.abc import Iterator

import click
from groundplan.cli import main

from generator.paths import NOTE


def page() -> str:
    """Returns the page."""
    lines = [NOTE, "# The command line", "", "What `groundplan <command> --help` prints.", ""]
    for path, command in _commands("groundplan", main):
        context = click.Context(command, info_name=path, max_content_width=88, terminal_width=88)
        lines += [f"## {path}", "", "```text", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _commands(f"{path} {name}", inner)
