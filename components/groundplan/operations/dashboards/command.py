"""`groundplan dashboards push`: brings Grafana's dashboards to Amazon Managed
Grafana."""

import dataclasses
import json
import pathlib
import sys

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import exports
from groundplan.command_line.stack_options import (
    json_option,
    outputs_option,
    region_option,
    stack_argument,
)
from groundplan.operations.environment_region import region_of


@click.group()
def dashboards() -> None:
    """Manages Grafana's dashboards of a deployed environment."""


@dashboards.command(
    epilog="""
\b
Examples:
  groundplan dashboards push prod
  groundplan dashboards push --outputs outputs.json --json
\b
Exit codes: 0 all was pushed, 1 something was refused, 2 the command was misused.
"""
)
@stack_argument
@outputs_option
@region_option
@json_option
def push(
    stack: str | None, outputs: pathlib.Path | None, region: str | None, as_json: bool
) -> None:
    """Create or update the data sources and the dashboards in the stack's workspace of
    Amazon Managed Grafana.

    A token of 15 minutes, of the service account groundplan-dashboards, authenticates;
    it is deleted after the push.
    """
    found = exports(outputs, stack)
    workspace, url = found.get("grafanaWorkspaceId"), found.get("grafanaUrl")
    if not workspace or not url:
        raise CommandError(
            "The exports name no workspace of Amazon Managed Grafana. Fix: set monitoring.grafana, "
            "or export `grafanaWorkspaceId` and `grafanaUrl` of the MonitoringStack. Grafana in "
            "the cluster has the dashboards already"
        )
    region = region_of(region, found)

    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations.dashboards import access
    from groundplan.operations.dashboards import push as pushing
    from groundplan.operations.dashboards.grafana_api import Grafana, Refused

    client = boto3.session.Session().client("grafana", region_name=region, config=aws.CONTROL)
    try:
        with access.token(client, str(workspace)) as token:
            grafana = Grafana(str(url), token)
            done = pushing.push(grafana, region, found.get("prometheusEndpoint"))
    except Refused as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in done], indent=2))
    else:
        for one in done:
            click.echo(f"{'ok    ' if one.ok else 'FAILED'}  {one.what}: {one.detail}")
    if pushing.failed(done):
        sys.exit(1)
