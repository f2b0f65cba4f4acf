"""`groundplan lock`: what the moving references of a stack resolve to, in one file."""

import datetime
import json
import pathlib
import sys
from typing import TYPE_CHECKING

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.progress import progress
from groundplan.command_line.registered import Program, program_options
from groundplan.command_line.stack_options import json_option

if TYPE_CHECKING:
    from groundplan.locks.model import Lock
    from groundplan.manifest.model import Manifest
    from groundplan.operations.lock.run import Change, Result
    from groundplan.operations.preflight.account import Account

NOT_LOCKED = 3
UNRESOLVED = 4


@click.command(
    epilog="""
\b
Examples:
  groundplan lock prod                     resolves what the lock file lacks
  groundplan lock prod --update            resolves all of it again: review the diff
  groundplan lock prod --update vllm-openai addon
  groundplan lock prod --check             in CI: exits with 3 where the file is out of date
\b
Exit codes: 0 the file has every moving reference, 1 the program or the file is invalid, 2 the
command was misused, 3 the file is out of date (with --check), 4 something could not be resolved.
"""
)
@program_options
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--update", is_flag=True, help="Resolve NAMEs again; without NAMEs, everything.")
@click.option("--check", is_flag=True, help="Resolve and write nothing; needs no network.")
@click.option("--offline", is_flag=True, help="Read neither an account nor the web.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Day of new entries. Default: this machine's date.",
)
@json_option
def lock(
    program: Program,
    names: tuple[str, ...],
    update: bool,
    check: bool,
    offline: bool,
    today: datetime.datetime | None,
    as_json: bool,
) -> None:
    """Resolves the moving references of STACK into lock.STACK.yaml.

    The program and its preview read the file, so that `up` deploys what was reviewed.
    What the file has stays as it is; --update resolves it again, and shows release
    notes and ends of support. NAME is a reference, its repository, the last part of
    that, or a kind. Default of STACK: the only one, or dev.
    """
    from groundplan.operations.lock import run

    _refuse_misuse(names, update, check, offline)
    with progress(program.doing, quiet=as_json) as say:
        target, before, manifest = _read(program)
        if check:
            result = run.check(manifest, before)
        else:
            _refuse_unknown(names, manifest, before)
            say("reading the account")
            reader, why = _reader(offline)
            day = today.date() if today else datetime.date.today()
            chosen = run.selected(names) if update else None
            result = run.resolve(manifest, before, reader, day, chosen, why, say)
            _write(target, result, manifest.stack)
    if as_json:
        _show_json(result, target)
    else:
        _show(result, target, check)
    sys.exit(_code(result, check))


def _refuse_misuse(names: tuple[str, ...], update: bool, check: bool, offline: bool) -> None:
    if names and not update:
        raise click.UsageError("NAME needs --update")
    if update and check:
        raise click.UsageError("--check writes nothing: it excludes --update")
    if update and offline:
        raise click.UsageError("--update needs the web: it excludes --offline")


def _read(program: Program) -> "tuple[pathlib.Path, Lock, Manifest]":
    """Returns the lock file, the lock in it, and the manifest of the stack."""
    from groundplan.locks import file as lock_file
    from groundplan.locks.model import Lock
    from groundplan.manifest import lock_files
    from groundplan.manifest.project import ProjectError, load

    manifest = program.manifest()
    try:
        target = lock_files.file_of(load(program.folder).root, manifest.stack)
        return target, lock_file.read(target) or Lock(), manifest
    except (ProjectError, lock_file.LockError) as error:
        raise CommandError(str(error)) from None


def _refuse_unknown(names: tuple[str, ...], manifest: "Manifest", before: "Lock") -> None:
    from groundplan.locks import references
    from groundplan.problems import did_you_mean

    known = references.of(manifest, before)
    for name in names:
        if not any(reference.is_named(name) for reference in known):
            listed = [reference.name for reference in known]
            fix = did_you_mean(name, listed, str) or "groundplan lock --json lists them"
            raise CommandError(f"no moving reference is named {name}. Fix: {fix}")


def _reader(offline: bool) -> "tuple[Account | None, str]":
    """Returns what reads the account and the web, or why there is none. Registries of
    others need no account: who needs one says so."""
    if offline:
        return None, "--offline"
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.operations.preflight import account

    try:
        return account.Account(), ""
    except BotoCoreError as error:  # a profile that does not exist
        return None, f"no account: {aws.words(error)}"


def _write(target: pathlib.Path, result: "Result", stack: str) -> None:
    """Writes the lock where it differs, all of it or nothing."""
    from groundplan.locks import file as lock_file

    if not result.lock and not target.exists():
        return
    text = lock_file.text_of(result.lock, stack)
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{target} can't be written: {error.strerror}") from None


def _code(result: "Result", check: bool) -> int:
    from groundplan.operations.lock.run import Status

    if check:
        outdated = (Status.UNRESOLVED, Status.REMOVED, Status.UNAPPLIED)
        return NOT_LOCKED if result.of(*outdated) else 0
    return UNRESOLVED if result.of(Status.UNRESOLVED) else 0


def _show_json(result: "Result", target: pathlib.Path) -> None:
    data = {"file": target.name, "changes": [change.to_data() for change in result.changes]}
    click.echo(json.dumps(data, indent=2, sort_keys=True))


def _show(result: "Result", target: pathlib.Path, check: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from groundplan.operations.lock.run import Status

    console = Console()
    listed = [c for c in result.changes if c.status is not Status.SAME or c.newer]
    if listed:
        console.print(_table(listed, check))
    counts = {status: len(result.of(status)) for status in Status}
    words = ", ".join(f"{n} {WORDS[status.value]}" for status, n in counts.items() if n)
    console.print(Text(f"{target.name}: {words or 'nothing moves'}."))
    if check and _code(result, check):
        stack = target.name.removeprefix("lock.").removesuffix(".yaml")
        console.print(Text(f"Fix: run `groundplan lock {stack}` and commit {target.name}."))


WORDS = {
    "new": "new",
    "changed": "changed",
    "same": "as before",
    "removed": "no longer referred to",
    "unresolved": "not resolved",
    "unapplied": "not applied",
}


def _table(changes: "list[Change]", check: bool) -> object:
    from rich.table import Table
    from rich.text import Text

    styles = {"new": "green", "changed": "yellow", "removed": "red", "unresolved": "bold red"}
    styles["unapplied"] = "bold red"
    table = Table(show_lines=True)
    for column in ("", "reference", "resolved"):
        table.add_column(column, overflow="fold")
    for change in changes:
        word = "not in the lock" if check and change.before is None else WORDS[change.status.value]
        table.add_row(
            Text(word, styles.get(change.status.value, "")),
            Text(f"{change.reference.name}\n{change.reference.kind.value} of {change.resource}"),
            Text(_resolved(change)),
        )
    return table


def _resolved(change: "Change") -> str:
    before = _short(change.before.resolved) if change.before else ""
    after = _short(change.after.resolved) if change.after else ""
    lines = [f"{before} -> {after}" if before and after and before != after else after or before]
    lines += [change.why] if change.why else []
    lines += [f"newer: {change.newer}"] if change.newer else []
    shown = change.after or change.before
    if shown is not None:
        lines += [f"supported until {shown.support}"] if shown.support else []
        lines += [shown.notes]
    return "\n".join(line for line in lines if line)


def _short(resolved: str) -> str:
    """A digest by its first characters: the file has all of it."""
    _head, at, digest = resolved.rpartition("sha256:")
    return f"{at}{digest[:12]}..." if at else resolved
