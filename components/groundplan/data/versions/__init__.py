"""Versions of datasets: immutable manifests in the artifact bucket, and tags that
move.

    version = versions.read(s3, "artifacts", "clicks:production")
    version.reference                        # clicks@sha256:..., what a record keeps
    for item in version.objects: ...         # path, key, version_id, size, checksum

    result = versions.commit(
        Bucket(s3, "artifacts"), "clicks", Stored("raw/clicks/"), Options(by=caller)
    )
    result.version.reference

The versions that exist, `datasets`, `versions` and `tags`, are of the same bucket.
`groundplan.data.versions.keys` has the layout.
"""

from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.commit import Committed, Options, commit
from groundplan.data.versions.contents import Folder, Stored
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
    "Bucket",
    "Committed",
    "Conflict",
    "Damaged",
    "DatasetError",
    "DatasetObject",
    "DatasetVersion",
    "Folder",
    "InvalidReference",
    "Listed",
    "NotCommitted",
    "Options",
    "Reference",
    "Refused",
    "Stored",
    "Tag",
    "commit",
    "datasets",
    "is_committed",
    "read",
    "resolve",
    "tags",
    "versions",
]
