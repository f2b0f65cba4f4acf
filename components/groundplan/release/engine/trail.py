"""The audit trail of an endpoint in S3: a record of each release, never written twice;
lock and journal of the one under way.

    <prefix><endpoint>/lock.json                  the plan of the release under way
    <prefix><endpoint>/journal/<release>/<step>   its steps that AWS does not show
    <prefix><endpoint>/records/<release>.json     how it ended
    <prefix><endpoint>/approvals/...              approvals, and what came of them

All are put with `If-None-Match: *` (`objects`): so the lock is exclusive, and records
are append-only. No lock expires.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import records
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import LockRemains, Refused, Unreadable
from groundplan.release.engine.objects import Entry, Objects
from groundplan.release.engine.plan import Plan

LOCK = "lock.json"


class Audited(Protocol):
    """An endpoint whose releases have a trail."""

    @property
    def endpoint(self) -> str: ...

    @property
    def audit_bucket(self) -> str: ...

    @property
    def audit_prefix(self) -> str: ...

    @property
    def audit_kms_key_arn(self) -> str | None: ...


@dataclass(frozen=True)
class Held:
    """A lock that is there."""

    plan: Mapping[str, Any]
    etag: str
    since: datetime.datetime | None = None
    """When S3 stored it."""
    seen: datetime.datetime | None = field(default=None, compare=False)
    """When S3 returned it."""

    @property
    def release(self) -> str:
        return str(self.plan["release"])

    @property
    def age(self) -> float:
        """Seconds since the lock was taken, by S3's clock; 0 if S3 does not say."""
        if self.since is None or self.seen is None:
            return 0.0
        return (self.seen - self.since).total_seconds()


@dataclass(frozen=True)
class History:
    """All records of an endpoint that can be read."""

    records: list[Mapping[str, Any]]
    """Oldest first."""
    unreadable: Sequence[str] = ()
    """What is wrong with the others, a sentence each."""


class Trail(Objects):
    """The trail of one endpoint."""

    def __init__(self, clients: Clients, target: Audited) -> None:
        root = f"{target.audit_prefix}{target.endpoint}/"
        super().__init__(clients.s3, target.audit_bucket, root, target.audit_kms_key_arn)
        self._endpoint = target.endpoint

    # The lock.

    def lock(self, plan: Mapping[str, Any]) -> Held:
        """Take the lock for a plan. Gives who holds it, which is another if it was
        taken."""
        while True:
            self.put(LOCK, plan)
            held = self.held()
            if held is not None:
                return held  # else another's, gone in between

    def held(self) -> Held | None:
        """Returns the lock, if there is one. Raises `Unreadable` if nobody can say
        whose it is."""
        found = self._get(LOCK)
        if found is None:
            return None
        held = Held(*found)
        if not isinstance(held.plan.get("release"), str):
            raise self.unreadable_lock("it names no release")
        return held

    def plan(self, held: Held) -> Plan:
        """Returns the plan of a lock. It began when S3 stored the lock, whatever the
        clock of who began it says. Raises `Unreadable` if it is another version's."""
        try:
            plan = Plan.read(held.plan)
        except ValueError as error:
            raise self.unreadable_lock(str(error)) from None
        if held.since is None:
            return plan
        return replace(plan, started_at=held.since.isoformat(timespec="seconds"))

    def unreadable_lock(self, why: str) -> Unreadable:
        """Returns the error of a lock that this version of groundplan can't go on
        with."""
        return Unreadable(
            f"The lock of endpoint {self._endpoint} can't be read: {why}. It is broken, or "
            "another version of groundplan began the release. Fix: end it with that version "
            "(`groundplan release resume`); if nobody runs it, wait until the endpoint is "
            f"InService, then `aws s3 rm {self.uri(LOCK)}`"
        )

    def unlock(self, held: Held) -> None:
        """Remove this lock and no other. Raises `LockRemains` if AWS refuses, with what
        to do."""
        try:
            self._s3.delete_object(
                Bucket=self._bucket, Key=f"{self._root}{LOCK}", IfMatch=held.etag
            )
        except (ClientError, BotoCoreError) as error:
            if aws.is_precondition(error) or aws.is_missing(error):
                return
            raise LockRemains(
                f"The lock of {held.release}, which is over, can't be removed: "
                f"{aws.words(error)}. No other release of {self._endpoint} can begin. Fix: "
                f"allow s3:DeleteObject on {self.uri(LOCK)}, then `groundplan release resume`, "
                "which removes it"
            ) from error

    # The journal.

    def note(self, release: str, step: str, data: Mapping[str, Any]) -> None:
        """Write into the journal of a release. The first note of a step stays."""
        self.put(f"journal/{release}/{step}.json", data)

    def noted(
        self, release: str, step: str, needed: Sequence[str] = ()
    ) -> Mapping[str, Any] | None:
        """Returns what the journal says of a step, if it was reached. Raises
        `Unreadable` if it lacks one of the `needed` keys."""
        name = f"journal/{release}/{step}.json"
        found = self._get(name)
        if found is None:
            return None
        lacking = [key for key in needed if key not in found[0]]
        if lacking:
            raise self._unreadable(name, f"it lacks {', '.join(lacking)}")
        return found[0]

    # The records.

    def write(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write the record of a release. Returns the existing one, which is another's
        if that was first."""
        release = str(record["release"])
        self.put(f"records/{release}.json", record)
        return self.record(release) or record

    def record(self, release: str) -> Mapping[str, Any] | None:
        """Returns the record of a release, if it has ended."""
        found = self._get(f"records/{release}.json")
        return None if found is None else found[0]

    def records(self) -> list[Mapping[str, Any]]:
        """Returns all records that can be read, oldest first by S3's time."""
        return self.history().records

    def newest(self, limit: int, before: str = "") -> list[Mapping[str, Any]]:
        """Returns the newest records that can be read, of those before a release's,
        oldest first by S3's time. Older ones are not read. Raises `Refused` if that
        release has no record."""
        found = self._history(self._newest(limit, f"records/{before}.json" if before else ""))
        names = [record["release"] for record in found.records]
        if before and before not in names:
            raise Refused(f"{self._endpoint} has no record of {before}. Fix: list its releases")
        return found.records[: names.index(before) if before else None][-limit:]

    def _newest(self, limit: int, last: str) -> list[Entry]:
        """Returns the entries that the newest records are in, up to the second of one
        of them: what came first within a second, their content says. One more than the
        limit says where the first of them began."""
        known = sorted(self.entries("records/"), key=lambda entry: entry.at)
        ends = [_second(entry) for entry in known if entry.name == last]
        if last:
            known = [entry for entry in known if ends and _second(entry) <= ends[0]]
        same = sum(_second(entry) in ends for entry in known)
        first = known[max(0, len(known) - limit - same - 1) :][:1]
        return [entry for entry in known if _second(entry) >= _second(first[0])]

    def history(self) -> History:
        """Returns all records, and what is wrong with those that can't be read: one bad
        record keeps nobody from the others."""
        return self._history(self.entries("records/"))

    def _history(self, entries: Sequence[Entry]) -> History:
        found, wrong = [], []
        for entry in entries:
            try:
                content = self._get(entry.name)
                if content is None:
                    continue
                if fault := records.fault(content[0]):
                    raise self._unreadable(entry.name, fault)
            except Unreadable as error:
                wrong.append(str(error))
                continue
            found.append(records.Stored(entry.at, content[0]))
        return History(records.in_order(found), wrong)

    def where(self, release: str) -> str:
        """Returns the key of a release's record."""
        return self.uri(f"records/{release}.json")

    def _unreadable(self, name: str, why: str) -> Unreadable:
        return self.unreadable_lock(why) if name == LOCK else super()._unreadable(name, why)


def _second(entry: Entry) -> datetime.datetime:
    return entry.at.replace(microsecond=0)
