"""`groundplan notify`: who is notified of alarms?"""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from groundplan.operations.notify import Delivery

MANAGED = "managed"
"""In place of Alertmanager's URL."""


@click.command(
    epilog="""
\b
Examples:
  groundplan notify prod
  groundplan notify prod --severity critical
  kubectl -n monitoring port-forward svc/kube-prometheus-stack-alertmanager 9093 &
  groundplan notify prod --alertmanager http://localhost:9093
  groundplan notify prod --alertmanager managed
\b
Exit codes: 0 all was published and every subscription is confirmed, 1 something was not, 2 the
command was misused.
"""
)
@stack_argument
@outputs_option
@region_option
@click.option(
    "--severity",
    type=click.Choice(["warning", "critical"]),
    default="warning",
    show_default=True,
    help="Critical notifications go to the urgent topic too: to the pager.",
)
@click.option(
    "--alertmanager",
    metavar="URL|managed",
    help=(
        "Send a test alert to this Alertmanager as well, or to the alert manager of the stack's "
        "workspace of Amazon Managed Service for Prometheus."
    ),
)
@json_option
def notify(
    stack: str | None,
    outputs: pathlib.Path | None,
    region: str | None,
    severity: str,
    alertmanager: str | None,
    as_json: bool,
) -> None:
    """Send a test notification to everybody whom alarms notify, and show which
    subscriptions are not confirmed."""
    accepted = ("http://", "https://")
    if alertmanager not in (None, MANAGED) and not str(alertmanager).startswith(accepted):
        raise click.UsageError(
            f"--alertmanager {alertmanager}: expected a URL, such as http://localhost:9093, or "
            f"{MANAGED}"
        )
    found = exports(outputs, stack)

    from groundplan.operations import notify as notifications

    deliveries: list[Delivery] = []
    if any(found.get(export) for export in notifications.TOPICS):
        deliveries += notifications.send(found, region_of(region, found), severity)
    if alertmanager == MANAGED:
        endpoint = found.get("prometheusEndpoint")
        if not endpoint:
            raise CommandError(
                "The exports name no workspace. Fix: export `prometheusEndpoint`, or use the URL "
                "of Alertmanager in the cluster"
            )
        place = region_of(region, found)
        deliveries.append(notifications.managed_alert(str(endpoint), place, severity))
    elif alertmanager is not None:
        deliveries.append(notifications.alert(alertmanager, severity))
    if not deliveries:
        raise CommandError(
            "The exports name no alarm topic. Fix: export `alarmTopicArn`, the topic_arn of "
            "the MonitoringStack"
        )
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(delivery) for delivery in deliveries], indent=2))
    else:
        _show(deliveries)
    if not all(delivery.ok for delivery in deliveries):
        sys.exit(1)


def _show(deliveries: "Sequence[Delivery]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in ("", "to", "result"):
        table.add_column(column, overflow="fold")
    for delivery in deliveries:
        mark = Text("ok", "green") if delivery.ok else Text("FAILED", "bold red")
        table.add_row(mark, Text(delivery.to), Text(delivery.detail))
    Console().print(table)
