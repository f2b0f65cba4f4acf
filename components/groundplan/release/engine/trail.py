"""The audit trail of an endpoint in S3: a record of each release, never written twice;
lock and journal of the one under way.

    <prefix><endpoint>/lock.json                  the plan of the release under way
    <prefix><endpoint>/journal/<release>/<step>   its steps that AWS does not show
    <prefix><endpoint>/records/<release>.json     how it ended
    <prefix><endpoint>/approvals/...              approvals, and what came of them

All are put with `If-None-Match: *`, which S3 grants to exactly one of several writers
("How to prevent object overwrites with conditional writes", Amazon S3 User Guide): so
the lock is exclusive, and records are append-only. No lock expires.

Times are S3's: `LastModified` of an object, and the `Date` of an answer. Those who
release have clocks of their own, which nothing is ordered by.
"""

import datetime
import email.utils
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import aws, records
from groundplan.release.engine.errors import LockRemains, Unreadable
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.target import Target

LOCK = "lock.json"


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
class Entry:
    """An object of the trail, as a list shows it."""

    name: str
    at: datetime.datetime
    """When S3 stored it."""
    age: float
    """Seconds since, by S3's clock."""


@dataclass(frozen=True)
class History:
    """All records of an endpoint that can be read."""

    records: list[Mapping[str, Any]]
    """Oldest first."""
    unreadable: Sequence[str] = ()
    """What is wrong with the others, a sentence each."""


class Trail:
    """The trail of one endpoint."""

    def __init__(self, clients: aws.Clients, target: Target) -> None:
        self._s3 = clients.s3
        self._bucket = target.audit_bucket
        self._key_arn = target.audit_kms_key_arn
        self._endpoint = target.endpoint
        self._root = f"{target.audit_prefix}{target.endpoint}/"

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
        """The lock, if there is one. Raises `Unreadable` if nobody can say whose it
        is."""
        found = self._get(LOCK)
        if found is None:
            return None
        held = Held(*found)
        if not isinstance(held.plan.get("release"), str):
            raise self.unreadable_lock("it names no release")
        return held

    def plan(self, held: Held) -> Plan:
        """The plan of a lock. It began when S3 stored the lock, whatever the clock of
        who began it says. Raises `Unreadable` if it is another version's."""
        try:
            plan = Plan.read(held.plan)
        except ValueError as error:
            raise self.unreadable_lock(str(error)) from None
        if held.since is None:
            return plan
        return replace(plan, started_at=held.since.isoformat(timespec="seconds"))

    def unreadable_lock(self, why: str) -> Unreadable:
        """The error of a lock that this version of groundplan can't go on with."""
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
        """What the journal says of a step, if it was reached. Raises `Unreadable` if it
        lacks one of the `needed` keys."""
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
        """The record of a release, if it has ended."""
        found = self._get(f"records/{release}.json")
        return None if found is None else found[0]

    def records(self) -> list[Mapping[str, Any]]:
        """All records that can be read, oldest first by S3's time."""
        return self.history().records

    def history(self) -> History:
        """All records, and what is wrong with those that can't be read: one bad record
        keeps nobody from the others."""
        found, wrong = [], []
        for entry in self.entries("records/"):
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

    # Objects.

    def uri(self, name: str) -> str:
        """The address of an object of the trail."""
        return f"s3://{self._bucket}/{self._root}{name}"

    def entries(self, folder: str) -> list[Entry]:
        """The objects of a folder, by name."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._root}{folder}"
        )
        found = []
        for page in pages:
            now = _date(page)
            for content in page.get("Contents", ()):
                at = content["LastModified"]
                age = 0.0 if now is None else (now - at).total_seconds()
                found.append(Entry(content["Key"].removeprefix(self._root), at, age))
        return sorted(found, key=lambda entry: entry.name)

    def put(self, name: str, data: Mapping[str, Any]) -> bool:
        """Whether the object is new. It is not after a lost answer, either: then the
        retry finds what the first try wrote."""
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._key_arn}
            if self._key_arn
            else {}
        )
        body = json.dumps(data, sort_keys=True, indent=1, default=str).encode()
        while True:
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=f"{self._root}{name}",
                    Body=body,
                    ContentType="application/json",
                    IfNoneMatch="*",
                    **encryption,
                )
            except ClientError as error:
                if aws.is_precondition(error):
                    return False
                if aws.code(error) == "ConditionalRequestConflict":
                    # Two at the same moment: S3 decided for neither, and asks for
                    # another try.
                    continue
                raise
            return True

    def _get(
        self, name: str
    ) -> tuple[Mapping[str, Any], str, datetime.datetime | None, datetime.datetime | None] | None:
        """Content and ETag of an object, when S3 stored it, and when it returned it.
        Raises `Unreadable` if it is no JSON object."""
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=f"{self._root}{name}")
        except ClientError as error:
            if aws.is_missing(error):
                return None
            raise
        try:
            data = json.loads(found["Body"].read())
        except ValueError as error:  # of JSON, or of UTF-8
            raise self._unreadable(name, f"it is no JSON: {error}") from None
        if not isinstance(data, Mapping):
            raise self._unreadable(name, "it is no JSON object")
        return data, str(found["ETag"]), found.get("LastModified"), _date(found)

    def _unreadable(self, name: str, why: str) -> Unreadable:
        if name == LOCK:
            return self.unreadable_lock(why)
        return Unreadable(
            f"{self.uri(name)} can't be read: {why}. It is broken, or another version of "
            "groundplan wrote it. Fix: use that version, or restore the object's first "
            "version, as the bucket keeps them"
        )


def _date(answer: Mapping[str, Any]) -> datetime.datetime | None:
    """S3's time when it gave an answer."""
    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
