"""`groundplan cost`: what AWS billed, against the estimate."""

import datetime
import json
import pathlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from groundplan.command_line.errors import CommandError, errors_as_json
from groundplan.command_line.finite_numbers import FiniteRange
from groundplan.command_line.progress import progress
from groundplan.command_line.registered import Program, program_options
from groundplan.command_line.stack_options import json_option
from groundplan.command_line.tag_option import tags_of

if TYPE_CHECKING:
    from groundplan.cost.spending.bill import Bill, Period
    from groundplan.cost.spending.measurement import Measured
    from groundplan.manifest.model import Manifest

OVER = 3
"""Exit code where more was billed than --fail-over allows."""
BESIDE = "-"


@click.command(
    epilog="""
\b
Examples:
  groundplan cost prod                                last month, by Cost Explorer
  groundplan cost prod --month 2026-10 --file costs.parquet   of a data export, offline
  groundplan cost prod --learn                        writes usage.prod.measured.yaml
  groundplan cost prod --fail-over 20                 exit code 3 beyond 120 % of the estimate
  groundplan cost prod --json | jq '.components[] | select(.differenceUsd > 50)'
\b
Cost Explorer charges 0.01 USD a request: two, and one for each service with --learn.
Exit codes: 0 compared, 1 it could not be, 2 the command was misused, 3 more was billed than
--fail-over allows. With --json, an error is a line of JSON on standard error.
"""
)
@program_options
@click.option(
    "--month",
    type=click.DateTime(["%Y-%m"]),
    metavar="YYYY-MM",
    help="Month to compare. Default: the last whole one.",
)
@click.option(
    "--file",
    "report",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A Cost and Usage Report or data export (CSV, .csv.gz or .parquet), in place of Cost "
    "Explorer.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="KEY=VALUE",
    help="A tag of the environment's resources. Default: those that all of them have.",
)
@click.option(
    "--learn",
    is_flag=False,
    flag_value=BESIDE,
    metavar="[FILE]",
    help="Write the measured usage to FILE. Default: usage.STACK.measured.yaml, beside the "
    "settings, which previews read.",
)
@click.option(
    "--fail-over",
    type=FiniteRange(min=0),
    metavar="PERCENT",
    help="Exit with 3 where that much more than the estimate was billed.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Day up to which there are costs. Default: this machine's date.",
)
@json_option
@errors_as_json
def cost(
    program: Program,
    month: datetime.datetime | None,
    report: pathlib.Path | None,
    tags: tuple[str, ...],
    learn: str | None,
    fail_over: float | None,
    today: datetime.datetime | None,
    as_json: bool,
) -> None:
    """Compares what AWS billed for a stack with the estimate, per component and team.

    Costs are known by tags: groundplan:component and groundplan:team have to be active
    cost allocation tags. With --learn, the estimate uses the measured usage from then
    on, and says so.
    """
    from groundplan.cost import usage_file
    from groundplan.cost.estimate import estimate
    from groundplan.cost.spending import attribution, comparison, measurement
    from groundplan.cost.spending.bill import BillError, Period
    from groundplan.report import billed_costs

    day = today.date() if today else datetime.date.today()
    named = tags_of(tags)
    try:
        period = Period.of_month(f"{month:%Y-%m}", day) if month else Period.last_month(day)
        if learn is not None and learn != BESIDE:
            _writable(pathlib.Path(learn))
        with progress(program.doing, quiet=as_json) as say:
            manifest = program.manifest()
            root, name = _root(program.folder), manifest.stack
            usage = usage_file.load(root, name)
            known = named or attribution.environment_tags(manifest)
            say(f"reading the costs of {period}")
            bill = _bill(manifest, period, known, report, learn is not None)
        estimated = estimate(manifest, usage.assumptions)
        found = comparison.compare(manifest, estimated, bill)
        measured = measurement.measure(manifest, estimated, bill) if learn is not None else {}
    except (BillError, usage_file.UsageError) as error:
        raise CommandError(str(error)) from None
    if not bill.lines:
        raise CommandError(_nothing(bill, known))
    written = _learned(learn, root, name, measured, bill)
    data = billed_costs.document(name, bill, found, known, usage.file, measured, written)
    if as_json:
        click.echo(json.dumps(data, indent=2))
    else:
        billed_costs.show(data)
    if fail_over is not None and found.percent is not None and found.percent > fail_over:
        sys.exit(OVER)


def _writable(file: pathlib.Path) -> None:
    """Raises `UsageError` where no file can be: before Cost Explorer is paid."""
    if file.is_dir() or not file.parent.is_dir():
        reason = "is a folder" if file.is_dir() else f"has no folder {file.parent}"
        raise click.UsageError(f"--learn {file} {reason}. Fix: name a file in an existing folder")


def _root(folder: pathlib.Path) -> pathlib.Path:
    """Returns the folder of the project's settings and usage files."""
    from groundplan.manifest.project import ProjectError, load

    try:
        return load(folder).root
    except ProjectError:
        return folder  # of a manifest in a file


def _bill(
    manifest: "Manifest",
    period: "Period",
    tags: Mapping[str, str],
    report: pathlib.Path | None,
    learns: bool,
) -> "Bill":
    from groundplan.cost.spending import cost_explorer, cost_report, measurement

    if report is not None:
        return cost_report.read(report, period, tags)
    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    from groundplan import aws
    from groundplan.cost.region import Regions
    from groundplan.facts import regions

    used = (Regions(manifest).of(resource) for resource in manifest if resource.custom)
    region = next((each for each in used if each), "us-east-1")
    where = regions.cost_explorer(region)
    services = measurement.SERVICES if learns else ()
    try:
        client = boto3.client("ce", region_name=where, config=aws.CONTROL)
        return cost_explorer.billed(client, period, tags, services)
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None


def _nothing(bill: "Bill", tags: Mapping[str, str]) -> str:
    known = ", ".join(f"{key}={value}" for key, value in sorted(tags.items())) or "any tags"
    return (
        f"{bill.source} has no costs of {bill.period} with {known}. Fix: activate these keys, "
        "groundplan:component and groundplan:team as cost allocation tags (costs.allocationTags), "
        "wait a day, or name other tags with --tag"
    )


def _learned(
    learn: str | None, root: pathlib.Path, stack: str, measured: "Measured", bill: "Bill"
) -> str:
    """Writes the measured usage. Returns the file's name; empty where nothing is."""
    if learn is None:
        return ""
    from groundplan.cost import usage_file

    file = usage_file.measured_file(root, stack) if learn == BESIDE else pathlib.Path(learn)
    if not measured:
        return ""
    text = usage_file.measured_text(bill.period.start, measured, bill.source)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--learn {file} can't be written: {error.strerror}") from None
    return str(file) if learn != BESIDE else file.name
