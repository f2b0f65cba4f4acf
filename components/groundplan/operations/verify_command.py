"""`groundplan verify`: after every `up`."""

import json
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
    from groundplan.operations.verify import Check, Request


@click.command(
    epilog="""
\b
Examples:
  groundplan verify prod
  groundplan verify --outputs outputs.json --payload churn=smoke.json --json
\b
Exit codes: 0 all is well, 1 a check failed or nothing could be asked, 2 the command was misused.
"""
)
@stack_argument
@outputs_option
@region_option
@click.option(
    "--payload",
    "payloads",
    multiple=True,
    metavar="ENDPOINT=FILE",
    help="Invoke this endpoint with this request.",
)
@click.option(
    "--content-type", default="application/json", show_default=True, help="Of the payloads."
)
@json_option
def verify(
    stack: str | None,
    outputs: pathlib.Path | None,
    region: str | None,
    payloads: tuple[str, ...],
    content_type: str,
    as_json: bool,
) -> None:
    """Look whether a deployed environment is as it should be: endpoints, bucket,
    cluster, alarms."""
    found = exports(outputs, stack)
    requests = _requests(payloads, content_type, found.get("endpoints") or {})

    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations import verify as verification

    try:
        checks = verification.verify(
            verification.Account(region_of(region, found)), found, requests
        )
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    if not checks:
        raise CommandError(
            "The exports name nothing to verify: no endpoints, bucket, cluster or alarm topic"
        )
    if as_json:
        click.echo(json.dumps([check.__dict__ for check in checks], indent=2))
    else:
        _show(checks)
    if not all(check.ok for check in checks):
        sys.exit(1)


def _requests(
    given: Sequence[str], content_type: str, endpoints: Mapping[str, Any]
) -> "dict[str, Request]":
    from groundplan.operations.verify import Request

    found = {}
    for text in given:
        name, separator, file = text.partition("=")
        if not separator or name not in endpoints:
            known = ", ".join(sorted(endpoints)) or "none"
            raise click.UsageError(
                f"--payload {text}: expected ENDPOINT=FILE, with one of the stack's "
                f"endpoints: {known}"
            )
        try:
            found[name] = Request(pathlib.Path(file).read_bytes(), content_type)
        except OSError as error:
            raise CommandError(
                f"--payload {text}: {file} can't be read: {error.strerror}"
            ) from None
    return found


def _show(checks: "Sequence[Check]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in ("", "what", "check", "found"):
        table.add_column(column, overflow="fold")
    for check in checks:
        mark = Text("ok", "green") if check.ok else Text("FAILED", "bold red")
        table.add_row(mark, check.subject, check.what, Text(check.detail))
    console = Console()
    console.print(table)
    failed = sum(not check.ok for check in checks)
    console.print(
        f"{len(checks)} checks, {failed} failed." if failed else f"{len(checks)} checks, all well."
    )
