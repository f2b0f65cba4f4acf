"""`groundplan dataset ...`: versions of datasets."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

COMMANDS: Mapping[str, str] = {
    "checkout": "transfer:checkout",
    "commit": "committing:commit",
    "diff": "looking:diff",
    "gc": "collecting:gc",
    "lineage": "tracing:lineage",
    "list": "looking:list_",
    "rollback": "moving:rollback",
    "show": "looking:show",
    "tag": "moving:tag",
}
"""Subcommand -> the module of this package and the attribute that define it."""


class LazyGroup(click.Group):
    """A command group that imports its subcommands on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: Any = getattr(import_module(f"groundplan.data.commands.{module}"), attribute)
            self.add_command(command, cmd_name)
        return super().get_command(ctx, cmd_name)


@click.group(cls=LazyGroup)
def dataset() -> None:
    """Versions of datasets in the artifact bucket: immutable, named by digest and by
    tags."""
