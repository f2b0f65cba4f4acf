"""A check from captures to a result: lists objects, shares them out as tasks, merges.

The same job runs over one file in a function, and over thousands of objects on an
engine; how objects are shared out does not change a byte of the result.
"""

import datetime
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.model_monitoring.analysis import names, tasks
from groundplan.model_monitoring.analysis.capture import Broken
from groundplan.model_monitoring.analysis.check import Check, Period, check
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.executors import Executor, InProcess, Processes
from groundplan.model_monitoring.analysis.limits import Limits
from groundplan.model_monitoring.analysis.quality import Quality
from groundplan.model_monitoring.analysis.stores import Entry, store, within
from groundplan.model_monitoring.analysis.window import Window

TASK_BYTES = 64 * 1024 * 1024
"""Bytes of captures per task: seconds of work, so that its start is of no account."""
PARTITION_BYTES = 16 * 1024 * 1024
"""Bytes of captures per partition of answers: what one worker holds to join them."""
HOUR = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})/(\d{2})/")
"""The folders of data capture: SageMaker AI Developer Guide, "Data capture"."""


@dataclass(frozen=True)
class Job:
    """What is checked."""

    monitor: str
    """Name of the monitored endpoint or model."""
    captures: str
    """URL of the captures of one variant: the folder above the years; or of one file,
    for a check without hours."""
    baseline: str
    """URL of the baseline."""
    start: str = ""
    """First hour: ISO 8601. Without it all captures are counted."""
    end: str = ""
    """The hour after the last one."""
    labels: str = ""
    """URL of the labels: a folder, or one file. Without it quality is not checked."""
    label_delay_hours: int = 0
    """Hours after which labels are complete: quality is judged of answers that are as
    much older."""
    limits: Limits = field(default_factory=Limits)
    work: str = ""
    """URL of a prefix for what is joined, which all workers reach and nothing else
    uses. Without it, a folder of this machine."""
    task_bytes: int = TASK_BYTES

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Job":
        """Returns the job of plain data. Raises `InvalidDocument`."""
        try:
            limits = Limits.read(document.get("limits", {}))
            return cls(**{**document, "limits": limits})
        except TypeError as error:
            raise InvalidDocument(f"the job is invalid: {error}") from error


def run(job: Job, executor: Executor | None = None) -> Check:
    """Returns the result of a check."""
    workers = executor or InProcess()
    if job.work or not job.labels:
        return _run(job, workers, job.work)
    if not isinstance(workers, InProcess | Processes) and job.captures.startswith("s3://"):
        raise InvalidDocument("work: missing. Fix: a prefix of a bucket that all workers reach")
    with tempfile.TemporaryDirectory() as work:
        return _run(job, workers, work)


def _run(job: Job, executor: Executor, work: str) -> Check:
    base = tasks.read_baseline(job.baseline)
    known = tasks.Known(job.baseline, base.digest)
    period, older = Period(job.start, job.end), _earlier(job)
    captures, only = within(job.captures)
    every = _listed(captures, only)
    counted = captured(every, period)
    joined = captured(every, older) if job.labels else []
    entries = sorted({*counted, *joined})
    size = sum(entry.size for entry in joined)
    partitions = 1 + size // PARTITION_BYTES
    if job.labels:
        _clear(work)  # what an attempt left that was ended, with other partitions
    window = Window.empty(base.layout)
    counts = [
        tasks.Count(
            known,
            captures,
            keys,
            frozenset(keys) & {entry.key for entry in counted},
            frozenset(keys) & {entry.key for entry in joined},
            work,
            partitions,
        )
        for keys in shared(entries, job.task_bytes)
    ]
    for content in executor.map(tasks.count, counts):
        window.merge(Window.read(content, base.layout))
    quality = _quality(job, executor, work, partitions, known) if job.labels else None
    return check(job.monitor, base, window, quality, job.limits, period, older)


def _quality(
    job: Job, executor: Executor, work: str, partitions: int, known: tasks.Known
) -> Quality:
    folder, only = within(job.labels)
    since = _earlier(job).start
    entries = [entry for entry in _listed(folder, only)() if not _before(entry.key, since)]
    spreads = [
        tasks.Spread(known, folder, keys, work, partitions)
        for keys in shared(entries, job.task_bytes)
    ]
    broken = Broken()
    for content in executor.map(tasks.spread, spreads):
        broken.merge(Broken.load(content))
    layout = tasks.baseline(known).layout
    quality = Quality.empty(layout)
    joins = [tasks.Join(known, work, number) for number in range(partitions)]
    for content in executor.map(tasks.join, joins):
        quality.merge(Quality.read(content, layout))
    quality.count("labels that could not be read", broken.total)
    _clear(work)
    return quality


def _listed(folder: str, only: str) -> Callable[..., list[Entry]]:
    """Returns what lists a folder, or one file of it."""
    place = store(folder)
    if not only:
        return place.entries
    return lambda prefix=only: [entry for entry in place.entries(prefix) if entry.key == only]


def _clear(work: str) -> None:
    place = store(work)
    for kind in (tasks.ANSWERS, tasks.LABELS):
        for entry in place.entries(f"{kind}/"):
            place.delete(entry.key)


def shared(entries: Iterable[Entry], size: int) -> Iterator[tuple[str, ...]]:
    """Yields the keys of tasks of about that many bytes."""
    keys: list[str] = []
    total = 0
    for entry in entries:
        if keys and total + entry.size > size:
            yield tuple(keys)
            keys, total = [], 0
        keys.append(entry.key)
        total += entry.size
    if keys:
        yield tuple(keys)


def captured(entries: Any, period: Period) -> list[Entry]:
    """Returns the captures of a period: those in the folders of its hours."""
    if not period.start:
        return list(entries())
    found: list[Entry] = []
    for hour in hours(period):
        found += entries(f"{hour:%Y/%m/%d/%H}/")
    return found


def hours(period: Period) -> list[datetime.datetime]:
    """Returns the hours of a period. Raises `InvalidDocument` if it is none."""
    start, end = moment(period.start), moment(period.end)
    number = int((end - start).total_seconds() // 3600)
    if number < 1 or number > names.MOST_HOURS:
        raise InvalidDocument(
            f"end: {period.end!r} is not 1 to {names.MOST_HOURS} hours after the start, "
            f"{period.start!r}"
        )
    return [start + datetime.timedelta(hours=place) for place in range(number)]


def moment(text: str) -> datetime.datetime:
    """Returns the beginning of an hour, in UTC. Raises `InvalidDocument`."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidDocument(f"{text!r} is no time. Fix: as in 2026-11-28T09:00:00Z") from error
    if found.tzinfo is not None:
        found = found.astimezone(datetime.UTC)
    return found.replace(minute=0, second=0, microsecond=0, tzinfo=datetime.UTC)


def spelled(time: datetime.datetime) -> str:
    """Returns a time as documents have it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _earlier(job: Job) -> Period:
    """Returns the period whose labels are complete."""
    if not job.start:
        return Period()
    delay = datetime.timedelta(hours=job.label_delay_hours)
    return Period(spelled(moment(job.start) - delay), spelled(moment(job.end) - delay))


def _before(key: str, start: str) -> bool:
    """Returns whether labels were written before the answers that are judged."""
    found = HOUR.search(key)
    if not found or not start:
        return False
    year, month, day, hour = found.groups()
    return f"{year}-{month}-{day}T{hour}:00:00Z" < start
