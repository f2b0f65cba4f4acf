"""`groundplan approve`: seals what a person has seen, for `groundplan up`."""

import datetime
import getpass
import json
import os
import pathlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.progress import progress
from groundplan.command_line.stack_options import json_option
from groundplan.delivery.commands.approval_options import (
    Delivered,
    client,
    command_errors,
    delivered,
    key_client,
    shared_options,
)

if TYPE_CHECKING:
    from groundplan.delivery.approval.document import Approval
    from groundplan.delivery.approval.recording import Recorded

MOST = 20
"""Operations of the engine that are printed."""
ACTORS = ("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR", "BUILD_REQUESTEDFOR")
"""Variables in which pipelines name the person who started them (GitHub Docs, "Default
environment variables"; Azure Pipelines, "Predefined variables")."""


@click.command(
    epilog="""
\b
Examples:
  groundplan approve prod                             show, ask, sign and keep
  groundplan approve prod --out approval.json --yes   write a file in place of the store
  groundplan approve prod --hours 4 --reason 'ticket OPS-12'
  groundplan approve prod --revoke 1a2b3c4d5e6f7a8b
\b
Exit codes: 0 approved, or revoked, 1 the program or Pulumi failed, or nobody confirmed,
2 the command was misused. With --json, an error is a line of JSON on standard error.
"""
)
@shared_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Write the approval to a new file, in place of the store.",
)
@click.option(
    "--hours",
    type=click.IntRange(1, 720),
    help="Hours that it holds. Default: delivery.approval.validHours of the settings, or 24.",
)
@click.option("--reason", default="", help="Why, a part of the document: a ticket.")
@click.option(
    "--approver",
    help="Who approves, a name, where neither a key nor a bucket is used: with one, the caller "
    "of AWS does. Default: this user. The document has who sealed it as well.",
)
@click.option(
    "--state-only",
    is_flag=True,
    help="Ask neither the cloud nor the providers: seal what is registered and the state alone.",
)
@click.option("--revoke", metavar="NAME", help="Revoke an approval of the store, for good.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def approve(
    stack: str,
    folder: pathlib.Path,
    place: str | None,
    key: str | None,
    out: pathlib.Path | None,
    hours: int | None,
    reason: str,
    approver: str | None,
    state_only: bool,
    revoke: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Approve what `groundplan up` would deploy now, and nothing else.

    Seals what the program registers, the deployed state, what the engine would do after
    it has read the cloud, the settings, the program's files, the environment variables
    that it reads, and the versions. Signs it with a KMS key where the settings name
    one."""
    target = delivered(folder, stack, key, place)
    if revoke is not None:
        _revoke(target, revoke, as_json)
        return
    if not out and not target.place:
        raise click.UsageError(
            "There is no place for the approval. Fix: --out FILE, --store PLACE, or "
            "delivery.approval.store in the settings"
        )
    if out:
        _check_new(out)
    uses_aws = bool(target.key) or (out is None and target.has_bucket)
    _check_words(target, uses_aws, approver, reason, hours)
    if as_json and not yes:
        raise click.UsageError("--json asks nothing. Fix: add --yes")
    with command_errors():
        salt = secrets.token_hex(16)
        recorded = _record(target, salt, state_only=state_only, quiet=as_json)
        if not as_json:
            _show(target, recorded)
        if not yes:
            click.confirm(f"Approve this for {stack}?", abort=True)
        sealed_by = _caller() if uses_aws else _person()
        until = hours or target.valid_hours
        who = approver or sealed_by
        approval = _sealed(target, recorded, salt, until, reason, who, sealed_by)
        where = _keep(target, approval, out)
    _report(approval, where, recorded, as_json)


def _check_words(
    target: Delivered, uses_aws: bool, approver: str | None, reason: str, hours: int | None
) -> None:
    """Raises an error for what the document must not say, before anybody is asked."""
    if approver is not None and uses_aws:
        raise click.UsageError(
            "--approver: with a key or a bucket, who approves is the caller of AWS. Fix: leave it "
            "out"
        )
    for option, text in (("--approver", approver), ("--reason", reason)):
        if text is not None and not text.isprintable():
            raise click.UsageError(f"{option}: expected one line without control characters")
    if approver is not None and not approver.strip():
        raise click.UsageError("--approver: expected a name")
    settled = target.args.get("approval", {}).get("valid_hours")
    if hours and settled and hours > settled:
        raise click.UsageError(
            f"--hours {hours}: delivery.approval.validHours of the settings is {settled}. "
            f"Allowed: 1 to {settled}"
        )


def _check_new(out: pathlib.Path) -> None:
    """Raises an error where the approval could not be written, before anybody is
    asked."""
    if out.exists():
        raise CommandError(f"{out} is there already. Fix: remove it, or name another")
    if not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}. Fix: create it")


def _record(target: Delivered, salt: str, *, state_only: bool, quiet: bool) -> "Recorded":
    from groundplan.delivery.approval.pulumi_cli import Pulumi
    from groundplan.delivery.approval.recording import record
    from groundplan.manifest import processes

    pulumi = Pulumi(target.project.root, target.stack)
    with (
        processes.cancelled_by_signals(),
        progress(f"recording {target.stack}", quiet=quiet) as say,
    ):
        return record(target.project, target.stack, salt, pulumi, say, state_only=state_only)


def _sealed(
    target: Delivered,
    recorded: "Recorded",
    salt: str,
    hours: int,
    reason: str,
    approver: str,
    sealed_by: str,
) -> "Approval":
    from groundplan.delivery.approval.document import Approval
    from groundplan.delivery.approval.signing import sign

    at = now()
    expires = at + datetime.timedelta(hours=hours)
    approval = Approval(recorded.subject, salt, approver, at, expires, reason, sealed_by=sealed_by)
    return sign(approval, target.key, key_client(target.key)) if target.key else approval


def now() -> datetime.datetime:
    """The time of an approval."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _caller() -> str:
    return str(client("sts").get_caller_identity()["Arn"])


def _person() -> str:
    named = (os.environ.get(name) for name in ACTORS)
    found = next((name for name in named if name and name.isprintable()), None)
    if found:
        return found
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        raise CommandError(
            "This user has no name. Fix: name who approves with --approver"
        ) from None


def _keep(target: Delivered, approval: "Approval", out: pathlib.Path | None) -> str:
    from groundplan.delivery.approval.store import add

    store = target.store
    if out is None and store is not None:
        return f"{str(target.place).rstrip('/')}/{add(store, approval)}"
    if out is None:
        raise CommandError("There is no place for the approval. Fix: --out FILE")
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(approval.to_json())
    except FileExistsError:
        raise CommandError(f"{out} is there already. Fix: remove it, or name another") from None
    return str(out)


def _revoke(target: Delivered, name: str, as_json: bool) -> None:
    from groundplan.delivery.approval.store import StoreError, revoke

    store = target.store
    if store is None:
        raise click.UsageError("--revoke needs the store of the approval. Fix: --store PLACE")
    with command_errors():
        try:
            found = revoke(store, target.project.name, target.stack, name)
        except StoreError as error:
            raise CommandError(f"Nothing was revoked: {error}") from None
    click.echo(json.dumps({"revoked": found}) if as_json else f"Revoked: {found}")


def _show(target: Delivered, recorded: "Recorded") -> None:
    """Prints what the approval is about: the changes of the deployed state."""
    from rich.console import Console

    from groundplan.delivery.approval.engine_preview import words as operation
    from groundplan.diff.comparison import compare
    from groundplan.manifest.state import resolved
    from groundplan.report.model import Report
    from groundplan.report.terminal.changes import show_changes

    before = recorded.deployed
    changes = compare(before, resolved(recorded.manifest, before), "the deployed state")
    project = target.project.name
    show_changes(Report(project, target.stack, recorded.manifest, changes=changes), Console())
    _show_operations({urn: operation(v) for urn, v in recorded.live.plan.items()})
    for words in recorded.unsealed:
        click.echo(f"not sealed: the program {words}")


def _show_operations(operations: Mapping[str, str]) -> None:
    """Prints what the engine would do, first what is no creation: of those the
    program's changes above have every input."""
    ordered = sorted(operations, key=lambda urn: (operations[urn] == "create", urn))
    for urn in ordered[:MOST]:
        click.echo(f"the engine: {urn}: {operations[urn]}")
    if len(ordered) > MOST:
        click.echo(f"the engine: and {len(ordered) - MOST} more operations")


def _report(approval: "Approval", where: str, recorded: "Recorded", as_json: bool) -> None:
    data: dict[str, Any] = {
        "name": approval.name,
        "stack": approval.subject.stack,
        "approver": approval.approver,
        "sealed_by": approval.sealed_by,
        "approved_at": approval.approved_at.isoformat(),
        "expires_at": approval.expires_at.isoformat(),
        "digests": approval.subject.digests(),
        "signed_by": approval.signature.key if approval.signature else None,
        "unsealed": list(recorded.unsealed),
        "document": where,
    }
    if as_json:
        click.echo(json.dumps(data, indent=2, sort_keys=True))
        return
    click.echo(f"Approved: {where}")
    click.echo(f"  name     {approval.name}")
    click.echo(f"  by       {approval.approver}")
    if approval.sealed_by != approval.approver:
        click.echo(f"  sealed   by {approval.sealed_by}")
    click.echo(f"  until    {approval.expires_at.isoformat()}")
    click.echo(f"  manifest {approval.subject.digests()['manifest']}")
    click.echo(f"  signed   {data['signed_by'] or 'no: who can write the document decides'}")
