"""`groundplan utilization`: what idles, what is too small, and what it costs."""

import datetime
import json
import pathlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
from groundplan.command_line.tag_option import tags_of
from groundplan.operations.environment_region import region_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from groundplan.operations.utilization.account import Account
    from groundplan.operations.utilization.report import Report
    from groundplan.operations.utilization.scope import Scope

PRODUCTION = "prod"
SHOWN = ("idle", "too large", "too small")


@click.command(
    epilog="""
\b
Examples:
  groundplan utilization prod                       the last 14 days, a table
  groundplan utilization prod --days 30 --html report.html
  groundplan utilization prod --json | jq '.findings[] | select(.verdict == "idle")'
  kubectl -n monitoring port-forward svc/kube-prometheus-stack-prometheus 9090 &
  kubectl -n monitoring port-forward svc/opencost 9003 &
  groundplan utilization prod --prometheus http://localhost:9090 --opencost http://localhost:9003
\b
It only reads. Cost Explorer charges 0.01 USD for what it is asked: --no-cost-explorer does without.
Exit codes: 0 nothing idles and nothing is too small, 1 something is or nothing could be asked,
2 the command was misused.
"""
)
@stack_argument
@outputs_option
@region_option
@click.option(
    "--days",
    type=click.IntRange(7, 63),
    default=14,
    show_default=True,
    help="Days to look at. Fewer than a week say nothing of weekends.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="KEY=VALUE",
    help="A tag of the environment's resources. Default: those of its artifact bucket.",
)
@click.option(
    "--whole-region",
    is_flag=True,
    help="Look at everything in the region, whatever environment it belongs to.",
)
@click.option(
    "--minimum-instances",
    type=click.IntRange(1),
    metavar="N",
    help="Instances of an endpoint that no advice goes below. Default: 2, which survive the loss "
    "of one, in a stack whose name has `prod`, else 1.",
)
@click.option(
    "--prometheus",
    metavar="URL",
    help="The cluster's Prometheus, or a workspace of Amazon Managed Service for Prometheus, "
    "for GPUs and queues.",
)
@click.option("--opencost", metavar="URL", help="OpenCost's API, for the costs of namespaces.")
@click.option("--cost-explorer/--no-cost-explorer", default=True, help="Ask for billed costs too.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Write the report as one page of HTML.",
)
@json_option
def utilization(
    stack: str | None,
    outputs: pathlib.Path | None,
    region: str | None,
    days: int,
    tags: tuple[str, ...],
    whole_region: bool,
    minimum_instances: int | None,
    prometheus: str | None,
    opencost: str | None,
    cost_explorer: bool,
    html: pathlib.Path | None,
    as_json: bool,
) -> None:
    """Show what of a deployed environment idles, what is too small, what it costs and
    what could be saved."""
    for name, url in (("--prometheus", prometheus), ("--opencost", opencost)):
        if url is not None and not url.startswith(("http://", "https://")):
            raise click.UsageError(f"{name} {url}: expected a URL, such as http://localhost:9090")
    named = tags_of(tags)
    found = exports(outputs, stack)

    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations.utilization import page, report
    from groundplan.operations.utilization.account import Account as Connected
    from groundplan.operations.utilization.endpoints import MISSING

    least = minimum_instances or (2 if PRODUCTION in (stack or "").rsplit("/", 1)[-1] else 1)
    try:
        account = Connected(region_of(region, found))
        with _progress(as_json) as progress:
            scope, why = _scope(account, found, named, whole_region, least)
            built = report.build(
                account,
                scope,
                days=days,
                now=datetime.datetime.now(datetime.UTC),
                sources=report.Sources(prometheus or "", opencost or "", cost_explorer),
                progress=progress,
            )
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    if why:
        built.note(why)
    if (
        not built.missing
        and all(f.judgement.reason == MISSING for f in built.findings)
        and (len(built.findings) == built.total.resources)
    ):
        raise CommandError("Nothing of the environment is in this region. Fix: name it by --region")
    document = report.document(built)
    if html is not None:
        _write(html, page.page(document, f"Utilization of {stack or built.region}"))
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        _show(built)
    if built.has_findings:
        sys.exit(1)


def _scope(
    account: "Account", found: Any, named: "Mapping[str, str]", whole_region: bool, least: int
) -> "tuple[Scope, str]":
    """Returns the scope, and why its tags are not known."""
    from groundplan.operations.utilization.report import own_tags
    from groundplan.operations.utilization.scope import Scope

    why, bucket = "", found.get("artifactBucket")
    if not named and not whole_region and bucket:
        named, why = own_tags(account, str(bucket))
    scope = Scope.of_exports(found, tags=named, whole_region=whole_region, minimum_instances=least)
    return scope, why


@contextmanager
def _progress(quiet: bool) -> "Iterator[Callable[[str], None]]":
    """Shows on standard error what is looked at; only on a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _text: None
        return
    with console.status("...") as status:
        yield lambda text: status.update(text)


def _write(file: pathlib.Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandError(f"--html {file} can't be written: {error.strerror}") from None


def _show(built: "Report") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from groundplan.operations.utilization.page import money

    console = Console()
    # Five columns, which are read on a terminal of 80 characters.
    table = Table(show_lines=True)
    table.add_column("resource", overflow="fold")
    table.add_column("verdict")
    table.add_column("measured, and what to do", overflow="fold")
    table.add_column("USD a month", justify="right")
    table.add_column("saves", justify="right")
    others = 0
    for found in built.findings:
        resource, judgement = found.resource, found.judgement
        if judgement.verdict.value not in SHOWN:
            others += 1
            continue
        setting = judgement.setting
        lines = [f"{judgement.reason}. Fix: {judgement.advice}"]
        lines += [setting.text(built.namespace)] if setting else []
        idles = judgement.verdict.value != "too small"
        table.add_row(
            Text(f"{resource.name}\n{resource.kind.value}"),
            Text(judgement.verdict.value, "yellow" if idles else "bold red"),
            Text("\n".join(lines)),
            money(resource.cost.usd),
            money(judgement.saving_usd) if idles else "",
        )
    if table.row_count:
        console.print(table)
    console.print(_teams(built))
    total = built.total
    unknown = f", {total.unknown} without a known price" if total.unknown else ""
    console.print(
        f"{total.resources} resources, {money(total.usd)} USD a month at list prices{unknown}; "
        f"{money(total.saving_usd)} could be saved. {others} not judged: --json or --html has why."
    )
    for text in built.missing:
        console.print(Text(text, "yellow"))


def _teams(built: "Report") -> Any:
    from rich.table import Table
    from rich.text import Text

    from groundplan.operations.utilization.page import money

    table = Table()
    table.add_column("team")
    for column in ("resources", "USD a month", "could save"):
        table.add_column(column, justify="right")
    for name, value in sorted(built.teams.items(), key=lambda item: -item[1].usd):
        cost = money(value.usd) + (" + unknown" if value.unknown else "")
        table.add_row(Text(name), str(value.resources), cost, money(value.saving_usd))
    return table
