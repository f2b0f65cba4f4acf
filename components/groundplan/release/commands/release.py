"""`groundplan release ...`: versions of the registry, and what serves them."""

import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.answers import answer, stack_command
from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import exports
from groundplan.release.commands import cluster, tables
from groundplan.release.commands.cluster import NEXT_LOOK, OnCluster, Place, or_on_cluster
from groundplan.release.commands.gate import gate
from groundplan.release.commands.register import register
from groundplan.release.commands.target import is_cluster, target

if TYPE_CHECKING:  # boto3 is slow to load, and `groundplan --help` has no use for it
    from groundplan.release.engine.clients import Clients
    from groundplan.release.engine.plan import Smoke
    from groundplan.release.engine.releases import Releases
    from groundplan.release.engine.result import Result
    from groundplan.release.engine.target import Target

ROLLED_BACK = 3
"""Exit code of a release that was rolled back: the endpoint serves what it served
before."""

Command = Callable[..., None]


def _smoke_options(command: Command) -> Command:
    payload = click.option(
        "--payload",
        type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
        metavar="FILE",
        help=(
            "A request that the model must answer before the release counts. Use synthetic "
            "data: the audit bucket keeps it."
        ),
    )
    kind = click.option(
        "--content-type", default="application/json", show_default=True, help="Of --payload."
    )
    reason = click.option("--reason", default="", help="Why, for the record.")
    return payload(kind(reason(command)))


def _list_on_cluster(known: Place, limit: int, **where: Any) -> None:
    found = cluster.rows(known, limit)
    answer(
        where, found, lambda: tables.versions(known.registry.group, known.target.endpoint, found)
    )


def _show_on_cluster(known: Place, version: int, **where: Any) -> None:
    found = known.registry.describe(version)
    records = [each for each in known.trail.records() if each["package_arn"] == found.id]
    data = {**cluster.row(known, found), "releases": records}
    answer(where, data, lambda: tables.version(data))


def _approve_on_cluster(
    known: Place, version: int, reason: str, reject: bool, despite_gates: bool, **where: Any
) -> None:
    if reject:
        decided = known.registry.reject(version, reason)
    else:
        decided = cluster.approve(known, version, reason, despite_gates)
    data = cluster.row(known, known.registry.describe(version))
    word = f"{known.registry.group}/{version} is {decided.approval}: {decided.reason}"
    answer(where, data, lambda: f"{word}; {NEXT_LOOK}")


def _rollback_on_cluster(known: Place, version: int | None, reason: str, **where: Any) -> None:
    data = cluster.row(known, cluster.reject_live(known, reason, version))
    answer(where, data, lambda: f"{data['id']} is rejected: {NEXT_LOOK}")


def _status_on_cluster(known: Place, **where: Any) -> None:
    found = cluster.status(known)
    answer(where, found, lambda: cluster.status_text(found))


@click.group()
def release() -> None:
    """Versions of the model registry: which there are, which one serves, and how it
    gets there and back."""


@release.command("list", epilog="\b\nExample:\n  groundplan release list churn")
@click.argument("name", metavar="[TARGET]", required=False)
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="How many, newest first.",
)
@stack_command
@or_on_cluster(_list_on_cluster)
def list_(name: str | None, limit: int, **where: Any) -> None:
    """The versions in the registry, and which of them serves."""
    with _at(name, where) as (clients, place, releases):
        from groundplan.release.engine import registry

        found = registry.versions(clients, place, limit)
        serving = releases.status()["version"]
        rows = [{**version.as_dict(), "live": version.version == serving} for version in found]
    answer(where, rows, lambda: tables.versions(place.model_package_group, place.endpoint, rows))


@release.command(epilog="\b\nExample:\n  groundplan release show churn 7")
@click.argument("name", metavar="TARGET")
@click.argument("version", type=click.IntRange(1))
@stack_command
@or_on_cluster(_show_on_cluster)
def show(name: str, version: int, **where: Any) -> None:
    """One version: its origin, who approved it, and its releases."""
    with _at(name, where) as (clients, place, releases):
        from groundplan.release.engine import registry

        found = registry.find(clients, place, version)
        records = [
            record for record in releases.trail.records() if record["package_arn"] == found.arn
        ]
    data = {**found.as_dict(), "releases": records}
    answer(where, data, lambda: tables.version(data))


release.add_command(gate)
release.add_command(register)


@release.command(
    epilog="""
\b
Examples:
  groundplan release approve churn 7 --reason "AUC 0.91, champion 0.89"
  groundplan release approve churn 7 --reject --reason "biased on segment B"
"""
)
@click.argument("name", metavar="TARGET")
@click.argument("version", type=click.IntRange(1))
@click.option(
    "--reason",
    required=True,
    help="Why. It is recorded in the registry, and in the record of the release.",
)
@click.option(
    "--reject", is_flag=True, help="Reject the version: it can't be released, nor rolled back to."
)
@click.option(
    "--despite-gates", is_flag=True, help="Approve it although it breaks a gate of the endpoint."
)
@stack_command
@or_on_cluster(_approve_on_cluster)
def approve(
    name: str, version: int, reason: str, reject: bool, despite_gates: bool, **where: Any
) -> None:
    """Approve a version, with a reason: the sign-off of its gate report, if the
    endpoint has gates.

    Where the endpoint asks for two persons, not by who registered it.
    """
    with _at(name, where) as (clients, place, _releases):
        import datetime

        from groundplan.release.engine import gate_report, registry

        now, found = datetime.datetime.now(datetime.UTC), registry.find(clients, place, version)
        if reject:
            found = registry.decide(clients, place, found, approve=False, reason=reason, now=now)
        else:
            found = gate_report.approve(clients, place, found, reason, now, despite_gates)
    data = found.as_dict()
    answer(
        where,
        data,
        lambda: (
            f"Version {found.version} of {place.model_package_group} is {found.approval}: "
            f"{found.reason}"
        ),
    )


@release.command(
    epilog="""
\b
Examples:
  groundplan release deploy churn                      the newest approved version
  groundplan release deploy churn 7 --payload smoke.json
  groundplan release deploy churn 7 --no-wait          then: groundplan release resume churn
  groundplan release deploy churn 7 --override "slice DE is being retired"
\b
The same command again goes on with a release that was interrupted.
Exit codes: 0 it is live and verified, 1 it failed or was refused, 2 the command was misused, 3 it was rolled back.
"""  # noqa: E501
)
@click.argument("name", metavar="TARGET")
@click.argument("version", type=click.IntRange(1), required=False)
@_smoke_options
@click.option(
    "--no-wait",
    is_flag=True,
    help="Begin the update and return; `release resume` verifies and records it.",
)
@click.option(
    "--override",
    default="",
    metavar="REASON",
    help="Release it although it breaks a gate; the record says why.",
)
@stack_command
@or_on_cluster(cluster.refused)
def deploy(name: str, version: int | None, no_wait: bool, override: str, **rest: Any) -> None:
    """Release an approved version that keeps to the gates: a canary as the endpoint
    declares it, verified, and recorded."""
    with _at(name, rest) as (_clients, _place, releases):
        result = releases.deploy(version, _smoke(rest), rest["reason"], not no_wait, override)
    _end(rest, result)


@release.command(
    epilog="""
\b
Examples:
  groundplan release rollback churn                    to the verified release before the live one
  groundplan release rollback churn --to 5
\b
It moves all traffic at once and watches no alarm: an alarm that the bad model set off would stop it.
Exit codes: as of deploy.
"""  # noqa: E501
)
@click.argument("name", metavar="TARGET")
@click.option(
    "--to",
    "version",
    type=click.IntRange(1),
    metavar="VERSION",
    help="A version that was live and verified before.",
)
@_smoke_options
@click.option(
    "--no-wait",
    is_flag=True,
    help="Begin the update and return; `release resume` verifies and records it.",
)
@stack_command
@or_on_cluster(_rollback_on_cluster)
def rollback(name: str, version: int | None, no_wait: bool, **rest: Any) -> None:
    """Go back to a release that was verified."""
    with _at(name, rest) as (_clients, _place, releases):
        result = releases.rollback(version, _smoke(rest), rest["reason"], wait=not no_wait)
    _end(rest, result)


@release.command(
    epilog="\b\nExample:\n  groundplan release resume churn\n\b\nExit codes: as of deploy."
)
@click.argument("name", metavar="[TARGET]", required=False)
@stack_command
@or_on_cluster(cluster.refused)
def resume(name: str | None, **where: Any) -> None:
    """Continue a release that was interrupted, by whomever, and bring it to its
    end."""
    with _at(name, where) as (_clients, _place, releases):
        result = releases.resume()
    _end(where, result)


@release.command(epilog="\b\nExample:\n  groundplan release status churn --json")
@click.argument("name", metavar="[TARGET]", required=False)
@stack_command
@or_on_cluster(_status_on_cluster)
def status(name: str | None, **where: Any) -> None:
    """What serves, what is under way, and how the last release ended. Exit code 1 if
    the endpoint isn't as recorded, or a lock or a record can't be read."""
    with _at(name, where) as (_clients, _place, releases):
        found = releases.status()
    answer(where, found, lambda: tables.status(found))
    if found["problems"] or (not found["as_recorded"] and not found["under_way"]):
        sys.exit(1)


@release.command(epilog="\b\nExample:\n  groundplan release prune churn --keep 5 --dry-run")
@click.argument("name", metavar="TARGET")
@click.option(
    "--keep",
    default=5,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Verified releases that stay.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be deleted.")
@stack_command
@or_on_cluster(cluster.refused)
def prune(name: str, keep: int, dry_run: bool, **where: Any) -> None:
    """Delete configurations and models of old releases. The records stay, and so does
    what the stack created."""
    with _at(name, where) as (clients, place, _releases):
        from groundplan.release.engine import pruning

        found = pruning.prune(clients, place, keep, dry_run)
    rows = [{"config": config, "model": model} for config, model in found]
    word = "would be deleted" if dry_run else "deleted"
    answer(
        where,
        rows,
        lambda: (
            "\n".join(f"{word}: {row['config']} {row['model']}".rstrip() for row in rows)
            or "nothing to delete"
        ),
    )


@contextmanager
def _at(name: str | None, where: Mapping[str, Any]) -> "Iterator[tuple[Clients, Target, Releases]]":
    """What a command works with; errors that the user can mend become messages."""
    chosen, export = target(exports(where["outputs"], where["stack"]), name)
    if is_cluster(export):
        raise OnCluster(chosen, export)

    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.release.engine.clients import Clients
    from groundplan.release.engine.errors import ReleaseError
    from groundplan.release.engine.releases import Releases
    from groundplan.release.engine.target import Target

    try:
        place = Target.read(chosen, export)
        clients = Clients.connect(place.region)
        yield (
            clients,
            place,
            Releases(clients, place, progress=lambda text: click.echo(f"  {text}", err=True)),
        )
    except ReleaseError as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    except KeyboardInterrupt:
        raise CommandError(
            "Interrupted. What was begun goes on in AWS. Fix: `groundplan release resume` "
            "brings it to its end"
        ) from None


def _smoke(given: Mapping[str, Any]) -> "Smoke | None":
    from groundplan.release.engine.plan import Smoke

    file = given["payload"]
    return None if file is None else Smoke.of(file.read_bytes(), given["content_type"])


def _end(where: Mapping[str, Any], result: "Result") -> None:
    data = {
        "outcome": result.outcome,
        "message": result.message,
        "record": result.record,
        "warning": result.warning,
    }
    answer(where, data, lambda: result.message)
    sys.exit({"failed": 1, "rolled-back": ROLLED_BACK}.get(result.outcome, 0))
