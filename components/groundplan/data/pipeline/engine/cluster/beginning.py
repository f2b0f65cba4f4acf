"""Whether a run begins: what asks for it, what it would read, and whether the month has
room for it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.data import versions
from groundplan.data.pipeline.engine import last_version
from groundplan.data.pipeline.engine.cluster import inputs
from groundplan.data.pipeline.engine.cluster.inputs import RawObject
from groundplan.data.pipeline.engine.cluster.journal import BEGUN, ENDED, INPUTS, Journal
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings
from groundplan.data.pipeline.engine.names import OverLimit
from groundplan.eventbridge import schedule_expressions

FIRST = datetime.timedelta(hours=1)
"""Before the first run, an invocation that is longer ago has not been missed."""
PERSON, SCHEDULE, OBJECTS, DATASET = "person", "schedule", "objects", "dataset"


@dataclass(frozen=True)
class LastRun:
    """What is known of the run before."""

    number: int = 0
    begun: Mapping[str, Any] | None = None
    """None before the first run."""
    ended: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, journal: Journal) -> "LastRun":
        """Returns the last run of a journal."""
        number = journal.latest()
        if not number:
            return cls()
        return cls(number, journal.read(number, BEGUN), journal.read(number, ENDED))

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.begun is not None and self.ended is None


def begin(
    settings: ClusterSettings, journal: Journal, last: LastRun, now: datetime.datetime
) -> int | None:
    """Begins the next run if something asks for it. Returns its number, `None` if
    nothing does. Raises `OverLimit` if the month has no room."""
    bucket = journal.bucket
    current = inputs.listed(bucket.s3, bucket.name, settings.pipeline.inputs)
    fresh = _unread(settings, journal, last, current)
    parents = {
        reference: versions.resolve(bucket.s3, bucket.name, reference)
        for reference in settings.pipeline.datasets
    }
    asked = journal.asked()
    why = _reasons(settings, last, fresh, parents, asked, now)
    if not why:
        return None
    read = fresh if settings.bookmarks else current
    if not read:
        return None  # with bookmarks, a schedule may find nothing that is new
    used = _used(last, now)
    if used + settings.most_vcpu_hours > settings.vcpu_hours_per_month:
        raise OverLimit(
            f"{used:.2f} vCPU hours of this month are used, a run may take "
            f"{settings.most_vcpu_hours:.2f}, and the limit is "
            f"{settings.vcpu_hours_per_month:.2f}. Fix: raise limits.vcpu_hours_per_month, or "
            "wait for the next month"
        )
    number = last.number + 1
    run = f"{now:%y%m%d%H%M%S}-{number}"
    # Named after the run: another driver at the same moment has a list of its own.
    listing = journal.key(number, f"{INPUTS}-{run}", "json.gz")
    journal.write_objects(listing, read)
    journal.write(
        number,
        BEGUN,
        {
            "run": run,
            "at": now.isoformat(),
            "why": sorted(why),
            "inputs": listing,
            "objects": len(read),
            "parents": parents,
            "statistics_before": last_version.statistics(bucket.s3, settings.pipeline)
            if settings.rules
            else "",
            "asked": asked,
            "vcpu_hours_before": used,
            "consumed": _consumed(last),
            "published_at": (last.ended or {}).get("published_at", ""),
        },
    )
    journal.point(number)
    return number


def _consumed(last: LastRun) -> str:
    """Returns the key of the list of what published runs have read; empty without
    one."""
    return str((last.ended or {}).get("consumed", ""))


def _unread(
    settings: ClusterSettings, journal: Journal, last: LastRun, current: Sequence[RawObject]
) -> list[RawObject]:
    """Returns the objects that no run has read. With bookmarks those of failed runs
    wait until a person removes their dead letter; without, each run reads all of
    them."""
    if last.begun is None:
        return list(current)
    if not settings.bookmarks:
        return inputs.unread(current, journal.objects(last.begun["inputs"]))
    read = journal.objects(_consumed(last))
    for letter in journal.dead_letters():
        read += journal.objects(letter["inputs"])
    return inputs.unread(current, read)


def _reasons(
    settings: ClusterSettings,
    last: LastRun,
    fresh: Sequence[RawObject],
    parents: Mapping[str, str],
    asked: str,
    now: datetime.datetime,
) -> list[str]:
    begun = last.begun or {}
    why = []
    if asked and asked != begun.get("asked", ""):
        why.append(PERSON)
    if settings.objects and inputs.settled(fresh, now, settings.settle_minutes):
        why.append(OBJECTS)
    if parents and parents != begun.get("parents", {}):
        why.append(DATASET)
    if _is_due(settings.schedule_expression, begun.get("at"), now):
        why.append(SCHEDULE)
    return why


def _is_due(expression: str, begun_at: str | None, now: datetime.datetime) -> bool:
    """Whether the schedule has asked for a run since the last one began."""
    if not expression:
        return False
    begun = datetime.datetime.fromisoformat(begun_at) if begun_at else None
    rate = schedule_expressions.gaps(expression) if expression.startswith("rate(") else None
    if rate is not None:
        return begun is None or now - begun >= datetime.timedelta(hours=rate.longest)
    latest = schedule_expressions.latest(expression, now)
    if latest is None:
        return False
    since = begun if begun is not None else now - FIRST
    return latest > since


def _used(last: LastRun, now: datetime.datetime) -> float:
    """Returns the vCPU hours of the month of `now`, in UTC, so far: of runs that began
    in it."""
    if last.begun is None or last.ended is None:
        return 0.0
    began = datetime.datetime.fromisoformat(last.begun["at"])
    if (began.year, began.month) != (now.year, now.month):
        return 0.0
    return float(last.begun["vcpu_hours_before"]) + float(last.ended["vcpu_hours"])
