"""Tags: names that move from version to version, and the history of their moves.

A move is an object of its own, `history/<tag>/<number>.json`, which S3 lets exactly one
writer create; the tag's object follows it. A writer that stopped in between left a move
without its tag: the next one completes it first. So no move is lost, none happens
twice, and of two writers that saw the same tag, one is second and is refused.
"""

import contextlib
import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import groundplan.data.versions.condemned as collections
import groundplan.data.versions.documents as documents
import groundplan.data.versions.reading as reading
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import Conflict, Damaged, Refused
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.reading import Tag
from groundplan.data.versions.reference import tag_name

COMMIT, TAG, ROLLBACK = "commit", "tag", "rollback"
"""Why a tag moved."""

TRIES = 20


@dataclass(frozen=True)
class Move:
    """A move of a tag."""

    sequence: int
    digest: str
    """The version that it moved to."""
    kind: str
    by: str
    """ARN of who moved it."""
    reason: str
    back: int
    """The move that a rollback from here returns to; 0 if there is none."""
    at: datetime.datetime | None = None
    """When S3 stored it."""

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return {**vars(self), "at": None if self.at is None else self.at.isoformat()}


@dataclass(frozen=True)
class Wanted:
    """A move that is asked for."""

    digest: str
    kind: str
    by: str = ""
    reason: str = ""
    back: int | None = None
    """The move that a rollback from there returns to. None: the one before."""


def move(bucket: Bucket, dataset: str, name: str, wanted: Wanted, seen: Tag | None = None) -> Tag:
    """Moves a tag to a version, or creates it. With `seen`, only if it is still there:
    raises `Conflict` otherwise. A tag that names the version already stays."""
    keys = DatasetKeys(dataset)
    tag_name(name)
    with pinned(bucket, keys, wanted.digest):
        require_kept(bucket, keys, wanted.digest)
        for _ in range(TRIES):
            now = reading.tag(bucket, dataset, name)
            if now.digest == wanted.digest:
                return now
            if seen is not None and now.sequence != seen.sequence:
                raise conflict(bucket, now, wanted)
            sequence = now.sequence + 1
            moved = Tag(dataset, name, wanted.digest, sequence, "")
            if bucket.create(keys.move(name, sequence), _entry(moved, wanted)):
                return follow(bucket, now, sequence, wanted.digest)
            complete(bucket, now)
    raise Conflict(f"{dataset}:{name} is moved by others all the time. Fix: try again")


def follow(bucket: Bucket, now: Tag, sequence: int, digest: str) -> Tag:
    """Writes a tag's object after its move. Another writer may have done so, and may
    have moved it further since."""
    moved = Tag(now.dataset, now.name, digest, sequence, "")
    key, content = DatasetKeys(now.dataset).tag(now.name), documents.canonical(moved.document())
    if now.etag:
        bucket.replace(key, content, now.etag)
    else:
        bucket.create(key, content)
    return moved


def complete(bucket: Bucket, now: Tag) -> bool:
    """Completes the move after `now` that another writer has begun. Returns whether
    there was one."""
    begun = entry(bucket, now.dataset, now.name, now.sequence + 1)
    if begun is not None:
        follow(bucket, now, begun.sequence, begun.digest)
    return begun is not None


def settled(bucket: Bucket, dataset: str, name: str) -> Tag:
    """Returns a tag after the move that another writer has begun."""
    now = reading.tag(bucket, dataset, name)
    return reading.tag(bucket, dataset, name) if complete(bucket, now) else now


def conflict(bucket: Bucket, now: Tag, wanted: Wanted) -> Conflict:
    """Returns the error of who comes second."""
    last = entry(bucket, now.dataset, now.name, now.sequence)
    who = f" by {last.by}" if last and last.by else ""
    return Conflict(
        f"{now.dataset}:{now.name} was moved to {now.digest}{who} meanwhile; {now.dataset}@"
        f"{wanted.digest} is stored, and {now.name} does not name it. Fix: compare the two with "
        f"`groundplan dataset diff`, then `groundplan dataset tag {now.dataset}@{wanted.digest} "
        f"{now.name}` if yours is to be the one, or commit again"
    )


def rollback(
    bucket: Bucket, dataset: str, name: str, by: str, reason: str, digest: str = ""
) -> Tag:
    """Moves a tag back to the version that it named before, or to one that it named at
    any time."""
    settled(bucket, dataset, name)
    now = reading.tag(bucket, dataset, name, needed=True)
    target = _named(bucket, now, digest) if digest else _before(bucket, now)
    wanted = Wanted(target.digest, ROLLBACK, by, reason, target.back)
    return move(bucket, dataset, name, wanted, now)


def _before(bucket: Bucket, now: Tag) -> Move:
    """The move to the version that a tag named before its last one. What was rolled
    back is not returned to."""
    last = entry(bucket, now.dataset, now.name, now.sequence)
    target = entry(bucket, now.dataset, now.name, last.back) if last and last.back else None
    if target is None:
        raise Refused(
            f"{now.dataset}:{now.name} named no version before {now.digest}. Fix: `groundplan "
            "dataset tag` moves it to any version"
        )
    return target


def _named(bucket: Bucket, now: Tag, digest: str) -> Move:
    """The last move to a version."""
    for found in moves(bucket, now):
        if found.digest == digest:
            return found
    raise Refused(
        f"{now.dataset}:{now.name} never named {digest}. Fix: `groundplan dataset show "
        f"{now.dataset}:{now.name}` has its history; `groundplan dataset tag` moves it to any "
        "version"
    )


def moves(bucket: Bucket, tag: Tag) -> Iterator[Move]:
    """Yields the moves of a tag, the newest first, as they are read."""
    for number in range(tag.sequence, 0, -1):
        found = entry(bucket, tag.dataset, tag.name, number)
        if found is not None:
            yield found


def history(bucket: Bucket, tag: Tag, limit: int = 1000) -> list[Move]:
    """Returns the last moves of a tag, the newest first."""
    return list(islice(moves(bucket, tag), limit))


def entry(bucket: Bucket, dataset: str, name: str, sequence: int) -> Move | None:
    """Returns a move; None if it did not happen."""
    key = DatasetKeys(dataset).move(name, sequence)
    found = bucket.document(key)
    if found is None:
        return None
    data, stored = found
    try:
        return Move(
            int(data["sequence"]),
            str(data["digest"]),
            str(data["kind"]),
            str(data["by"]),
            str(data["reason"]),
            int(data["back"]),
            stored.answer.get("LastModified"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"{bucket.uri(key)} can't be read: {error}. Fix: restore its first version"
        ) from None


def _entry(moved: Tag, wanted: Wanted) -> bytes:
    back = moved.sequence - 1 if wanted.back is None else wanted.back
    return documents.canonical({**moved.document(), **vars(wanted), "back": back})


@contextmanager
def pinned(bucket: Bucket, keys: DatasetKeys, digest: str, manifest: bytes = b"") -> Iterator[None]:
    """Keeps garbage collections from a version while something begins to refer to it;
    with its manifest, from what one names that is not yet there. A pin that a crash
    leaves behind keeps it for some days."""
    key = f"{keys.folder('pins/')}{uuid.uuid4().hex}.json"
    bucket.create(key, documents.canonical({"digest": digest, "manifest": manifest.decode()}))
    try:
        yield
    finally:
        # What can't be removed now expires.
        with contextlib.suppress(Exception):
            bucket.s3.delete_object(Bucket=bucket.name, Key=key)


def require_kept(bucket: Bucket, keys: DatasetKeys, digest: str) -> None:
    """Raises `NotCommitted`, or `Refused` if a garbage collection is about to delete a
    version."""
    finished = collections.finished(bucket, keys)
    reading.version(bucket, keys.dataset, digest)
    stored = bucket.get(keys.version(digest))
    about = collections.condemned(bucket, keys, finished)
    version_id = "" if stored is None else stored.version_id
    if stored is None or collections.identity(keys.version(digest), version_id) in about:
        raise Refused(
            f"{keys.dataset}@{digest} is being deleted by `groundplan dataset gc`: nothing "
            "referred to it. Fix: commit its data again"
        )
