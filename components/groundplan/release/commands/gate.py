"""`groundplan release gate`: whether a version may be released, and why not."""

import json
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import exports
from groundplan.command_line.stack_options import json_option, outputs_option, stack_option
from groundplan.release.commands import cluster
from groundplan.release.commands import gate_report as presented
from groundplan.release.commands.cluster import OnCluster
from groundplan.release.commands.target import is_cluster, target

BROKEN = 3
"""Exit code of a gate that is broken."""


@click.command(
    epilog="""
\b
Examples:
  groundplan release gate churn                        the newest version that isn't rejected
  groundplan release gate churn 7 --markdown gate.md
  groundplan release gate churn 7 --smoke              recorded requests, to an endpoint of its own: about 10 minutes
\b
Nothing live is changed. Exit codes: 0 all gates hold, 1 nothing could be judged, 2 the command was misused,
3 a gate is broken. A sign-off that is wanting is said, and stops only the release.
"""  # noqa: E501
)
@click.argument("name", metavar="TARGET")
@click.argument("version", type=click.IntRange(1), required=False)
@click.option(
    "--smoke",
    "stage",
    is_flag=True,
    help="Send the recorded requests to a short-lived endpoint of the version's own.",
)
@click.option(
    "--markdown",
    "file",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Write the report as Markdown.",
)
@stack_option
@outputs_option
@json_option
def gate(
    name: str,
    version: int | None,
    stage: bool,
    file: pathlib.Path | None,
    stack: str | None,
    outputs: pathlib.Path | None,
    as_json: bool,
) -> None:
    """Compare a version with the one that serves, by the gates of the endpoint, and say
    whether it is signed off."""
    chosen, export = target(exports(outputs, stack), name)
    report: dict[str, Any]
    missing: list[str] = []
    tried: dict[str, Any] | None = None
    if is_cluster(export):
        report = _on_cluster(OnCluster(chosen, export), version, stage)
    else:
        report, missing, tried = _judged(chosen, export, version, stage)
    if file is not None:
        try:
            file.write_text(presented.markdown(report, missing), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"--markdown {file} can't be written: {error.strerror}") from None
    if as_json:
        click.echo(
            json.dumps(
                {**report, "sign_off_problems": missing, "tried": tried},
                indent=2,
                sort_keys=True,
                default=str,
            )
        )
    else:
        from rich.console import Console

        Console().print(presented.table(report, missing, tried))
    if report["broken"] or (tried and not tried["passed"]):
        sys.exit(BROKEN)


def _on_cluster(found: OnCluster, version: int | None, stage: bool) -> dict[str, Any]:
    """Returns the report of a version of an endpoint on a cluster."""
    if stage:
        raise CommandError(
            f"{found.name} is on a cluster, where a release begins with a candidate that serves "
            "part of the requests. Fix: leave out --smoke"
        )
    with cluster.place(found) as known:
        return cluster.gate_report(known, version)


def _judged(
    name: str, export: Mapping[str, Any], version: int | None, stage: bool
) -> tuple[dict[str, Any], list[str], dict[str, Any] | None]:
    """Returns the report, what the sign-off lacks, and what came of the recorded
    requests, if they were sent."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.release.engine import gate_report
    from groundplan.release.engine.clients import Clients
    from groundplan.release.engine.errors import ReleaseError
    from groundplan.release.engine.sign_off import sign_off_problems
    from groundplan.release.engine.target import Target

    try:
        place = Target.read(name, export)
        clients = Clients.connect(place.region)
        found = gate_report.find(clients, place, version)
        tried = None
        if stage:
            tried = gate_report.stage(
                clients, place, found, lambda text: click.echo(f"  {text}", err=True)
            ).as_dict()
        report = gate_report.build(clients, place, found)
        return report, sign_off_problems(found, report), tried
    except ReleaseError as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
