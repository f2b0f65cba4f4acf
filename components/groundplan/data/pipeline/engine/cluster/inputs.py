"""The raw objects of the inputs, at their versions: what a run reads, and what it has
read."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RawObject:
    """An object of an input."""

    input: str
    """Name of the input."""
    key: str
    version: str
    """Empty where the bucket keeps none."""
    size: int
    modified: str
    """When it was written, in UTC: ISO 8601."""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What another object, or another content of it, doesn't have."""
        return self.input, self.key, self.version, self.modified


def listed(s3: Any, bucket: str, inputs: Mapping[str, str]) -> list[RawObject]:
    """Returns the current objects of the inputs, by input and key."""
    found = [
        item
        for name, folder in sorted(inputs.items())
        for item in of_folder(s3, bucket, name, folder)
    ]
    return sorted(found, key=lambda item: (item.input, item.key))


def of_folder(s3: Any, bucket: str, name: str, folder: str) -> Iterator[RawObject]:
    """Yields the current objects of an input, by their keys."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=folder)
    for page in pages:
        for item in page.get("Versions", ()):
            # The console's empty objects for folders are no data.
            if not item["IsLatest"] or (item["Key"].endswith("/") and not item["Size"]):
                continue
            version = item.get("VersionId", "")
            modified = item["LastModified"].astimezone(datetime.UTC).isoformat()
            yield RawObject(
                name, item["Key"], "" if version == "null" else version, item["Size"], modified
            )


def unread(objects: Iterable[RawObject], read: Iterable[RawObject]) -> list[RawObject]:
    """Returns the objects that are not among those that were read."""
    known: Collection[Any] = {item.identity for item in read}
    return [item for item in objects if item.identity not in known]


def settled(objects: Iterable[RawObject], now: datetime.datetime, minutes: int) -> bool:
    """Whether the oldest of the objects has waited for the others as long as it has
    to."""
    oldest = min((item.modified for item in objects), default="")
    if not oldest:
        return False
    waited = now - datetime.datetime.fromisoformat(oldest)
    return waited >= datetime.timedelta(minutes=minutes)
