"""The calls of S3 that dataset versions are built on: reads, and conditional writes.

S3 grants a put with `If-None-Match: *` to one of several writers, and one with
`If-Match` only while the object is the one that was read ("How to prevent object
overwrites with conditional writes", Amazon S3 User Guide). A put whose answer was lost
and which the SDK sent again finds what the first one wrote.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.data.versions.errors import Damaged

MISSING = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion", "MethodNotAllowed"})
"""Error codes of an object, or a version, that is not there; a delete marker answers
405."""

FORBIDDEN = frozenset({"AccessDenied", "403"})

TRIES = 50
"""Tries of a put that S3 decides for neither of two writers."""


@dataclass(frozen=True)
class Stored:
    """An object as it was read."""

    content: bytes
    etag: str
    version_id: str
    answer: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Bucket:
    """A bucket, and the client that reads and writes it."""

    s3: Any
    name: str

    def get(self, key: str, version_id: str = "") -> Stored | None:
        """Returns an object; None if it is not there."""
        version = {"VersionId": version_id} if version_id else {}
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=key, **version)
        except ClientError as error:
            if code(error) in MISSING or (code(error) in FORBIDDEN and not self._is_listed(key)):
                return None
            raise
        with closing(answer["Body"]) as body:
            content = body.read()
        return Stored(content, answer["ETag"], answer.get("VersionId", ""), answer)

    def _is_listed(self, key: str) -> bool:
        """Whether a list has an object. A missing object is forbidden for a principal
        that may list some folders only: a request for an object has no s3:prefix (S3
        API Reference, GetObject). Where listing is forbidden too, the error is
        raised."""
        first = next(iter(self.keys(key)), None)
        return first is not None and first["Key"] == key

    def document(self, key: str) -> tuple[dict[str, Any], Stored] | None:
        """Returns an object that is JSON; None if it is not there."""
        stored = self.get(key)
        if stored is None:
            return None
        try:
            found = json.loads(stored.content)
            if not isinstance(found, dict):
                raise ValueError("it is no JSON object")
        except ValueError as error:
            raise Damaged(
                f"{self.uri(key)} can't be read: {error}. Fix: restore its former version, which "
                "the bucket keeps"
            ) from None
        return found, stored

    def create(self, key: str, content: bytes, **options: Any) -> bool:
        """Writes an object that is not there. Returns False if it is."""
        return self._put(key, content, {"IfNoneMatch": "*"}, options)

    def replace(self, key: str, content: bytes, etag: str, **options: Any) -> bool:
        """Writes an object in place of the one that was read. Returns False if another
        was faster."""
        return self._put(key, content, {"IfMatch": etag}, options)

    def _put(
        self, key: str, content: bytes, condition: Mapping[str, str], options: Mapping[str, Any]
    ) -> bool:
        for attempt in range(TRIES):
            try:
                self.s3.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=content,
                    **{"ContentType": "application/json", **options},
                    **condition,
                )
            except ClientError as error:
                # Two at the same moment: S3 decided for neither, and asks for a retry.
                if code(error) == "ConditionalRequestConflict" and attempt < TRIES - 1:
                    continue
                if code(error) in ("PreconditionFailed", "412", *MISSING):
                    return False
                raise
            return True
        return False

    def keys(self, prefix: str) -> Iterator[Mapping[str, Any]]:
        """Yields the current objects of a prefix as `list_objects_v2` returns them, in
        the order of their keys, a page at a time."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        for page in pages:
            yield from page.get("Contents", ())

    def uri(self, key: str) -> str:
        """Returns the address of an object."""
        return f"s3://{self.name}/{key}"


def code(error: BaseException) -> str:
    """Returns the code of an error of AWS."""
    response: Mapping[str, Any] = getattr(error, "response", {}) or {}
    return str(response.get("Error", {}).get("Code", ""))
