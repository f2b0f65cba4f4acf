"""What a commit has to know of garbage collections, and they of it.

A collection first writes the list of what it is about to delete, each object with its
version id, and only then reads which versions there are; a commit first writes its
version, and only then reads these lists. S3 is strongly consistent ("Amazon S3 data
consistency model", User Guide): either the collection sees the version and spares it,
or the commit sees the list and stores what is on it again, under new version ids. No
lock is held that a crash would leave behind.
"""

import gzip
import json
from collections.abc import Collection, Iterator

from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.keys import DatasetKeys

DONE = "done.json"

Condemned = frozenset[int]
"""Hashes of keys with their version ids. Two that are equal by chance cost an upload
that was not needed."""


def known(bucket: Bucket, keys: DatasetKeys) -> tuple[set[str], set[str]]:
    """Returns the ids of all collections, and of those that are over."""
    root = keys.folder("collections/")
    every, done = set(), set()
    for item in bucket.keys(root):
        name, _, file = item["Key"].removeprefix(root).partition("/")
        every.add(name)
        if file == DONE:
            done.add(name)
    return every, done


def finished(bucket: Bucket, keys: DatasetKeys) -> list[str]:
    """Returns the collections that are over: whatever they deleted is gone by now."""
    return sorted(known(bucket, keys)[1])


def condemned(bucket: Bucket, keys: DatasetKeys, finished_before: Collection[str]) -> Condemned:
    """Returns what the collections that were not over before have deleted, or are about
    to."""
    every, _ = known(bucket, keys)
    return frozenset(
        identity(key, version_id)
        for name in sorted(every - set(finished_before))
        for key, version_id, _ in listed(bucket, keys, name)
    )


def listed(bucket: Bucket, keys: DatasetKeys, collection: str) -> Iterator[tuple[str, str, int]]:
    """Yields key, version id and size of all that a collection has on its list."""
    for item in bucket.keys(f"{keys.folder('collections/')}{collection}/condemned/"):
        stored = bucket.get(item["Key"])
        if stored is not None:
            for line in gzip.decompress(stored.content).splitlines():
                key, version_id, size = json.loads(line)
                yield key, version_id, size


def identity(key: str, version_id: str) -> int:
    """Returns a hash of a version of an object."""
    return hash((key, version_id))
