"""Committing a version: its objects, its parts, its manifest, and then its tags.

    commit(bucket, "clicks", Folder(pathlib.Path("data")), Options(by=caller))

Whatever stops it, at any call, leaves no version that lacks something: the manifest is
written when all that it names is stored. The same content is the same version.
"""

import pathlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import groundplan.data.versions.condemned as collections
import groundplan.data.versions.documents as documents
import groundplan.data.versions.in_place as in_place
import groundplan.data.versions.manifest as manifest
import groundplan.data.versions.parts as shards
import groundplan.data.versions.reading as reading
import groundplan.data.versions.tagging as tagging
from groundplan.data.versions.bucket import Bucket, code
from groundplan.data.versions.contents import Source
from groundplan.data.versions.errors import Conflict, Damaged, NotCommitted, Refused
from groundplan.data.versions.journal import Journal
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject, DatasetVersion, Description, Part
from groundplan.data.versions.reading import Tag
from groundplan.data.versions.reference import LATEST, Reference, dataset_name, tag_name
from groundplan.data.versions.work import WORKERS, in_order

KEPT = ("ContentType", "Metadata")
"""What an object has beside its content, and keeps when it is written again."""

ROUNDS = 5
"""How often what garbage collections delete meanwhile is stored again."""


@dataclass(frozen=True)
class Options:
    """How a version is committed."""

    by: str = ""
    """ARN of who commits it."""
    reason: str = ""
    tags: Sequence[str] = (LATEST,)
    """Tags that name it then."""
    created_by: Mapping[str, Any] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    parents: Sequence[str] = ()
    """References by digest, or by a tag, which is resolved."""
    table: Mapping[str, Any] = field(default_factory=dict)
    """The Iceberg snapshot that the version is, in place of objects."""
    describe: Callable[[Iterable[DatasetObject]], tuple[Mapping[str, Any], Mapping[str, Any]]] = (
        lambda _objects: ({}, {})
    )
    """Returns schema and statistics of a version's objects."""
    workers: int = WORKERS
    journal: pathlib.Path | None = None
    """The file that an interrupted commit continues from."""
    progress: Callable[[DatasetObject, bool], None] = lambda _stored, _sent: None
    """Called with each object, and whether it was stored by this commit."""


@dataclass(frozen=True)
class Committed:
    """What came of a commit."""

    version: DatasetVersion
    tags: tuple[Tag, ...]
    stored: int
    """Objects that this commit uploaded, copied or asked for; the others were in the
    version before, or in the try that was interrupted."""
    created: bool
    """False if the same version was there already."""


def commit(bucket: Bucket, dataset: str, source: Source, options: Options) -> Committed:
    """Commits a version. Raises `Conflict` if another commit moved a tag meanwhile: the
    version is stored then, and not published."""
    keys = DatasetKeys(dataset_name(dataset))
    in_place.require_versioning(bucket)
    if expiring := in_place.expiring_rules(bucket, keys.root):
        raise Refused(
            f"The lifecycle rule {', '.join(expiring)} of {bucket.name} expires objects of "
            f"{keys.root}: versions would be lost. Fix: limit the rule to other prefixes"
        )
    options = replace(options, parents=_parents(bucket, options.parents))
    seen = [tagging.settled(bucket, dataset, tag_name(name)) for name in options.tags]
    with ExitStack() as pins:
        work = _Commit(bucket, keys, source, options, seen, pins)
        version, created = work.run()
        tags = []
        for tag in seen:
            wanted = tagging.Wanted(version.digest, tagging.COMMIT, options.by, options.reason)
            tags.append(tagging.move(bucket, dataset, tag.name, wanted, tag))
    work.journal.remove()
    return Committed(version, tuple(tags), work.stored, created)


class _Commit:
    """A commit under way, up to its manifest."""

    def __init__(
        self,
        bucket: Bucket,
        keys: DatasetKeys,
        source: Source,
        options: Options,
        seen: Sequence[Tag],
        pins: ExitStack,
    ) -> None:
        self._bucket, self._keys, self._options, self._pins = bucket, keys, options, pins
        self._storing = source.storing(bucket, keys, options.workers)
        self.journal = Journal(options.journal, collections.finished(bucket, keys))
        # Read after the list of collections: what they deleted is not in it.
        self._before = _former(bucket, keys, seen)
        self.stored = 0
        self._statistics = ""

    def run(self) -> tuple[DatasetVersion, bool]:
        """Stores the version. Returns it, and whether it is new."""
        again: frozenset[str] = frozenset()
        try:
            for _ in range(ROUNDS):
                parts = self._parts(again)
                content = manifest.written(
                    self._keys.dataset, tuple(parts), self._description(parts)
                )
                digest = documents.digest(content)
                self._pins.enter_context(tagging.pinned(self._bucket, self._keys, digest, content))
                try:
                    lost = self._lost(parts, digest)
                except Damaged:
                    continue  # deleted meanwhile: what is gone is written again
                if not lost:
                    return self._published(digest, content)
                again |= lost
        finally:
            self.journal.close()
        raise Conflict(
            f"Garbage collections delete what is committed to {self._keys.dataset} all the time. "
            "Fix: commit again when `groundplan dataset gc` is over"
        )

    def _parts(self, again: Collection[str]) -> list[Part]:
        parts = []
        for batch in shards.split(self._objects(again)):
            content = shards.lines(batch)
            parts.append(shards.described(batch, content))
            self._bucket.create(
                self._keys.part(parts[-1].digest),
                shards.compressed(content),
                ContentType="application/gzip",
            )
        if not parts and not self._options.table:
            raise Refused("There is nothing to commit. Fix: name a folder or a prefix with objects")
        return parts

    def _published(self, digest: str, content: bytes) -> tuple[DatasetVersion, bool]:
        """Writes the manifest: all that it names is there, and stays."""
        who = {"committed-by": self._options.by} if self._options.by else {}
        created = self._bucket.create(self._keys.version(digest), content, Metadata=who)
        return reading.version(self._bucket, self._keys.dataset, digest), created

    def _objects(self, again: Collection[str]) -> Iterator[DatasetObject]:
        before = _Ahead(() if self._before is None else self._before.objects)

        def items() -> Iterator[_Work]:
            for item in self._storing.items():
                repeat = item.path in again
                done = None if repeat else self.journal.known(item.path, item.state)
                yield _Work(item, repeat, before.at(item.path), done)

        def store(work: _Work) -> tuple[_Work, DatasetObject]:
            if work.done is not None:
                return work, work.done
            return work, self._storing.store(work.item, work.before, again=work.again)

        def is_large(work: _Work) -> bool:
            return work.done is None and self._storing.is_large(work.item)

        for work, stored in in_order(store, items(), self._options.workers, alone=is_large):
            sent = stored not in (work.done, work.before)
            self.journal.note(work.item.state, stored)
            self.stored += sent
            self._options.progress(stored, sent)
            yield stored

    def _description(self, parts: Sequence[Part]) -> Description:
        objects = manifest.Objects(
            tuple(parts), lambda part: shards.read(self._bucket, self._keys, part)
        )
        table = dict(self._options.table)
        schema, statistics = self._options.describe(objects)
        schema = table.pop("schema", schema)
        self._statistics = ""
        if statistics:
            content = documents.canonical(statistics)
            self._statistics = documents.digest(content)
            self._bucket.create(self._keys.statistics(self._statistics), content)
        return Description(
            schema=schema,
            created_by=self._options.created_by,
            quality=self._options.quality,
            parents=tuple(self._options.parents),
            table=table,
            statistics_digest=self._statistics,
        )

    def _lost(self, parts: Sequence[Part], digest: str) -> frozenset[str]:
        """Paths of the objects that a garbage collection deletes, or has deleted.
        Parts, statistics and the manifest that it deletes are written again here."""
        about = collections.condemned(self._bucket, self._keys, self.journal.finished)
        if not about:
            return frozenset()
        own = self._keys
        lost = frozenset(
            item.path
            for part in parts
            for item in shards.read(self._bucket, own, part)
            if collections.identity(item.key, item.version_id) in about
        )
        for key in [own.version(digest), *(own.part(part.digest) for part in parts)]:
            self._renew(key, about)
        if self._statistics:
            self._renew(own.statistics(self._statistics), about)
        return lost

    def _renew(self, key: str, about: collections.Condemned) -> None:
        """Writes an object again that is about to be deleted: a collection deletes the
        version that is on its list, and no other. Raises `Damaged` if it is not the one
        that was read any more, or if the bucket has it written only once."""
        stored = self._bucket.get(key)
        if stored is not None and collections.identity(key, stored.version_id) in about:
            kept = {k: v for k in KEPT if (v := stored.answer.get(k))}
            try:
                renewed = self._bucket.replace(key, stored.content, stored.etag, **kept)
            except ClientError as error:
                if code(error) not in ("AccessDenied", "403"):
                    raise
                renewed = False
            if not renewed:
                raise Damaged(f"{self._bucket.uri(key)} is being deleted. Fix: commit again")
        elif stored is None and not key.startswith(self._keys.folder("versions/")):
            raise Damaged(f"{self._bucket.uri(key)} is gone. Fix: commit again")


@dataclass(frozen=True)
class _Work:
    """What has to become an object of the version."""

    item: Any
    again: bool
    """Whether a garbage collection deletes what is there."""
    before: DatasetObject | None
    """The object of its path in the version before."""
    done: DatasetObject | None
    """What the try that was interrupted stored."""


class _Ahead:
    """The objects of the version before, which are asked for in the order of paths."""

    def __init__(self, objects: Iterable[DatasetObject]) -> None:
        self._objects = iter(objects)
        self._next: DatasetObject | None = next(self._objects, None)

    def at(self, path: str) -> DatasetObject | None:
        """Returns the object of a path."""
        while self._next is not None and self._next.path < path:
            self._next = next(self._objects, None)
        return self._next if self._next is not None and self._next.path == path else None


def _former(bucket: Bucket, keys: DatasetKeys, seen: Sequence[Tag]) -> DatasetVersion | None:
    for tag in seen:
        if tag.digest:
            try:
                return reading.version(bucket, keys.dataset, tag.digest)
            except NotCommitted:
                continue
    return None


def _parents(bucket: Bucket, parents: Sequence[str]) -> tuple[str, ...]:
    """References by digest. Raises `NotCommitted` for one that isn't there."""
    found = [Reference.parse(reading.resolve(bucket.s3, bucket.name, text)) for text in parents]
    for reference in found:
        reading.version(bucket, reference.dataset, reference.digest)
    return tuple(sorted({str(reference) for reference in found}))
