"""`groundplan up`: deploys what was approved, and refuses anything else."""

import datetime
import json
import pathlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.progress import progress
from groundplan.command_line.stack_options import json_option
from groundplan.delivery.commands.approval_options import (
    Delivered,
    command_errors,
    delivered,
    key_client,
    shared_options,
)

if TYPE_CHECKING:
    from groundplan.delivery.approval.document import Approval
    from groundplan.delivery.approval.judging import Refusal
    from groundplan.delivery.approval.pulumi_cli import Pulumi
    from groundplan.delivery.approval.recording import Recorded

REFUSED, FAILED, OVERTAKEN = 3, 4, 5
MOST = 20
"""Differences that are printed; --json has all."""


class Refused(click.ClickException):
    """Something else would be deployed than what was approved."""

    exit_code = REFUSED

    def show(self, _file: Any = None) -> None:
        click.echo(self.message, err=True)


@click.command(
    epilog="""
\b
Examples:
  groundplan up prod                                  the newest approval of the store
  groundplan up prod --approval approval.json
  groundplan up prod --approval approval.json --check compare, and change nothing
  groundplan up dev                                   a level that needs no approval
\b
Exit codes: 0 deployed (with --check: it would be), 1 the program or Pulumi failed before
anything was changed, 2 the command was misused, 3 refused: it is not what was approved, nothing
was changed, 4 `pulumi up` failed: resources may have changed, approve again, 5 deployed, but
something else changed the stack or the program meanwhile.
"""
)
@shared_options
@click.option(
    "--approval",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="The approval, of `groundplan approve --out`. Default: the newest of the store.",
)
@click.option(
    "--approved",
    is_flag=True,
    help="Deploy nothing without an approval, whatever level the settings declare: a pipeline's "
    "file decides it, and not a branch's settings.",
)
@click.option("--check", is_flag=True, help="Compare, and change nothing.")
@click.option(
    "--constrain/--no-constrain",
    default=None,
    help="Constrain the update by the engine's own plan (pulumi up --plan) as well. Default: where "
    "the plan knows the outputs of all components; where it does not, such as in a first "
    "deployment, a constrained update can fail in the middle.",
)
@json_option
def up(
    stack: str,
    folder: pathlib.Path,
    place: str | None,
    key: str | None,
    file: pathlib.Path | None,
    approved: bool,
    check: bool,
    constrain: bool | None,
    as_json: bool,
) -> None:
    """Run `pulumi up` if it deploys what was approved; else name the difference.

    A stack whose delivery.level is continuous-delivery, or whose settings or options
    name a key, a store or an approval, needs one. Others are deployed as they are."""
    if check and constrain:
        raise click.UsageError("--check changes nothing: it excludes --constrain")
    target = delivered(folder, stack, key, place)
    with command_errors(), tempfile.TemporaryDirectory(prefix="groundplan-") as scratch:
        _up(target, file, approved, check, constrain, as_json, pathlib.Path(scratch))


def _up(
    target: Delivered,
    file: pathlib.Path | None,
    approved: bool,
    check: bool,
    constrain: bool | None,
    as_json: bool,
    scratch: pathlib.Path,
) -> None:
    from groundplan.delivery.approval.pulumi_cli import Pulumi

    approval = _approval(target, file, approved, as_json)
    plan = None if check or constrain is False else scratch / "plan.json"
    pulumi = Pulumi(target.project.root, target.stack, plan)
    asks_engine = approval is not None and approval.subject.plan is not None
    if plan and constrain and not asks_engine:
        with progress(f"planning {target.stack}", quiet=as_json):
            pulumi.save_plan(plan)
    recorded = _checked(target, pulumi, approval, as_json) if approval else None
    if check:
        _report(target, approval, "unchanged", as_json)
        return
    _deploy(target, pulumi, approval, recorded, _constraint(plan, constrain), as_json)


def _constraint(plan: pathlib.Path | None, constrain: bool | None) -> pathlib.Path | None:
    """The plan that constrains the update; `None` where nobody asks for it, and the
    engine might refuse in the middle what it has planned."""
    from groundplan.delivery.approval.engine_plan import components_with_unknown_outputs

    if plan is None or constrain:
        return plan
    if not plan.exists():
        return None
    unknown = components_with_unknown_outputs(plan)
    if not unknown:
        return plan
    number = f"{unknown} component{'s' if unknown > 1 else ''}"
    click.echo(
        f"groundplan: not constrained by the engine's plan, which does not know the outputs of "
        f"{number} yet: what changes meanwhile is reported afterwards",
        err=True,
    )
    return None


def _approval(
    target: Delivered, file: pathlib.Path | None, approved: bool, as_json: bool
) -> "Approval | None":
    """The approval, if the stack needs one. Raises `Refused` for one that isn't
    valid."""
    from groundplan.delivery.approval import judging
    from groundplan.delivery.approval.document import DocumentError, read
    from groundplan.delivery.approval.judging import Refusal
    from groundplan.delivery.approval.store import newest
    from groundplan.delivery.commands.approve import now
    from groundplan.delivery_levels.declared import needs_approval

    store = target.store
    if not (file or store or target.key or approved or needs_approval(target.args)):
        return None
    project, stack = target.project.name, target.stack
    content = file.read_bytes() if file else newest(store, project, stack) if store else None
    if content is None:
        words = f"{stack} has no approval. Fix: groundplan approve {stack}"
        _refuse(target, [Refusal("missing", words)], as_json)
        return None
    try:
        approval = read(content)
    except DocumentError as error:
        _refuse(target, [Refusal("document", f"{file or target.place}: {error}")], as_json)
        return None
    kms = key_client(target.key) if target.key else None
    longest = datetime.timedelta(hours=target.longest_hours)
    trust = judging.Trust(target.key, kms, store, now(), longest)
    refusals = judging.of_document(approval, project, stack, trust)
    if refusals:
        _refuse(target, refusals, as_json)
    return approval


def _checked(
    target: Delivered, pulumi: "Pulumi", approval: "Approval", as_json: bool
) -> "Recorded":
    """What would be deployed. Raises `Refused` unless it is what was approved."""
    from groundplan.delivery.approval import judging
    from groundplan.delivery.approval.recording import record
    from groundplan.manifest import processes

    state_only = approval.subject.plan is None
    with (
        processes.cancelled_by_signals(),
        progress(f"comparing {target.stack} with its approval", quiet=as_json) as say,
    ):
        recorded = record(
            target.project, target.stack, approval.salt, pulumi, say, state_only=state_only
        )
    refusals = judging.of_content(approval, recorded)
    if refusals:
        _refuse(target, refusals, as_json)
    return recorded


def _refuse(target: Delivered, refusals: "Sequence[Refusal]", as_json: bool) -> None:
    lines = [f"  {refusal.message}" for refusal in refusals[:MOST]]
    if len(refusals) > MOST:
        lines.append(f"  and {len(refusals) - MOST} more (--json has all)")
    if not any("Fix: " in refusal.message for refusal in refusals):
        lines.append(
            f"Fix: look at what differs, and approve it: groundplan approve {target.stack}"
        )
    title = f"groundplan: {target.stack} is not deployed: it is not what was approved."
    if as_json:
        found = [
            {
                "kind": one.kind,
                "message": one.message,
                "difference": asdict(one.difference) if one.difference else None,
            }
            for one in refusals
        ]
        data = {"stack": target.stack, "result": "refused", "refusals": found}
        click.echo(json.dumps(data, indent=2, sort_keys=True))
    raise Refused("\n".join([title, *lines]))


def _deploy(
    target: Delivered,
    pulumi: "Pulumi",
    approval: "Approval | None",
    recorded: "Recorded | None",
    plan: pathlib.Path | None,
    as_json: bool,
) -> None:
    from groundplan.command_line.pulumi_cli import PulumiError
    from groundplan.manifest.text_files import FileError

    message = f"groundplan up: approval {approval.name}" if approval else "groundplan up"
    before = pulumi.updates()
    # What a refresh would undo was approved with the rest.
    refresh = approval is not None and approval.subject.plan is not None
    code = pulumi.up(message, plan, quiet=as_json, refresh=refresh)
    if code != 0:
        _report(target, approval, "failed", as_json, plan)
        click.echo(
            f"groundplan: `pulumi up` failed with exit code {code}. What it has changed until then "
            "stays: approve again, and deploy.",
            err=True,
        )
        sys.exit(FAILED)
    try:
        overtaken = _overtaken(target, pulumi, message, before, recorded)
    except (PulumiError, FileError, OSError) as error:
        overtaken = [f"what ran meanwhile is not known: {error}"]
    _report(target, approval, "overtaken" if overtaken else "deployed", as_json, plan)
    if overtaken:
        words = "\n".join(f"  {line}" for line in overtaken)
        click.echo(f"groundplan: {target.stack} is deployed, but:\n{words}", err=True)
        sys.exit(OVERTAKEN)


def _overtaken(
    target: Delivered,
    pulumi: "Pulumi",
    message: str,
    before: Sequence[tuple[str, str]],
    recorded: "Recorded | None",
) -> list[str]:
    """What has changed between the comparison and the update. The engine locks the
    stack only when the update begins."""
    from groundplan.delivery.approval import sources

    known = set(before)
    new = [entry for entry in pulumi.updates() if entry not in known]
    others = [entry for entry in new if entry[1] != message]
    found = [f"another update ran meanwhile: {start} {said}".rstrip() for start, said in others]
    if recorded is None:
        return found
    approved = {**recorded.subject.settings, **recorded.subject.program}
    now = {
        **sources.settings(target.project, target.stack),
        **sources.digests(target.project, recorded.subject.program),
    }
    changed = sorted(name for name, value in approved.items() if now.get(name) != value)
    return [*found, *(f"{name} was changed meanwhile" for name in changed)]


def _report(
    target: Delivered,
    approval: "Approval | None",
    result: str,
    as_json: bool,
    plan: pathlib.Path | None = None,
) -> None:
    if as_json:
        data = {
            "stack": target.stack,
            "result": result,
            "approval": approval.name if approval else None,
            "approver": approval.approver if approval else None,
            "sealed_by": approval.sealed_by if approval else None,
            "constrained": plan is not None,
        }
        click.echo(json.dumps(data, indent=2, sort_keys=True))
        return
    words = "no approval needed"
    if approval:
        words = f"approved by {approval.approver} ({approval.name})"
        if approval.sealed_by not in ("", approval.approver):
            words += f", sealed by {approval.sealed_by}"
    click.echo(f"groundplan: {target.stack}: {result}, {words}", err=True)
