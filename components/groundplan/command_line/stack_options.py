"""Options of commands that read a stack's exports."""

import pathlib

import click

stack_argument = click.argument("stack", required=False, envvar="GROUNDPLAN_STACK")
stack_option = click.option(
    "-s", "--stack", envvar="GROUNDPLAN_STACK", help="The stack to ask the Pulumi CLI for."
)
outputs_option = click.option(
    "-o",
    "--outputs",
    envvar="GROUNDPLAN_OUTPUTS",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help=(
        "The stack's exports, as `pulumi stack output --json` prints them, in place of asking "
        "Pulumi."
    ),
)
region_option = click.option(
    "--region", help="The region. Default: what the exports or the environment say."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
