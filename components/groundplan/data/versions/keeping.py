"""Which versions of a dataset a garbage collection keeps, and why."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import groundplan.data.versions.reading as reading
import groundplan.data.versions.tagging as tagging
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import NotCommitted
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.reference import Reference
from groundplan.data.versions.uses import Uses

PIN_DAYS = 7
"""Days for which a pin that a crash left behind keeps a version: longer than any
command runs."""


@dataclass(frozen=True)
class Rules:
    """What is kept though nothing refers to it."""

    grace: datetime.timedelta = datetime.timedelta(days=30)
    """Versions and objects that are younger."""
    moves: int = 10
    """Versions that a tag named in its last moves: what a rollback may return to."""


YOUNG, PINNED = "younger than the grace period", "about to be used"


@dataclass(frozen=True)
class Kept:
    """The versions that are kept."""

    reasons: Mapping[str, list[str]]
    """By digest."""
    drafts: Mapping[str, bytes]
    """Manifests, by digest, of commits under way: they are stored once no collection
    deletes what they name."""

    @property
    def used(self) -> set[str]:
        """The versions that something refers to: not those that are only young or
        pinned, which a commit that stopped in the middle may have left."""
        return {
            digest for digest, reasons in self.reasons.items() if set(reasons) - {YOUNG, PINNED}
        }


def kept(bucket: Bucket, dataset: str, uses: Uses, rules: Rules, now: datetime.datetime) -> Kept:
    """Returns the versions that are kept, each with its reasons."""
    # Pins first: one is removed only when what refers to its version is written, which
    # is read later.
    pins = _pins(bucket, dataset, now)
    found: dict[str, list[str]] = {digest: [PINNED] for digest in pins}
    for digest, reason in _reasons(bucket, dataset, uses, rules, now):
        reasons = found.setdefault(digest, [])
        if reason not in reasons:
            reasons.append(reason)
    _add_parents(bucket, dataset, found)
    return Kept(found, {digest: content for digest, content in pins.items() if content})


def _reasons(
    bucket: Bucket, dataset: str, uses: Uses, rules: Rules, now: datetime.datetime
) -> Iterator[tuple[str, str]]:
    for tag in reading.tags(bucket.s3, bucket.name, dataset):
        yield tag.digest, f"tag {tag.name}"
        begun = tagging.entry(bucket, dataset, tag.name, tag.sequence + 1)
        moves = tagging.history(bucket, tag, rules.moves)
        for move in [*([begun] if begun else []), *moves]:
            yield move.digest, f"history of {tag.name}"
    yield from _first_moves(bucket, dataset)
    for text, users in uses.items():
        reference = Reference.parse(text)
        if reference.dataset == dataset:
            for user in users:
                yield reference.digest, user
    for listed in reading.versions(bucket.s3, bucket.name, dataset):
        if now - listed.committed_at < rules.grace:
            yield listed.digest, YOUNG
    yield from _children(bucket, dataset)


def _first_moves(bucket: Bucket, dataset: str) -> Iterator[tuple[str, str]]:
    """Moves that a crash left without a tag's object."""
    root = DatasetKeys(dataset).folder("history/")
    names = {item["Key"].removeprefix(root).partition("/")[0] for item in bucket.keys(root)}
    for name in sorted(names):
        if not reading.tag(bucket, dataset, name).digest:
            begun = tagging.entry(bucket, dataset, name, 1)
            if begun is not None:
                yield begun.digest, f"history of {name}"


def _pins(bucket: Bucket, dataset: str, now: datetime.datetime) -> dict[str, bytes]:
    """Pinned versions, with the manifests of those that are not yet stored."""
    found: dict[str, bytes] = {}
    for item in bucket.keys(DatasetKeys(dataset).folder("pins/")):
        if now - item["LastModified"] < datetime.timedelta(days=PIN_DAYS):
            document = bucket.document(item["Key"])
            if document is not None:
                pin = document[0]
                found[pin["digest"]] = found.get(pin["digest"]) or pin["manifest"].encode()
    return found


def _children(bucket: Bucket, dataset: str) -> Iterator[tuple[str, str]]:
    """Versions that other datasets were derived from."""
    for other in reading.datasets(bucket.s3, bucket.name):
        if other == dataset:
            continue
        for listed in reading.versions(bucket.s3, bucket.name, other):
            try:
                child = reading.version(bucket, other, listed.digest)
            except NotCommitted:  # deleted meanwhile
                continue
            for text in child.parents:
                parent = Reference.parse(text)
                if parent.dataset == dataset:
                    yield parent.digest, f"parent of {child.reference}"


def _add_parents(bucket: Bucket, dataset: str, found: dict[str, list[str]]) -> None:
    """Adds the versions of the dataset that kept ones were derived from, and theirs."""
    waiting = list(found)
    while waiting:
        digest = waiting.pop()
        try:
            child = reading.version(bucket, dataset, digest)
        except NotCommitted:
            continue
        for text in child.parents:
            parent = Reference.parse(text)
            if parent.dataset == dataset:
                if parent.digest not in found:
                    waiting.append(parent.digest)
                found.setdefault(parent.digest, []).append(f"parent of {child.reference}")
