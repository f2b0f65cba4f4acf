"""The dataset versions that a run trains on, and is evaluated on: read by
`groundplan.data.versions`."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from groundplan.data import versions
from groundplan.data.versions import reading
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import DatasetError
from groundplan.data.versions.keys import DatasetKeys, bare
from groundplan.data.versions.reference import Reference
from groundplan.retraining.engine.services import Refused


@dataclass(frozen=True)
class Tag:
    """A version, and the tag that it was resolved from."""

    dataset: str
    tag: str
    """Empty for a reference by digest."""
    digest: str
    """64 hexadecimal digits."""
    sequence: int = 0
    """The number of the tag's move."""

    @property
    def key(self) -> str:
        """The key of the tag's object."""
        return DatasetKeys(self.dataset).tag(self.tag)

    @property
    def version(self) -> str:
        """The version as records name it."""
        return f"{self.dataset}@sha256:{self.digest}"


@dataclass(frozen=True)
class Version:
    """A dataset version."""

    tag: Tag
    keys: tuple[str, ...]
    """Keys of its objects, in the order of their paths."""
    passed: bool
    """False if its own quality checks failed."""

    @property
    def manifest_key(self) -> str:
        return DatasetKeys(self.tag.dataset).version(self.tag.digest)


def resolve(s3: Any, bucket: str, reference: str) -> Tag:
    """Returns the version of a reference. Raises `Refused`."""
    try:
        found = Reference.parse(reference)
        if found.digest:
            return Tag(found.dataset, "", bare(found.digest))
        tag = reading.tag(Bucket(s3, bucket), found.dataset, found.tag, needed=True)
    except DatasetError as error:
        raise Refused(str(error)) from None
    return Tag(tag.dataset, tag.name, bare(tag.digest), tag.sequence)


def read(s3: Any, bucket: str, tag: Tag) -> Version:
    """Returns a version. Raises `Refused` if it is not there, is not what its digest
    says, or if its objects were changed since."""
    try:
        found = versions.read(s3, bucket, tag.version)
        keys = tuple(item.key for item in found.objects)
    except DatasetError as error:
        raise Refused(str(error)) from None
    if not keys and found.table:
        raise Refused(
            f"Dataset version {tag.version} is a snapshot of a table, and jobs read objects. Fix: "
            "commit an export of it"
        )
    if not keys:
        raise Refused(f"Dataset version {tag.version} has no objects. Fix: commit another")
    if changed := next(_changed(s3, bucket, tag, keys), None):
        raise Refused(
            f"s3://{bucket}/{changed} is not what {tag.version} was committed with: it is gone, or "
            "was written since, and jobs read what is there now. Fix: commit the dataset again"
        )
    return Version(tag, keys, passed=found.quality.get("passed") is not False)


def listing(bucket: str, version: Version) -> list[Any]:
    """Returns the objects of a version in the form of SageMaker's `ManifestFile` (API
    reference, S3DataSource): a common prefix, then keys below it."""
    first, last = min(version.keys), max(version.keys)
    common = "".join(a for a, _ in itertools.takewhile(_are_equal, zip(first, last, strict=False)))
    folder = common.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    return [
        {"prefix": f"s3://{bucket}/{prefix}"},
        *(key.removeprefix(prefix) for key in version.keys),
    ]


def _changed(s3: Any, bucket: str, tag: Tag, keys: tuple[str, ...]) -> Iterator[str]:
    """Yields objects that are gone, or were written after the commit. Jobs read a key
    and not a version of it; keys of objects that the commit uploaded are their
    content."""
    own = DatasetKeys(tag.dataset)
    stored = Bucket(s3, bucket).get(own.version(tag.digest))
    committed_at = stored.answer["LastModified"] if stored else None
    in_place = sorted(key for key in keys if not key.startswith(own.folder("objects/")))
    for folder, group in itertools.groupby(in_place, key=lambda key: key.rpartition("/")[0]):
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"{folder}/" if folder else "", Delimiter="/"
        )
        there = {
            entry["Key"]: entry["LastModified"]
            for page in pages
            for entry in page.get("Contents", ())
        }
        for key in group:
            if key not in there or (committed_at is not None and there[key] > committed_at):
                yield key


def _are_equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]
