"""The `groundplan` command group. A subcommand's module is imported when the subcommand
is looked up, so that no command waits for the imports of another."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from groundplan.command_line.errors import json_errors, printable_errors, unwritable_output

AS_JSON = "groundplan.as_json"
"""The key of a context's `meta`: whether a command prints JSON and nothing else."""

COMMANDS: Mapping[str, str] = {
    "approve": "groundplan.delivery.commands.approve:approve",
    "bootstrap": "groundplan.operations.bootstrap.command:bootstrap",
    "comment": "groundplan.cli.comment:comment",
    "cost": "groundplan.cli.cost:cost",
    "destroy-check": "groundplan.cli.destroy_check:destroy_check",
    "dataset": "groundplan.data.commands.dataset:dataset",
    "dashboards": "groundplan.operations.dashboards.command:dashboards",
    "drift": "groundplan.cli.drift:drift",
    "facts": "groundplan.cli.facts:facts",
    "init": "groundplan.delivery.commands.init:init",
    "leftovers": "groundplan.operations.leftovers_command:leftovers",
    "lock": "groundplan.cli.lock:lock",
    "monitoring": "groundplan.model_monitoring.commands.monitoring:monitoring",
    "notify": "groundplan.operations.notify_command:notify",
    "preflight": "groundplan.cli.preflight:preflight",
    "preview": "groundplan.cli.preview:preview",
    "prices": "groundplan.cli.prices:prices",
    "prove": "groundplan.cli.prove:prove",
    "release": "groundplan.release.commands.release:release",
    "retraining": "groundplan.retraining.commands.retraining:retraining",
    "up": "groundplan.delivery.commands.up:up",
    "utilization": "groundplan.operations.utilization_command:utilization",
    "verify": "groundplan.operations.verify_command:verify",
}
"""Subcommand -> the module and the attribute that define it."""


class LazyGroup(click.Group):
    """A command group that imports its subcommands on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: Any = getattr(import_module(module), attribute)
            _refuse_empty_stacks(command)
            self.add_command(command, cmd_name)
        return super().get_command(ctx, cmd_name)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        as_json = "--json" in args
        with printable_errors(), unwritable_output():
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[AS_JSON] = as_json
        return context

    def invoke(self, ctx: click.Context) -> Any:
        as_json = ctx.meta.get(AS_JSON, False)
        with printable_errors(), json_errors(as_json=as_json), unwritable_output():
            return super().invoke(ctx)


def _refuse_empty_stacks(command: click.Command) -> None:
    """Refuses an empty name of a stack, of a variable that is not set: a command would
    read its default, another stack than is meant."""
    for parameter in command.params:
        if parameter.name == "stack" and not parameter.multiple and not parameter.callback:
            parameter.callback = _named
    for each in getattr(command, "commands", {}).values():
        _refuse_empty_stacks(each)


def _named(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value == "":
        raise click.BadParameter("it is empty. Fix: name the stack", context, parameter)
    return value


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""
\b
Examples:
  groundplan preview --stack prod                          what a program would register
  groundplan preview --all --base origin/main              what a branch changes
  groundplan prove prod                                    whether teams are isolated
  groundplan verify prod                                   whether a deployed environment is healthy
  groundplan COMMAND --help                                options, examples, exit codes
""",
)
@click.version_option(package_name="groundplan", prog_name="groundplan")
def main() -> None:
    """Previews, verifies and operates machine-learning environments that Pulumi
    programs define."""
