"""Objects of a folder in S3 that are never written twice: what audit trails and
journals are built of.

All are put with `If-None-Match: *`, which S3 grants to exactly one of several writers
("How to prevent object overwrites with conditional writes", Amazon S3 User Guide).

Times are S3's: `LastModified` of an object, and the `Date` of an answer. Those who
write have clocks of their own, which nothing is ordered by.
"""

import datetime
import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.errors import Unreadable


@dataclass(frozen=True)
class Entry:
    """An object, as a list shows it."""

    name: str
    at: datetime.datetime
    """When S3 stored it."""
    age: float
    """Seconds since, by S3's clock."""


class Objects:
    """The objects below a folder."""

    def __init__(self, s3: Any, bucket: str, root: str, kms_key_arn: str | None) -> None:
        self._s3, self._bucket, self._root = s3, bucket, root
        self._key_arn = kms_key_arn

    def uri(self, name: str) -> str:
        """Returns the address of an object."""
        return f"s3://{self._bucket}/{self._root}{name}"

    def entries(self, folder: str) -> list[Entry]:
        """Returns the objects of a folder, by name."""
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
        """Writes an object that is not there, and returns whether it is new. It is
        not after a lost answer, either: the retry finds what the first try wrote."""
        return self.put_text(name, json.dumps(data, sort_keys=True, indent=1, default=str))

    def put_text(self, name: str, text: str) -> bool:
        """Writes JSON as text, byte for byte, and returns whether it is new."""
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._key_arn}
            if self._key_arn
            else {}
        )
        while True:
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=f"{self._root}{name}",
                    Body=text.encode(),
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
