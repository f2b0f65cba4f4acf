"""`groundplan leftovers`: after a destroy, or when one is stuck."""

import json
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import exports
from groundplan.command_line.stack_options import json_option, outputs_option, stack_argument
from groundplan.operations.environment_region import region_of

if TYPE_CHECKING:
    from groundplan.operations.leftovers import Account, Leftover


@click.command(
    epilog="""
\b
Examples:
  groundplan leftovers dev                                     what the cluster has created in AWS
  groundplan leftovers --cluster groundplan-dev-training --region us-east-1
  groundplan leftovers --cluster groundplan-dev-training --region us-east-1 --delete
\b
Nothing is deleted while the cluster is there, and volumes, which may have been kept on purpose, only by --delete-volumes.
Exit codes: 0 nothing is left, 1 something is or nothing could be asked, 2 the command was misused.
"""  # noqa: E501
)
@stack_argument
@outputs_option
@click.option(
    "--cluster",
    metavar="NAME",
    help="The cluster, in place of the stack's: a destroyed stack exports nothing.",
)
@click.option(
    "--region", help="The region. Default: the one in the stack's kubeconfig, or the environment's."
)
@click.option(
    "--delete",
    is_flag=True,
    help="Delete what is left, but volumes. Only when the cluster is gone.",
)
@click.option("--delete-volumes", is_flag=True, help="Delete volumes too: what is on them is lost.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@json_option
def leftovers(
    stack: str | None,
    outputs: pathlib.Path | None,
    cluster: str | None,
    region: str | None,
    delete: bool,
    delete_volumes: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Look for what a training cluster has left in AWS: load balancers, volumes,
    network interfaces, nodes."""
    found = {} if cluster and not (stack or outputs) else exports(outputs, stack)
    name = cluster or found.get("clusterName")
    if not name:
        raise CommandError(
            "The stack exports no clusterName. Fix: --cluster, by default "
            "<project>-<stack>-training"
        )

    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations import leftovers as finding

    try:
        account = finding.Account(region_of(region or _of_kubeconfig(found), found))
        left = finding.find(account, str(name))
        if left and (delete or delete_volumes):
            left = _deleted(account, str(name), left, delete_volumes, yes, as_json)
        elif left and not as_json and finding.is_there(account, str(name)):
            click.echo(f"The cluster {name} is there, and uses what is listed here.", err=True)
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    _show(str(name), left, as_json)
    if left:
        sys.exit(1)


def _deleted(
    account: "Account",
    cluster: str,
    left: "Sequence[Leftover]",
    volumes: bool,
    yes: bool,
    as_json: bool,
) -> "list[Leftover]":
    """Delete, and give what is left then."""
    from groundplan.operations import leftovers_deletion as deletion

    count = sum(volumes or not found.holds_data for found in left)
    if count and not yes:
        if as_json:
            raise click.UsageError("--json can't ask: add --yes")
        _show(cluster, left, False)
        click.confirm(
            f"Delete {count} of them{', volumes and what is on them too' if volumes else ''}?",
            abort=True,
            err=True,
        )
    try:
        outcome = deletion.delete(
            account,
            cluster,
            volumes=volumes,
            progress=lambda text: click.echo(f"  {text}", err=True),
        )
    except deletion.ClusterIsThere:
        fix = "Fix: `pulumi destroy` first"
        raise CommandError(
            f"The cluster {cluster} is there, and uses what carries its tag; nothing was "
            f"deleted. {fix}"
        ) from None
    return outcome.left


def _of_kubeconfig(found: Mapping[str, Any]) -> str | None:
    """Returns the region that a kubeconfig of `TrainingCluster` asks for tokens in."""
    try:
        arguments = json.loads(found["kubeconfig"])["users"][0]["user"]["exec"]["args"]
        return str(arguments[arguments.index("--region") + 1])
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _show(cluster: str, left: "Sequence[Leftover]", as_json: bool) -> None:
    if as_json:
        from groundplan.operations.leftovers_deletion import as_data

        click.echo(json.dumps([as_data(found) for found in left], indent=2))
        return
    if not left:
        click.echo(f"Nothing is left of {cluster}.")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in ("what", "id", "state", "for"):
        table.add_column(column, overflow="fold")
    for found in left:
        table.add_row(found.kind.value, found.id, found.state, Text(found.detail))
    Console().print(table)
