"""`groundplan preflight`: whether `pulumi up` can succeed in this account."""

import datetime
import json
import re
import sys
from typing import TYPE_CHECKING

import click

from groundplan.command_line import deployed_state
from groundplan.command_line.errors import CommandError
from groundplan.command_line.progress import progress
from groundplan.command_line.registered import Program, program_options
from groundplan.command_line.stack_options import json_option

if TYPE_CHECKING:
    from groundplan.operations.preflight.account import Account
    from groundplan.operations.preflight.finding import Finding, Result, Unchecked

IDENTITY = re.compile(r"arn:[\w-]+:iam::\d{12}:(role|user)/[\w+=,.@/-]+")
OBSTACLES = 3
UNCHECKED = 4


@click.command(
    epilog="""
\b
Examples:
  groundplan preflight prod
  pulumi stack export -s prod | groundplan preflight prod --state -
  groundplan preflight prod --json > preflight.json
  groundplan preview -s prod --base main --preflight preflight.json --markdown comment.md
  groundplan preflight prod --request                  asks, then requests quota increases
  groundplan preflight prod --offline                  what needs no account
  groundplan preflight prod --deployer ROLE_ARN        the permissions of the role that deploys
\b
Exit codes: 0 nothing is in the way, 1 the program failed, 2 the command was misused,
3 something is in the way, 4 something could not be checked (with --strict).
"""
)
@program_options
@deployed_state.state_option
@click.option("--offline", is_flag=True, help="Read neither an account nor the web.")
@click.option(
    "--deployer",
    metavar="ARN",
    default="",
    help="Check the permissions of this role or user. Default: those of the caller.",
)
@click.option("--strict", is_flag=True, help="Exit with 4 where something could not be checked.")
@click.option(
    "--request", "increase", is_flag=True, help="Request the quota increases, after asking."
)
@click.option("--yes", is_flag=True, help="With --request: don't ask.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Day by which support ends. Default: this machine's date.",
)
@json_option
def preflight(
    program: Program,
    state_file: str,
    offline: bool,
    deployer: str,
    strict: bool,
    increase: bool,
    yes: bool,
    today: datetime.datetime | None,
    as_json: bool,
) -> None:
    """Finds what `pulumi up` of STACK would fail at, before money is spent.

    Compares what the program registers, recorded offline, with the account: service
    quotas, instance offerings, addresses, reservations, images, charts, versions,
    permissions, names, and whether the API server can be reached from here. Each
    finding names the resource, the need, the limit and the fix. Reads only; --request
    alone writes. Default of STACK: the only one, or dev.
    """
    from groundplan.operations.preflight import checks
    from groundplan.operations.preflight.plan import Plan

    if offline and increase:
        raise click.UsageError("--request needs an account: it excludes --offline")
    if deployer and (offline or not IDENTITY.fullmatch(deployer)):
        raise click.UsageError(
            f"--deployer {deployer}: expected the ARN of a role or user, and an account to ask"
        )
    if yes and not increase:
        raise click.UsageError("--yes has no effect without --request. Fix: add --request")
    with progress(program.doing, quiet=as_json) as say:
        manifest = program.manifest()
        # What is deployed already takes no name and no quota.
        deployed = deployed_state.read(state_file, manifest.stack) if state_file else None
        say("reading the account")
        account, id_, why, web = _account(offline)
        result = checks.run(
            Plan(manifest, deployed, deployer),
            account,
            today.date() if today else datetime.date.today(),
            say,
            why,
            id_,
            web,
        )
    if increase:
        result = _requested(result, yes)
    if as_json:
        click.echo(json.dumps(result.to_data(), indent=2, sort_keys=True))
    else:
        _show(result)
    sys.exit(OBSTACLES if result.findings else UNCHECKED if strict and result.unchecked else 0)


def _account(offline: bool) -> "tuple[Account | None, str, str, Account | None]":
    """Returns the account and its ID, or why there is none; and what reads the web."""
    if offline:
        return None, "", "--offline", None
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations.preflight.account import Account
    from groundplan.operations.preflight.reader import Missing, Unread

    try:
        account = Account()
    except BotoCoreError as error:  # a profile that does not exist
        return None, "", f"no account: {aws.words(error)}", None
    try:
        return account, account.id, "", account
    except (Unread, Missing) as error:
        return None, "", f"no account: {error}", account


def _requested(result: "Result", yes: bool) -> "Result":
    """Returns the result with the increases that were requested."""
    from dataclasses import replace

    import boto3  # type: ignore[import-untyped]

    from groundplan.operations.preflight import increases

    wanted = result.increases
    if not wanted:
        click.echo("No quota increase would remove an obstacle.", err=True)
        return result
    for each in wanted:
        line = f"  {each.name} ({each.code}) in {each.region}: to {each.value:g}"
        click.echo(line, err=True)
    if not yes and not click.confirm("Request these increases?", err=True):
        raise CommandError("nothing was requested")
    done, failures = increases.request(boto3.session.Session(), wanted)
    for text in failures:
        click.echo(f"groundplan: {text}", err=True)
    click.echo(f"{len(done)} of {len(wanted)} increases requested.", err=True)
    return replace(result, requested=tuple(done))


def _show(result: "Result") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    if result.findings:
        console.print(_table(result.findings))
    for why, names in _reasons(result.unchecked).items():
        console.print(Text(f"not checked: {', '.join(names)}: {why}", "yellow"))
    place = f" in account {result.account}" if result.account else ""
    count = len(result.findings)
    words = f"{count} obstacle{'' if count == 1 else 's'}" if count else "No obstacle"
    console.print(
        Text(
            f"{words} of {result.project}/{result.stack}{place}: {len(result.checked)} checks, "
            f"{len(result.unchecked)} things not checked."
        )
    )


def _reasons(unchecked: "tuple[Unchecked, ...]") -> dict[str, list[str]]:
    """Returns why -> what could not be checked."""
    found: dict[str, list[str]] = {}
    for entry in unchecked:
        what = "" if entry.what in ("all of it", "the rest of it") else f" ({entry.what})"
        found.setdefault(entry.why, []).append(entry.check + what)
    return found


def _table(findings: "tuple[Finding, ...]") -> object:
    from rich.table import Table
    from rich.text import Text

    from groundplan.operations.preflight.finding import Stage

    styles = {Stage.UP: "bold red", Stage.SCALING: "yellow", Stage.LATER: "cyan"}
    words = {Stage.UP: "up fails", Stage.SCALING: "can't scale", Stage.LATER: "soon"}
    table = Table(show_lines=True)
    for column in ("", "step of up", "needs", "limit", "fix"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        step = finding.name + (f"\n{finding.source}" if finding.source else "")
        fix = "\n".join([finding.fix, *(f"or: {each}" for each in finding.alternatives)])
        table.add_row(
            Text(words[finding.stage], styles[finding.stage]),
            Text(step),
            Text(finding.need),
            Text(finding.limit),
            Text(fix),
        )
    return table
