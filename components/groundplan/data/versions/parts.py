"""Parts: the lists of objects of a manifest, each a gzip file of JSON lines.

A part ends after a path whose hash says so, not after a fixed number: an object that is
added or removed changes the part that it is in, and the versions share all others.
"""

import gzip
import hashlib
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator

import groundplan.data.versions.documents as documents
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import Damaged, Refused
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject, Part

AVERAGE = 4096
"""One path in so many ends a part: about 800 KB of lines."""

LARGEST = 4 * AVERAGE
"""Objects that a part has at most: what a reader holds in memory."""


def split(objects: Iterable[DatasetObject]) -> Iterator[list[DatasetObject]]:
    """Yields the objects of each part. They come in the order of their paths; raises
    `Refused` if two have the same path."""
    batch: list[DatasetObject] = []
    former = None
    for item in objects:
        if former is not None and item.path <= former:
            raise Refused(
                f"{item.path!r} is there twice, or not in the order of paths. Fix: name each "
                "object once"
            )
        former = item.path
        batch.append(item)
        if len(batch) >= LARGEST or zlib.crc32(_bytes(item.path)) % AVERAGE == 0:
            yield batch
            batch = []
    if batch:
        yield batch


def lines(objects: Iterable[DatasetObject]) -> bytes:
    """Returns the lines of a part."""
    return b"".join(documents.canonical(item.row()) + b"\n" for item in objects)


def described(objects: list[DatasetObject], content: bytes) -> Part:
    """Returns what a manifest says of a part."""
    return Part(
        documents.digest(content),
        len(objects),
        sum(item.size for item in objects),
        objects[0].path,
        objects[-1].path,
    )


def compressed(content: bytes) -> bytes:
    """Returns the bytes of a part's object. Its digest is of the lines: compression may
    differ between builds of zlib."""
    return gzip.compress(content, 6, mtime=0)


def read(bucket: Bucket, keys: DatasetKeys, part: Part) -> Iterator[DatasetObject]:
    """Yields the objects of a part. Raises `Damaged` if it is not what was
    committed."""
    where = bucket.uri(keys.part(part.digest))
    stored = bucket.get(keys.part(part.digest))
    if stored is None:
        raise Damaged(f"{where} is gone. Fix: restore it; the bucket keeps deleted objects a while")
    try:
        content = gzip.decompress(stored.content)
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(f"{where} can't be read: {error}. Fix: restore its first version") from None
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != part.digest:
        raise Damaged(f"{where} is not what was committed. Fix: restore its first version")
    return itertools.starmap(DatasetObject, map(json.loads, content.splitlines()))


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")
