"""Entries of the analysis: a Lambda function, and a container's command.

    python -m groundplan.model_monitoring.analysis.handler JOB.json

What is checked is in `GROUNDPLAN_MONITOR`, a JSON object (`Settings`); when, in the
event: `time` is the scheduled time of EventBridge Scheduler, not the current one, so
that an event that comes twice, or late, leads to the same hours and the same result.
"""

import datetime
import json
import os
import pathlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from groundplan.model_monitoring.analysis import (
    engines,
    history,
    job,
    job_start,
    names,
    published,
    report,
)
from groundplan.model_monitoring.analysis.check import Check
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.executors import Executor
from groundplan.model_monitoring.analysis.job import Job
from groundplan.model_monitoring.analysis.names import VARIABLE
from groundplan.model_monitoring.analysis.stores import store


@dataclass(frozen=True)
class Settings:
    """What a scheduled check does."""

    job: Mapping[str, Any]
    """The job, without its hours."""
    results: str
    """URL of the prefix where results are written."""
    window_hours: int = 24
    event_bus: str = ""
    """Name of the event bus that results are sent to; empty for none."""
    engine: str = names.PROCESS
    """What runs the tasks: process, ray or spark."""
    glue_job: str = ""
    """Name of the Glue job that checks in the function's place; empty for none."""
    workers: int = 1
    """Processes, of the engine process."""

    @classmethod
    def read(cls, text: str) -> "Settings":
        """Returns the settings of a JSON object. Raises `InvalidDocument`."""
        try:
            settings = cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise InvalidDocument(f"{VARIABLE} is invalid: {error}") from error
        if settings.window_hours < 1:
            raise InvalidDocument("window_hours: less than 1. Fix: at least 1")
        return settings


@dataclass(frozen=True)
class Answer:
    """What a check came to, and where it is written."""

    status: str
    digest: str
    result: str
    report: str
    alarms: list[str] = field(default_factory=list)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handles an invocation of Lambda. Raises what goes wrong: Lambda tries again then,
    and the event ends in the queue of failed ones."""
    settings = Settings.read(os.environ.get(VARIABLE, ""))
    if settings.glue_job:
        return job_start.start(settings.glue_job, hours(event, settings.window_hours)[1])
    answer = checked(settings, event)
    sys.stdout.flush()
    return vars(answer)


def checked(
    settings: Settings,
    event: Mapping[str, Any],
    executor: Executor | None = None,
    metrics: Callable[[Check], None] | None = None,
) -> Answer:
    """Checks the hours before an event's time, and publishes the result: its metrics as
    lines of the log, or as `metrics` sends them."""
    start, end = hours(event, settings.window_hours)
    wanted = Job.read({**settings.job, "start": start, "end": end})
    if engines.is_distributed(settings.engine) and wanted.labels and not wanted.work:
        wanted = replace(wanted, work=f"{settings.results.rstrip('/')}/{names.WORK}/{_folder(end)}")
    workers = executor or engines.executor(settings.engine, settings.workers)
    found = job.run(wanted, workers)
    return publish(found, settings.results, settings.event_bus, metrics or log_metrics)


def _folder(end: str) -> str:
    return f"{end or 'all'}".replace(":", "")


def hours(event: Mapping[str, Any], number: int) -> tuple[str, str]:
    """Returns the hours of an event: those that it names, or the last complete ones
    before its time."""
    if "start" in event and "end" in event:
        return str(event["start"]), str(event["end"])
    end = job.moment(str(event.get("time", "")))
    return job.spelled(end - datetime.timedelta(hours=number)), job.spelled(end)


def log_metrics(check: Check) -> None:
    """Logs the metrics of a check in the embedded metric format."""
    for line in published.embedded(check, datetime.datetime.now(datetime.UTC)):
        sys.stdout.write(json.dumps(line) + "\n")


def publish(
    check: Check, results: str, bus: str = "", metrics: Callable[[Check], None] = log_metrics
) -> Answer:
    """Writes a result, its window, its metrics and its page; sends its metrics, and its
    event last, when all that it names is there."""
    place = store(results)
    folder = _folder(check.period.end)
    document = check.document()
    past = history.read(place, folder)
    place.write(f"{folder}/window.json", check.window.content())
    place.write(
        f"{folder}/{names.METRICS_FILE}", published.prometheus(check).encode(), "text/plain"
    )
    place.write(f"{folder}/report.html", report.page(check, past), "text/html; charset=utf-8")
    place.write(f"{folder}/{history.RESULT}", check.content())
    metrics(check)
    base = f"{results.rstrip('/')}/{folder}"
    if bus:
        _send(published.event(check, f"{base}/check.json", bus))
    return Answer(
        check.status.value,
        document["digest"],
        f"{base}/check.json",
        f"{base}/report.html",
        [f"{verdict.family.value}: {verdict.subject}" for verdict in check.alarms],
    )


def _send(entry: Mapping[str, Any]) -> None:
    import boto3  # type: ignore[import-untyped]

    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"EventBridge refused the event: {answer['Entries'][0]}")


def main(arguments: list[str]) -> int:
    """Runs a check of a settings file; the second argument is its time. Returns 0 for
    ok, 1 for an alarm, 3 for not enough data."""
    settings = Settings.read(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    time = arguments[1] if len(arguments) > 1 else job.spelled(datetime.datetime.now(datetime.UTC))
    answer = checked(settings, {"time": time})
    sys.stdout.write(json.dumps(vars(answer)) + "\n")
    return {"ok": 0, "not_checked": 0, "alarm": 1}.get(answer.status, 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
