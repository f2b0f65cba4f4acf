"""What asks for a run: events of the monitoring, of the dataset, of a schedule, of a
person or a program. Pure.

A trigger's name is derived from what it reports, not from when it arrives: the same
event twice is one trigger.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from groundplan.model_monitoring.analysis import names as monitoring
from groundplan.retraining.engine.datasets import Tag
from groundplan.retraining.engine.names import ALARM, DRIFT, LOOK, QUALITY, Kind
from groundplan.retraining.engine.settings import RetrainingSettings

UNSAFE = re.compile(r"[^0-9A-Za-z:.+-]")


class Irrelevant(ValueError):
    """An event that asks for no run. The message says why."""


@dataclass(frozen=True)
class Trigger:
    """What asks for a run."""

    kind: Kind
    id: str
    reason: str
    by: str = ""
    """Who, of a person or a program."""
    again: bool = False
    """Whether data is tried again that was tried with this champion before."""

    @property
    def name(self) -> str:
        return UNSAFE.sub("-", f"{self.kind.value}-{self.id}")[:200]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "kind": self.kind.value}


def of_person(
    identity: str, reason: str, by: str, again: bool = False, kind: Kind = Kind.PERSON
) -> Trigger:
    """Returns the trigger of a person, or of a program."""
    return Trigger(kind, identity, reason, by, again)


def of_tag(tag: Tag) -> Trigger:
    """Returns the trigger of a tag that has moved."""
    identity = f"{tag.sequence}-{tag.digest[:12]}"
    return Trigger(Kind.DATASET, identity, f"{tag.dataset}:{tag.tag} is version {tag.digest[:12]}")


def read(event: Mapping[str, Any], settings: RetrainingSettings, tag: Tag | None) -> Trigger | None:
    """Returns the trigger of an event; None for a look. Raises `Irrelevant`. `tag` is
    what the dataset's tag says now: an event of it only prompts a look."""
    kind, detail = event.get("kind"), event.get("detail", {})
    if kind == LOOK:
        return None
    if event.get("source") == monitoring.SOURCE:
        found = _of_check(detail)
    elif event.get("source") == "aws.s3":
        found = _of_object(detail, settings, tag)
    elif event.get("detail-type") == "Scheduled Event" or kind == Kind.SCHEDULE.value:
        found = Trigger(Kind.SCHEDULE, str(event.get("time", "")), "the schedule")
    elif kind in (Kind.PERSON.value, Kind.API.value):
        found = Trigger(
            Kind(kind),
            str(event.get("id", "")),
            str(event.get("reason", "")),
            str(event.get("by", "")),
            event.get("again") is True,
        )
    else:
        raise Irrelevant("The event is of no known kind")
    if not found.id or (found.kind in (Kind.PERSON, Kind.API) and not found.reason):
        raise Irrelevant("The event lacks id, time or reason. Fix: give them")
    if found.kind.value not in settings.triggers:
        raise Irrelevant(f"Triggers of the kind {found.kind.value} are not among the settings'")
    return found


def _of_check(detail: Mapping[str, Any]) -> Trigger:
    """Missing, invalid and unseen values and broken records are faults of the data: to
    train on them would do harm."""
    statuses = detail.get("statuses", {})
    by_kind = {
        Kind.QUALITY: any(statuses.get(family) == ALARM for family in QUALITY),
        Kind.DRIFT: any(statuses.get(family) == ALARM for family in DRIFT),
    }
    kind = next((kind for kind, on in by_kind.items() if on), None)
    if kind is None:
        raise Irrelevant("The check reports neither drift nor a drop of quality")
    alarms = detail.get("alarms", ())
    first = str(alarms[0].get("reason", "")) if alarms else ""
    identity = str(detail.get("digest", "")).removeprefix("sha256:")[:16]
    return Trigger(
        kind, f"{detail.get('end', '')}-{identity}", f"{detail.get('monitor')}: {first}".strip()
    )


def _of_object(detail: Mapping[str, Any], settings: RetrainingSettings, tag: Tag | None) -> Trigger:
    key = str(detail.get("object", {}).get("key", ""))
    if tag is None or key != tag.key or detail.get("bucket", {}).get("name") != settings.bucket:
        raise Irrelevant(f"{key or 'The object'} is not the tag of {settings.dataset}")
    return of_tag(tag)
