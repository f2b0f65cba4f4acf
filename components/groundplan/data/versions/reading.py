"""Reading dataset versions: `read` a reference, `resolve` a tag."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import groundplan.data.versions.documents as documents
import groundplan.data.versions.manifest as manifest
import groundplan.data.versions.parts as parts
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import Damaged, NotCommitted
from groundplan.data.versions.keys import ROOT, DatasetKeys
from groundplan.data.versions.manifest import DatasetVersion
from groundplan.data.versions.reference import Reference


@dataclass(frozen=True)
class Tag:
    """A tag: the version that it names, and the number of its move."""

    dataset: str
    name: str
    digest: str
    sequence: int
    """1 for its first version; each move, back too, adds 1."""
    etag: str

    @property
    def reference(self) -> str:
        """The version that it names, by digest."""
        return str(Reference(self.dataset, digest=self.digest))

    def document(self) -> dict[str, Any]:
        """Returns the content of the tag's object."""
        return {
            "dataset": self.dataset,
            "tag": self.name,
            "digest": self.digest,
            "sequence": self.sequence,
        }


def resolve(s3: Any, bucket: str, reference: str) -> str:
    """Returns a reference by digest. Raises `NotCommitted` if there is no such tag.

    `resolve(s3, "artifacts", "clicks:production")` returns `clicks@sha256:...`. A
    reference by digest is returned as it is, whether it was committed or not.
    """
    found = Reference.parse(reference)
    if found.digest:
        return str(found)
    return tag(Bucket(s3, bucket), found.dataset, found.tag, needed=True).reference


def read(s3: Any, bucket: str, reference: str) -> DatasetVersion:
    """Returns a version: of a reference by digest, or of a tag. Raises `NotCommitted`,
    or `Damaged` if the stored manifest isn't what was committed. Objects and statistics
    are read when they are asked for."""
    found = Reference.parse(resolve(s3, bucket, reference))
    return version(Bucket(s3, bucket), found.dataset, found.digest)


def version(bucket: Bucket, dataset: str, digest: str) -> DatasetVersion:
    """Returns a version by its digest."""
    keys = DatasetKeys(dataset)
    key = keys.version(digest)
    stored = bucket.get(key)
    if stored is None:
        raise NotCommitted(
            f"{dataset}@{digest} is not committed in {bucket.name}. Fix: `groundplan dataset list "
            f"{dataset}` shows the versions, `groundplan dataset commit {dataset}` creates one"
        )
    return of_manifest(bucket, dataset, digest, stored.content)


def of_manifest(bucket: Bucket, dataset: str, digest: str, content: bytes) -> DatasetVersion:
    """Returns the version that a manifest describes."""
    keys = DatasetKeys(dataset)
    return manifest.parsed(
        content,
        digest,
        bucket.uri(keys.version(digest)),
        partial(parts.read, bucket, keys),
        partial(_statistics, bucket, keys),
    )


def is_committed(s3: Any, bucket: str, reference: str) -> bool:
    """Whether a reference names a version whose manifest is stored."""
    try:
        read(s3, bucket, reference)
    except NotCommitted:
        return False
    return True


def tag(bucket: Bucket, dataset: str, name: str, *, needed: bool = False) -> "Tag":
    """Returns a tag; one without digest and with sequence 0 if it does not exist,
    unless it is needed."""
    key = DatasetKeys(dataset).tag(name)
    found = bucket.document(key)
    if found is None:
        if needed:
            raise NotCommitted(
                f"{dataset}:{name} does not exist in {bucket.name}. Fix: `groundplan dataset list "
                f"{dataset}` shows the versions and their tags"
            )
        return Tag(dataset, name, "", 0, "")
    data, stored = found
    try:
        return Tag(dataset, name, str(data["digest"]), int(data["sequence"]), stored.etag)
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"{bucket.uri(key)} can't be read: {error}. Fix: `groundplan dataset rollback`, or "
            "restore its former version, which the bucket keeps"
        ) from None


@dataclass(frozen=True)
class Listed:
    """A version as a list shows it."""

    dataset: str
    digest: str
    committed_at: datetime.datetime
    """When S3 stored the manifest."""


def datasets(s3: Any, bucket: str) -> Iterator[str]:
    """Yields the names of the datasets that have a tag or a version."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=ROOT, Delimiter="/")
    for page in pages:
        for found in page.get("CommonPrefixes", ()):
            keys = DatasetKeys(found["Prefix"].removeprefix(ROOT).rstrip("/"))
            if any(True for _ in Bucket(s3, bucket).keys(keys.folder("versions/"))):
                yield keys.dataset


def versions(s3: Any, bucket: str, dataset: str, before: str = "") -> list[Listed]:
    """Returns the versions of a dataset, of those that were committed before one, the
    newest first. Raises `NotCommitted` if there is no such version."""
    prefix = DatasetKeys(dataset).folder("versions/")
    found = [
        Listed(
            dataset,
            f"sha256:{item['Key'].removeprefix(prefix).removesuffix('.json')}",
            item["LastModified"],
        )
        for item in Bucket(s3, bucket).keys(prefix)
    ]
    found.sort(key=lambda item: (item.committed_at, item.digest), reverse=True)
    if not before:
        return found
    digests = [item.digest for item in found]
    if before not in digests:
        raise NotCommitted(f"{dataset}@{before} is no version. Fix: see `groundplan dataset list`")
    return found[digests.index(before) + 1 :]


def tags(s3: Any, bucket: str, dataset: str) -> list[Tag]:
    """Returns the tags of a dataset, by name."""
    place, prefix = Bucket(s3, bucket), DatasetKeys(dataset).folder("tags/")
    names = [item["Key"].removeprefix(prefix).removesuffix(".json") for item in place.keys(prefix)]
    return [found for name in names if (found := tag(place, dataset, name)).digest]


def _statistics(bucket: Bucket, keys: DatasetKeys, digest: str) -> Mapping[str, Any]:
    key = keys.statistics(digest)
    found = bucket.document(key)
    if found is None or documents.digest(found[1].content) != digest:
        raise Damaged(f"{bucket.uri(key)} is not what was committed. Fix: restore it")
    return found[0]
