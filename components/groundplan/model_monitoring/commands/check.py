"""`groundplan monitoring check`."""

import json
import pathlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.model_monitoring.commands.analysis_errors import as_messages
from groundplan.model_monitoring.commands.schema_options import pairs_option

if TYPE_CHECKING:
    from groundplan.model_monitoring.analysis.check import Check
    from groundplan.model_monitoring.analysis.job import Job
    from groundplan.model_monitoring.analysis.limits import Limits


@click.command(
    epilog="""
\b
Examples:
  groundplan monitoring check requests.parquet --baseline fraud.json --report report.html
  groundplan monitoring check s3://ml-prod/capture/fraud/primary/ \\
      --baseline s3://ml-prod/baselines/fraud.json --labels s3://ml-prod/labels/fraud/ \\
      --start 2026-11-27 --end 2026-11-28
  groundplan monitoring check requests.csv --baseline fraud.json --limit smallest_drift=0.2 --json

\b
Exit codes: 0 ok, 1 it could not be checked, 2 the command was misused, 3 not enough data,
4 an alarm.
"""
)
@click.argument("captures")
@click.option("--baseline", required=True, metavar="URL", help="A file, or s3://BUCKET/KEY.")
@click.option("--labels", default="", metavar="URL", help="A file or folder. Default: none.")
@click.option("--start", default="", metavar="TIME", help="First hour, ISO 8601, in UTC.")
@click.option("--end", default="", metavar="TIME", help="The hour after the last one.")
@click.option("--label-delay-hours", default=0, type=click.IntRange(0, 8760))
@click.option("--monitor", default="", metavar="NAME", help="Default: the captures' name.")
@pairs_option("--limit", help="A limit, as `limits` of ModelMonitoring has it.")
@click.option("--workers", default=1, type=click.IntRange(1, 256), help="Processes.")
@click.option("--report", metavar="URL", help="Where the page is written.")
@click.option("--result", metavar="URL", help="Where the result is written, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON and nothing else.")
def check(
    captures: str,
    limit: Mapping[str, str],
    workers: int,
    report: str | None,
    result: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Check captured requests and answers against a baseline, now.

    CAPTURES is a folder of data capture, or a file with a row per request: CSV, JSON
    lines or Parquet, with the columns of the schema and, by choice, event_id,
    inference_id and time.
    """
    if bool(options["start"]) != bool(options["end"]):
        raise click.UsageError("--start and --end belong together.")
    with as_messages():
        from groundplan.model_monitoring.analysis import stores

        if options["start"] and stores.within(captures)[1]:
            raise click.UsageError("--start needs a folder of captures: a file has no hours.")
        for place in filter(None, (captures, options["labels"])):
            _is_there(place)
        found = _checked(_job(captures, limit, options), workers)
        if result:
            _write(result, found.content(), "application/json")
        if report:
            from groundplan.model_monitoring.analysis import report as pages

            _write(report, pages.page(found, []), "text/html; charset=utf-8")
    _show(found, as_json)
    sys.exit({"ok": 0, "not_checked": 0, "alarm": 4}.get(found.status.value, 3))


def _is_there(url: str) -> None:
    """A folder that does not exist is no folder without requests."""
    if not url.startswith("s3://") and not pathlib.Path(url).exists():
        raise CommandError(
            f"{url}: no such file or folder. Fix: correct the path, or s3://BUCKET/PREFIX"
        )


def _job(captures: str, limit: Mapping[str, str], options: Mapping[str, Any]) -> "Job":
    from groundplan.model_monitoring.analysis.job import Job

    name = options["monitor"] or pathlib.PurePosixPath(captures).name.partition(".")[0]
    kept = ("baseline", "labels", "start", "end", "label_delay_hours")
    known = {key: options[key] for key in kept}
    return Job(monitor=name or "model", captures=captures, limits=_limits(limit), **known)


def _limits(given: Mapping[str, str]) -> "Limits":
    from groundplan.model_monitoring.analysis.documents import InvalidDocument
    from groundplan.model_monitoring.analysis.limits import Limits

    numbers: dict[str, Any] = {}
    for name, text in given.items():
        try:
            numbers[name] = int(text) if name.startswith("minimum_") else float(text)
        except ValueError as error:
            raise InvalidDocument(f"limit {name}: {text!r} is no number") from error
    worst = {n.partition(".")[2]: numbers.pop(n) for n in list(numbers) if "worst_quality." in n}
    return Limits.read({**numbers, **({"worst_quality": worst} if worst else {})})


def _checked(wanted: "Job", workers: int) -> "Check":
    from groundplan.model_monitoring.analysis import job
    from groundplan.model_monitoring.analysis.executors import InProcess, Processes

    return job.run(wanted, InProcess() if workers == 1 else Processes(workers))


def _write(url: str, content: bytes, kind: str) -> None:
    from groundplan.model_monitoring.analysis import stores

    place, key = stores.parent(url)
    place.write(key, content, kind)


def _show(found: "Check", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.document(), sort_keys=True))
        return
    click.echo(f"{found.monitor}: {found.status.value.replace('_', ' ')}")
    click.echo(f"  {found.window.requests:,} requests, {found.window.rows:,} rows")
    for family, status in found.statuses.items():
        click.echo(f"  {family.value.replace('_', ' '):18} {status.value.replace('_', ' ')}")
    for verdict in found.alarms:
        subject = " ".join(filter(None, (verdict.subject, verdict.slice)))
        click.echo(f"  alarm: {verdict.family.value} of {subject}: {verdict.reason}")
