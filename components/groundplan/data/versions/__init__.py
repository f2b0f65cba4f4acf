"""Versions of datasets: immutable manifests in the artifact bucket, and tags that
move.

    version = versions.read(s3, "artifacts", "clicks:production")
    version.reference                        # clicks@sha256:..., what a record keeps
    for item in version.objects: ...         # path, key, version_id, size, checksum

The versions that exist, `datasets`, `versions` and `tags`, are of the same bucket.
`groundplan.data.versions.keys` has the layout.
"""

from groundplan.data.versions.errors import (
    Conflict,
    Damaged,
    DatasetError,
    InvalidReference,
    NotCommitted,
    Refused,
)
from groundplan.data.versions.manifest import DatasetObject, DatasetVersion
from groundplan.data.versions.reading import (
    Listed,
    Tag,
    datasets,
    is_committed,
    read,
    resolve,
    tags,
    versions,
)
from groundplan.data.versions.reference import Reference

__all__ = [
    "Conflict",
    "Damaged",
    "DatasetError",
    "DatasetObject",
    "DatasetVersion",
    "InvalidReference",
    "Listed",
    "NotCommitted",
    "Reference",
    "Refused",
    "Tag",
    "datasets",
    "is_committed",
    "read",
    "resolve",
    "tags",
    "versions",
]
