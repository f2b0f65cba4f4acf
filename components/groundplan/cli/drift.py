"""`groundplan drift`: what in the account differs from the state."""

import json
import sys
from typing import TYPE_CHECKING

import click

from groundplan.command_line import deployed_state, pulumi_cli
from groundplan.command_line.errors import CommandError
from groundplan.command_line.progress import progress
from groundplan.command_line.registered import Program, program_options
from groundplan.command_line.stack_options import json_option

if TYPE_CHECKING:
    from groundplan.manifest.model import Manifest
    from groundplan.operations.drift.difference import Drift
    from groundplan.operations.drift.run import Objects
    from groundplan.operations.preflight.account import Account

DIFFERS = 3
NOT_COMPARED = 4


@click.command(
    epilog="""
\b
Examples:
  groundplan drift prod                                the Pulumi CLI reads the state
  pulumi stack export -s prod | groundplan drift prod --state -
  groundplan drift prod --kubeconfig ~/.kube/config    Kubernetes objects, too
  groundplan drift prod --json > drift.json
  groundplan drift prod --refresh                      what `pulumi refresh` sees: every type
\b
Exit codes: 0 nothing differs, 1 nothing could be compared, 2 the command was misused,
3 something differs, 4 something was not compared (with --strict).
"""
)
@program_options
@deployed_state.state_option
@click.option(
    "--kubeconfig", default="", metavar="FILE", help="Compare Kubernetes objects, by kubectl get."
)
@click.option("--context", "kube_context", default="", help="The context of --kubeconfig.")
@click.option(
    "--refresh",
    is_flag=True,
    help="Let `pulumi refresh --preview-only` compare: needs the Pulumi CLI, the providers' "
    "plugins and the stack's passphrase or key, and reads every type.",
)
@click.option(
    "--without-program", is_flag=True, help="Don't run the program: only the state is compared."
)
@click.option("--strict", is_flag=True, help="Exit with 4 where something was not compared.")
@json_option
def drift(
    program: Program,
    state_file: str,
    kubeconfig: str,
    kube_context: str,
    refresh: bool,
    without_program: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Shows what in the account differs from the state of STACK, changing nothing.

    Reads each resource of the state by AWS's own APIs, and looks for what has the
    stack's tags and is not in the state. Says what it did not compare. What the program
    differs in from the state is listed apart: that is no drift, `up` deploys it.
    """
    from groundplan.operations.drift import run

    if refresh and (state_file or kubeconfig):
        raise click.UsageError("--refresh reads the state and the cluster itself, by Pulumi")
    if kube_context and not kubeconfig:
        raise click.UsageError("--context has no effect without --kubeconfig. Fix: add it")
    if refresh or without_program:
        program.refuse_inputs("--refresh" if refresh else "--without-program")
    with progress("reading the state", quiet=as_json) as say:
        if refresh:
            from groundplan.operations.drift import refreshed

            say("pulumi refresh --preview-only")
            try:
                found = refreshed.run(program.folder, program.stack)
            except pulumi_cli.PulumiError as error:
                raise CommandError(str(error)) from None
        else:
            state = _state(program, state_file)
            planned = None
            if not without_program:
                say("running the program offline")
                planned = program.manifest(program.stack or state.stack)
            say("reading the account")
            objects = _objects(kubeconfig, kube_context) if kubeconfig else None
            found = run.run(state, _account(), planned, objects, say)
    if as_json:
        click.echo(json.dumps(found.to_data(), indent=2, sort_keys=True, default=str))
    else:
        _show(found)
    sys.exit(DIFFERS if found.differences else NOT_COMPARED if strict and found.not_compared else 0)


def _state(program: Program, file: str) -> "Manifest":
    """Returns the state in a file, or as the Pulumi CLI exports it."""
    if file:
        return deployed_state.read(file, program.stack or "")
    from groundplan.manifest import state as states

    try:
        return states.manifest(pulumi_cli.state(program.stack, program.folder), program.stack or "")
    except pulumi_cli.PulumiError as error:
        raise CommandError(
            f"{error}. Fix: pulumi stack export > state.json where it is, then --state state.json"
        ) from None


def _objects(kubeconfig: str, context: str) -> "Objects":
    from functools import partial

    from groundplan.operations.drift import cluster_objects

    return partial(cluster_objects.compare, cluster=cluster_objects.Cluster(kubeconfig, context))


def _account() -> "Account":
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations.preflight.account import Account
    from groundplan.operations.preflight.reader import Missing, Unread

    try:
        account = Account()
        _ = account.id
    except (Unread, Missing) as error:
        raise CommandError(str(error)) from None
    except BotoCoreError as error:
        raise CommandError(aws.words(error)) from None
    return account


def _show(found: "Drift") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    if found.differences:
        console.print(_table(found))
    reasons: dict[str, list[str]] = {}
    for entry in found.not_compared:
        reasons.setdefault(entry.why, []).append(entry.what)
    for why, names in reasons.items():
        console.print(Text(f"not compared: {', '.join(names)}: {why}", "yellow"))
    for verb, waiting in found.pending.items():
        if waiting:
            console.print(Text(f"no drift, the next up will {verb}: {', '.join(waiting)}", "cyan"))
    number = len(found.differences)
    words = f"{number} difference{'' if number == 1 else 's'}" if number else "No difference"
    console.print(
        Text(
            f"{words} between {found.project}/{found.stack} and the account, by {found.tool}: "
            f"{found.compared} resources compared, {len(found.not_compared)} entries not."
        )
    )


def _table(found: "Drift") -> object:
    from rich.table import Table
    from rich.text import Text

    from groundplan.operations.drift.difference import Kind

    styles = {Kind.DELETED: "bold red", Kind.CHANGED: "yellow", Kind.UNMANAGED: "cyan"}
    table = Table(show_lines=True)
    for column in ("", "resource", "property", "state", "account"):
        table.add_column(column, overflow="fold")
    for each in found.differences:
        name = each.name + (f"\n{each.source}" if each.source else "")
        values = (each.recorded, each.live) if each.kind is Kind.CHANGED else (None, None)
        table.add_row(
            Text(each.kind.value, styles[each.kind]),
            Text(name),
            Text(each.path),
            *(Text("" if value is None else str(value)) for value in values),
        )
    return table
