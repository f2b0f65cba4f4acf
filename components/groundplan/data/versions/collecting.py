"""Garbage collection: deletes the versions that nothing refers to, and the objects that
no remaining version names.

Only keys of the dataset are deleted, what commits wrote. Objects that were committed
where they are belong to their writers. `condemned` says why neither a crash nor a
commit at the same time loses anything.
"""

import datetime
import gzip
import json
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import groundplan.data.versions.condemned as collections
import groundplan.data.versions.documents as documents
import groundplan.data.versions.keeping as keeping
import groundplan.data.versions.reading as reading
from groundplan.data.versions.bucket import Bucket, code
from groundplan.data.versions.errors import Damaged, NotCommitted
from groundplan.data.versions.keeping import Kept, Rules
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetVersion
from groundplan.data.versions.uses import Uses

BATCH = 1000
"""Objects of a DeleteObjects request, which takes no more."""

LIST = 50_000
"""Objects in one object of a collection's list."""

ABANDONED = datetime.timedelta(days=1)
"""A collection that is older and not over was interrupted."""

FOLDERS = ("versions/", "parts/", "statistics/", "objects/")
"""What is collected: manifests first, so that no manifest is left whose objects are
gone."""

LOCKED = frozenset({"AccessDenied", "InvalidRequest"})
"""Error codes of an object version under retention or legal hold, or whose deletion is
not allowed."""


@dataclass(frozen=True)
class Old:
    """A version of an object that may be deleted."""

    key: str
    version_id: str
    size: int


@dataclass
class Collected:
    """What a collection deletes, or would delete."""

    kept: Mapping[str, list[str]]
    """Digest -> why it stays."""
    versions: list[str] = field(default_factory=list)
    """Digests."""
    objects: int = 0
    size: int = 0
    """Bytes of all that is deleted."""
    locked: list[str] = field(default_factory=list)
    """Addresses of what S3 did not let be deleted: Object Lock, or permissions."""
    deleted: bool = False
    """False: a dry run."""

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return {**vars(self), "kept": dict(self.kept)}


def collect(
    bucket: Bucket,
    dataset: str,
    uses: Callable[[], Uses],
    rules: Rules,
    *,
    delete: bool,
    by: str = "",
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> Collected:
    """Deletes what nothing refers to; without `delete`, says what that is. `uses` is
    asked twice: what refers to versions may grow meanwhile."""
    work = _Collection(bucket, DatasetKeys(dataset), rules, now())
    kept = keeping.kept(bucket, dataset, uses(), rules, work.now)
    if not delete:
        found = Collected(kept.reasons)
        for old in work.candidates(kept):
            work.count(found, old)
        return found
    return work.run(kept, uses, by)


class _Collection:
    def __init__(
        self, bucket: Bucket, keys: DatasetKeys, rules: Rules, now: datetime.datetime
    ) -> None:
        self._bucket, self._keys, self._rules, self.now = bucket, keys, rules, now
        self._versions = keys.folder("versions/")

    def candidates(self, kept: Kept) -> Iterator[Old]:
        """Yields what no version that is kept names, manifests first."""
        named = self._named(kept.reasons, kept)
        for folder in FOLDERS:
            pages = self._bucket.s3.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket.name, Prefix=self._keys.folder(folder)
            )
            for page in pages:
                for item in page.get("Versions", ()):
                    key, version_id = item["Key"], item["VersionId"]
                    if not named.has(key, version_id) and self._is_old(item):
                        yield Old(key, version_id, item["Size"])

    def _is_old(self, item: Mapping[str, Any]) -> bool:
        return bool(self.now - item["LastModified"] >= self._rules.grace)

    def _named(self, digests: Collection[str], kept: Kept) -> "_Named":
        """What versions name. Raises `Damaged` if one that something refers to can't be
        read: nobody knows then what it needs."""
        named, used = _Named(set(), set()), kept.used
        for digest in sorted(digests):
            try:
                self._add(named, self._version(digest, kept))
            except NotCommitted:
                continue
            except Damaged:
                # A commit under way, which will see that it has to begin again.
                if digest in used:
                    raise
        return named

    def _version(self, digest: str, kept: Kept) -> DatasetVersion:
        dataset, draft = self._keys.dataset, kept.drafts.get(digest)
        try:
            return reading.version(self._bucket, dataset, digest)
        except NotCommitted:
            if draft is None:
                raise
            return reading.of_manifest(self._bucket, dataset, digest, draft)

    def _add(self, named: "_Named", version: DatasetVersion) -> None:
        digest = version.digest
        named.keys.add(self._keys.version(digest))
        if version.statistics_digest:
            named.keys.add(self._keys.statistics(version.statistics_digest))
        for part in version.objects.parts:
            if (key := self._keys.part(part.digest)) not in named.keys:
                named.keys.add(key)
                named.objects.update(
                    collections.identity(item.key, item.version_id)
                    for item in version.objects.read_part(part)
                )

    def count(self, found: Collected, old: Old) -> None:
        """Adds what is deleted to a result."""
        if old.key.startswith(self._versions):
            found.versions.append(f"sha256:{old.key[len(self._versions) :].removesuffix('.json')}")
        else:
            found.objects += 1
        found.size += old.size

    def run(self, kept: Kept, uses: Callable[[], Uses], by: str) -> Collected:
        name = f"{self.now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        abandoned = self._abandoned()
        self._write_list(name, self.candidates(kept))
        # Only now that the list can be read: what is committed from here on avoids it.
        kept = keeping.kept(self._bucket, self._keys.dataset, uses(), self._rules, self.now)
        found = Collected(kept.reasons, deleted=True)
        condemned = [name, *abandoned]
        self._delete(condemned, kept, found)
        for each in condemned:
            report = {"by": by, "versions": found.versions, "objects": found.objects}
            self._bucket.create(
                f"{self._folder(each)}{collections.DONE}", documents.canonical(report)
            )
        return found

    def _delete(self, condemned: list[str], kept: Kept, found: Collected) -> None:
        """Deletes manifests, then what the remaining ones don't name."""
        named = self._named(kept.reasons, kept)
        manifests = [old for old in self._listed(condemned, named) if self._is_manifest(old)]
        self._delete_all(manifests, found)
        remaining = {
            listed.digest
            for listed in reading.versions(self._bucket.s3, self._bucket.name, self._keys.dataset)
        }
        # One that S3 does not let be deleted, and one that was committed meanwhile.
        named = self._named(remaining | kept.reasons.keys(), kept)
        others = (old for old in self._listed(condemned, named) if not self._is_manifest(old))
        self._delete_all(others, found)

    def _is_manifest(self, old: Old) -> bool:
        return old.key.startswith(self._versions)

    def _listed(self, condemned: Iterable[str], named: "_Named") -> Iterator[Old]:
        for collection in condemned:
            for key, version_id, size in collections.listed(self._bucket, self._keys, collection):
                if not named.has(key, version_id):
                    yield Old(key, version_id, size)

    def _delete_all(self, every: Iterable[Old], found: Collected) -> None:
        batch: list[Old] = []
        for old in every:
            batch.append(old)
            if len(batch) == BATCH:
                self._delete_batch(batch, found)
                batch = []
        if batch:
            self._delete_batch(batch, found)

    def _delete_batch(self, batch: list[Old], found: Collected) -> None:
        objects = [{"Key": old.key, "VersionId": old.version_id} for old in batch]
        answer = self._bucket.s3.delete_objects(
            Bucket=self._bucket.name, Delete={"Objects": objects, "Quiet": True}
        )
        failed = {(e["Key"], e.get("VersionId", "")): e for e in answer.get("Errors", ())}
        for error in failed.values():
            if error.get("Code") not in LOCKED:
                raise ClientError({"Error": error}, "DeleteObjects")
        for old in batch:
            if (old.key, old.version_id) in failed:
                found.locked.append(f"{self._bucket.uri(old.key)} ({old.version_id})")
            else:
                self.count(found, old)

    def _write_list(self, name: str, every: Iterable[Old]) -> None:
        batch: list[Old] = []
        number = 0
        for old in every:
            batch.append(old)
            if len(batch) == LIST:
                self._write_lines(name, number, batch)
                batch, number = [], number + 1
        self._write_lines(name, number, batch)

    def _write_lines(self, name: str, number: int, batch: list[Old]) -> None:
        lines = "".join(f"{json.dumps([o.key, o.version_id, o.size])}\n" for o in batch)
        self._bucket.create(
            f"{self._folder(name)}condemned/{number:06}.jsonl.gz",
            gzip.compress(lines.encode(), mtime=0),
            ContentType="application/gzip",
        )

    def _folder(self, name: str) -> str:
        return f"{self._keys.folder('collections/')}{name}/"

    def _abandoned(self) -> list[str]:
        """Collections that were interrupted: this one completes them. What is on their
        lists and was not spared is used by nobody, as commits avoid it."""
        every, done = collections.known(self._bucket, self._keys)
        ages = {
            name: max(item["LastModified"] for item in self._bucket.keys(self._folder(name)))
            for name in sorted(every - done)
        }
        return [name for name, at in ages.items() if self.now - at >= ABANDONED]


@dataclass(frozen=True)
class _Named:
    """What the versions that are kept name."""

    keys: set[str]
    """Of manifests, parts and statistics."""
    objects: set[int]
    """Hashes of keys with their version ids."""

    def has(self, key: str, version_id: str) -> bool:
        return key in self.keys or collections.identity(key, version_id) in self.objects


def object_lock(bucket: Bucket) -> str:
    """Returns how the bucket locks new objects: `governance for 30 days`; empty if it
    does not."""
    try:
        answer = bucket.s3.get_object_lock_configuration(Bucket=bucket.name)
    except ClientError as error:
        if code(error) in ("ObjectLockConfigurationNotFoundError", "AccessDenied"):
            return ""
        raise
    retention = answer.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
    if not retention:
        return ""
    unit = "days" if "Days" in retention else "years"
    return f"{retention['Mode'].lower()} for {retention[unit.title()]} {unit}"
