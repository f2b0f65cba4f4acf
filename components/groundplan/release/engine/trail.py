"""The audit trail of an endpoint in S3: a record of each release, never written twice;
lock and journal of the one under way.

    <prefix><endpoint>/lock.json                  the plan of the release under way
    <prefix><endpoint>/journal/<release>/<step>   its steps that AWS does not show
    <prefix><endpoint>/records/<release>.json     how it ended

All are put with `If-None-Match: *`, which S3 grants to exactly one of several writers
("How to prevent object overwrites with conditional writes", Amazon S3 User Guide): so
the lock is exclusive, and records are append-only. No lock expires.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import aws
from groundplan.release.engine.target import Target


@dataclass(frozen=True)
class Held:
    """A lock that is there."""

    plan: Mapping[str, Any]
    etag: str

    @property
    def release(self) -> str:
        return str(self.plan["release"])


class Trail:
    """The trail of one endpoint."""

    def __init__(self, clients: aws.Clients, target: Target) -> None:
        self._s3 = clients.s3
        self._bucket = target.audit_bucket
        self._key_arn = target.audit_kms_key_arn
        self._root = f"{target.audit_prefix}{target.endpoint}/"

    def lock(self, plan: Mapping[str, Any]) -> Held:
        """Take the lock for a plan. Gives who holds it, which is another if it was
        taken."""
        while True:
            self._put("lock.json", plan)
            held = self.held()
            if held is not None:
                return held  # else another's, gone in between

    def held(self) -> Held | None:
        """The lock, if there is one."""
        found = self._get("lock.json")
        return None if found is None else Held(*found)

    def unlock(self, held: Held) -> None:
        """Remove this lock and no other."""
        try:
            self._s3.delete_object(
                Bucket=self._bucket, Key=f"{self._root}lock.json", IfMatch=held.etag
            )
        except ClientError as error:
            if not (aws.is_precondition(error) or aws.is_missing(error)):
                raise

    def note(self, release: str, step: str, data: Mapping[str, Any]) -> None:
        """Write into the journal of a release. The first note of a step stays."""
        self._put(f"journal/{release}/{step}.json", data)

    def noted(self, release: str, step: str) -> Mapping[str, Any] | None:
        """What the journal says of a step, if it was reached."""
        found = self._get(f"journal/{release}/{step}.json")
        return None if found is None else found[0]

    def write(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write the record of a release. Returns the existing one, which is another's
        if that was first."""
        release = str(record["release"])
        self._put(f"records/{release}.json", record)
        return self.record(release) or record

    def record(self, release: str) -> Mapping[str, Any] | None:
        """The record of a release, if it has ended."""
        found = self._get(f"records/{release}.json")
        return None if found is None else found[0]

    def records(self) -> list[Mapping[str, Any]]:
        """All records, oldest first: the names of releases begin with their time."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._root}records/"
        )
        keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))
        found = [self._get(key.removeprefix(self._root)) for key in keys]
        return [record[0] for record in found if record is not None]

    def where(self, release: str) -> str:
        """Returns the key of a release's record."""
        return f"s3://{self._bucket}/{self._root}records/{release}.json"

    def _put(self, name: str, data: Mapping[str, Any]) -> bool:
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

    def _get(self, name: str) -> tuple[Mapping[str, Any], str] | None:
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=f"{self._root}{name}")
        except ClientError as error:
            if aws.is_missing(error):
                return None
            raise
        return json.loads(found["Body"].read()), str(found["ETag"])
