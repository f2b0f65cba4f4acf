"""What a commit reads: a folder, or objects that are in the bucket already. All come in
the order of their paths."""

import os
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import Refused
from groundplan.data.versions.keys import DatasetKeys


@dataclass(frozen=True)
class SourceFile:
    """A file of a folder."""

    path: str
    """Within the folder, with slashes."""
    file: str
    size: int
    modified: int
    """Nanoseconds: with the size, whether a journal's entry still holds."""

    @property
    def state(self) -> str:
        """Differs if the file was changed."""
        return f"{self.size} {self.modified}"


@dataclass(frozen=True)
class SourceObject:
    """A version of an object of the bucket."""

    path: str
    key: str
    version_id: str
    size: int
    etag: str

    @property
    def state(self) -> str:
        """Differs if the object was overwritten."""
        return f"{self.size} {self.version_id}"


def files(folder: pathlib.Path) -> Iterator[SourceFile]:
    """Yields the files of a folder and of those below it. Links are followed. Raises
    `Refused` for what can't be committed."""
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder. Fix: name the folder that holds the dataset's files")
    yield from _files(os.fspath(folder), "", frozenset())


def _files(folder: str, path: str, above: frozenset[tuple[int, int]]) -> Iterator[SourceFile]:
    status = pathlib.Path(folder).stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        raise Refused(f"{folder} is a link to a folder above it. Fix: remove the link")
    with os.scandir(folder) as scanned:
        # Folders sort with the slash that follows their name: `a-b` is before `a/b`.
        entries = sorted((f"{e.name}/" if e.is_dir() else e.name, e) for e in scanned)
    for name, entry in entries:
        if not _printable(name):
            raise Refused(f"{entry.path!r} has a name that is not UTF-8. Fix: rename the file")
        if name.endswith("/"):
            yield from _files(entry.path, f"{path}{name}", above | {here})
        elif not entry.is_file():
            raise Refused(f"{entry.path} is neither a file nor a folder. Fix: remove it")
        else:
            found = entry.stat()
            yield SourceFile(f"{path}{name}", entry.path, found.st_size, found.st_mtime_ns)


def _printable(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def prefix(bucket: Bucket, keys: DatasetKeys, folder: str) -> Iterator[SourceObject]:
    """Yields the current versions of the objects of a prefix, but for those of the
    manifests themselves. `folder` ends with a slash, or is a key's beginning."""
    start = folder.rpartition("/")[0]
    cut = len(start) + 1 if start else 0
    pages = bucket.s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket.name, Prefix=folder
    )
    for page in pages:
        for item in page.get("Versions", ()):
            key = item["Key"]
            if not item["IsLatest"] or key.endswith("/") or keys.is_own(key):
                continue
            yield SourceObject(
                key[cut:], key, item["VersionId"], item["Size"], item["ETag"].strip('"')
            )
