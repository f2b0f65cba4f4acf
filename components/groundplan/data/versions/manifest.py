"""The manifest of a dataset version: what it holds, what it was derived from, and how
good it is. The version's digest is that of the manifest's bytes.

The objects are in parts, lists of some thousands that the manifest names by their
digests: a version of a million objects is written and read within bounded memory, and
versions share the parts that are equal.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import groundplan.data.versions.documents as documents
from groundplan.data.versions.errors import Damaged
from groundplan.data.versions.reference import Reference

KIND, FORMAT = "dataset-version", 1
"""What the manifest is, and the form of its fields."""


@dataclass(frozen=True, order=True)
class DatasetObject:
    """An object of a version."""

    path: str
    """Its name within the dataset: `2026/11/part-0.parquet`."""
    key: str
    """Its key in the bucket."""
    version_id: str
    """The version that S3 gave it: what is read even if the key was overwritten or
    deleted since."""
    size: int
    """In bytes."""
    checksum: str
    """What S3 itself keeps of its content: `SHA256:<base64>`, `CRC64NVME:<base64>`, or
    `ETAG:<etag>` of an object that was uploaded without a checksum."""

    def row(self) -> list[Any]:
        """Returns a line of a part."""
        return [self.path, self.key, self.version_id, self.size, self.checksum]

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return dict(vars(self))


@dataclass(frozen=True)
class Part:
    """A list of objects of a version, in the order of their paths."""

    digest: str
    """The SHA-256 of its lines, uncompressed."""
    count: int
    size: int
    """Bytes of its objects."""
    first: str
    """Path of its first object."""
    last: str


@dataclass(frozen=True)
class Objects:
    """The objects of a version, in the order of their paths. Each iteration reads one
    part after the other."""

    parts: tuple[Part, ...]
    read_part: Callable[[Part], Iterator[DatasetObject]] = field(repr=False, compare=False)

    @property
    def size(self) -> int:
        """Bytes of all objects."""
        return sum(part.size for part in self.parts)

    def __len__(self) -> int:
        return sum(part.count for part in self.parts)

    def __iter__(self) -> Iterator[DatasetObject]:
        for part in self.parts:
            yield from self.read_part(part)


@dataclass(frozen=True)
class DatasetVersion:
    """A version of a dataset: immutable."""

    dataset: str
    digest: str
    """`sha256:` and the digits of the SHA-256 of the manifest's bytes."""
    objects: Objects
    schema: Mapping[str, Any]
    """`{"format": "csv", "columns": [{"name", "type"}, ...]}`; empty if unknown."""
    created_by: Mapping[str, Any]
    """What created it, as the commit says: `pipeline`, `run`, `code` and the like.
    Equal content of the same run is the same version, so no time is here: that of the
    commit is of the manifest's object."""
    quality: Mapping[str, Any]
    """The result of its quality checks: `{"passed", "report", ...}`; empty if it was
    not checked."""
    parents: tuple[str, ...]
    """References, by digest, of the versions that it was derived from."""
    table: Mapping[str, Any]
    """The Iceberg snapshot that it is: `table`, `snapshot_id`, `metadata_location` and
    so on; empty if it consists of objects."""
    statistics_digest: str
    """The digest of the statistics; empty if there are none."""
    read_document: Callable[[str], Mapping[str, Any]] = field(repr=False, compare=False)

    @property
    def reference(self) -> str:
        """`<dataset>@sha256:<digest>`."""
        return str(Reference(self.dataset, digest=self.digest))

    @cached_property
    def statistics(self) -> Mapping[str, Any]:
        """What the commit counted: `rows`, and a window of the drift analysis; empty if
        nothing was counted. Read when it is first asked for."""
        return self.read_document(self.statistics_digest) if self.statistics_digest else {}

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data without objects and statistics."""
        return {
            "reference": self.reference,
            "dataset": self.dataset,
            "digest": self.digest,
            "objects": len(self.objects),
            "size": self.objects.size,
            "schema": dict(self.schema),
            "created_by": dict(self.created_by),
            "quality": dict(self.quality),
            "parents": list(self.parents),
            "table": dict(self.table),
        }


@dataclass(frozen=True)
class Description:
    """What is known of a version besides its objects."""

    schema: Mapping[str, Any] = field(default_factory=dict)
    created_by: Mapping[str, Any] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    table: Mapping[str, Any] = field(default_factory=dict)
    statistics_digest: str = ""


def written(dataset: str, parts: tuple[Part, ...], described: Description) -> bytes:
    """Returns the bytes of a manifest."""
    return documents.canonical(
        {
            "kind": KIND,
            "format": FORMAT,
            "dataset": dataset,
            "parts": [vars(part) for part in parts],
            "schema": described.schema,
            "created_by": described.created_by,
            "quality": described.quality,
            "parents": sorted(described.parents),
            "table": described.table,
            "statistics": described.statistics_digest,
        }
    )


def parsed(
    content: bytes,
    digest: str,
    where: str,
    read_part: Callable[[Part], Iterator[DatasetObject]],
    read_document: Callable[[str], Mapping[str, Any]],
) -> DatasetVersion:
    """Returns the version that a manifest describes. Raises `Damaged` if the bytes are
    not those that were committed."""
    if documents.digest(content) != digest:
        raise Damaged(
            f"{where} is not the manifest that was committed: its digest is "
            f"{documents.digest(content)}. Fix: restore its first version, which the bucket keeps"
        )
    try:
        found = json.loads(content)
        if found["kind"] != KIND or found["format"] != FORMAT:
            raise ValueError(f"kind {found['kind']!r}, format {found['format']!r}")
        return DatasetVersion(
            dataset=found["dataset"],
            digest=digest,
            objects=Objects(tuple(Part(**part) for part in found["parts"]), read_part),
            schema=found["schema"],
            created_by=found["created_by"],
            quality=found["quality"],
            parents=tuple(found["parents"]),
            table=found["table"],
            statistics_digest=found["statistics"],
            read_document=read_document,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"{where} can't be read: {error}. Fix: use the version of groundplan that wrote it"
        ) from None
