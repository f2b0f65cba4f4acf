"""What is committed: a folder of this machine, or objects that are in the bucket
already; and how its files or objects become those of a version."""

import pathlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import groundplan.data.versions.in_place as in_place
import groundplan.data.versions.sources as sources
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.in_place import InPlace
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject
from groundplan.data.versions.sources import SourceFile, SourceObject
from groundplan.data.versions.uploads import PART, Upload

Item = SourceFile | SourceObject


class Storing(Protocol):
    """Turns what a source yields into objects of a version."""

    def items(self) -> Iterable[Any]:
        """Yields files or objects, in the order of their paths."""

    def store(self, item: Any, known: DatasetObject | None, *, again: bool) -> DatasetObject:
        """Returns the object of a version: that of the version before, if it is the
        same."""

    def is_large(self, item: Any) -> bool:
        """Whether storing it uses threads of its own."""


class Source(Protocol):
    """What is committed."""

    @property
    def name(self) -> str:
        """What a journal knows it by."""

    def storing(self, bucket: Bucket, keys: DatasetKeys, workers: int) -> Storing:
        """Returns how it is stored."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine. Its files are uploaded."""

    path: pathlib.Path
    part_size: int = PART
    """Bytes from which a file is sent in parts, and of each part."""

    @property
    def name(self) -> str:
        """Its absolute path."""
        return f"folder {self.path.resolve()}"

    def storing(self, bucket: Bucket, keys: DatasetKeys, workers: int) -> Storing:
        """Uploads files."""
        return _Files(self.path, Upload(bucket, keys, workers, self.part_size))


@dataclass(frozen=True)
class _Files:
    path: pathlib.Path
    upload: Upload

    def items(self) -> Iterator[SourceFile]:
        return sources.files(self.path)

    def store(self, item: SourceFile, known: DatasetObject | None, *, again: bool) -> DatasetObject:
        return self.upload.store(item, known, again=again)

    def is_large(self, item: SourceFile) -> bool:
        return self.upload.is_alone(item)


@dataclass(frozen=True)
class Stored:
    """Objects that are in the bucket already: those of a prefix, or of a list."""

    prefix: str = ""
    """A folder of the bucket: `raw/clicks/`."""
    objects: Callable[[], Iterable[SourceObject]] | None = None
    """In place of a prefix: objects in the order of their paths."""
    label: str = ""
    """What the journal knows the objects by."""
    copies: bool | None = None
    """Whether the objects are copied to keys of the dataset. None: if a lifecycle rule
    would delete them, or their overwritten versions."""
    asks: bool = True
    """Whether each object is asked for its checksum; else its ETag is recorded."""

    @property
    def name(self) -> str:
        """The prefix, or the label."""
        return f"objects {self.prefix or self.label} {self.copies} {self.asks}"

    def storing(self, bucket: Bucket, keys: DatasetKeys, workers: int) -> Storing:
        """Names objects, or copies them."""
        del workers
        copies = self.copies
        if copies is None:
            copies = bool(in_place.deleting_rules(bucket, self.prefix))
        found = self.objects or (lambda: sources.prefix(bucket, keys, self.prefix))
        return _Objects(found, InPlace(bucket, keys, copies, self.asks))


@dataclass(frozen=True)
class _Objects:
    found: Callable[[], Iterable[SourceObject]]
    named: InPlace

    def items(self) -> Iterable[SourceObject]:
        return self.found()

    def store(
        self, item: SourceObject, known: DatasetObject | None, *, again: bool
    ) -> DatasetObject:
        return self.named.store(item, known, again=again)

    def is_large(self, _item: SourceObject) -> bool:
        return False
