"""Which versions of a dataset a garbage collection keeps, and why."""

import datetime
import json
from collections import defaultdict
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


YOUNG = "younger than the grace period"


def kept(
    bucket: Bucket, dataset: str, uses: Uses, rules: Rules, now: datetime.datetime
) -> dict[str, list[str]]:
    """Returns the versions that are kept, each with its reasons."""
    found: dict[str, list[str]] = defaultdict(list)
    for digest, reason in _reasons(bucket, dataset, uses, rules, now):
        if reason not in found[digest]:
            found[digest].append(reason)
    _add_parents(bucket, dataset, found)
    return dict(found)


def used(kept: Mapping[str, list[str]]) -> set[str]:
    """Returns the versions that something refers to: not only young ones."""
    return {digest for digest, reasons in kept.items() if reasons != [YOUNG]}


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
    yield from _pinned(bucket, dataset, now)
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


def _pinned(bucket: Bucket, dataset: str, now: datetime.datetime) -> Iterator[tuple[str, str]]:
    for item in bucket.keys(DatasetKeys(dataset).folder("pins/")):
        stored = bucket.get(item["Key"])
        if stored is not None and now - item["LastModified"] < datetime.timedelta(days=PIN_DAYS):
            yield str(json.loads(stored.content)["digest"]), "about to be used"


def _children(bucket: Bucket, dataset: str) -> Iterator[tuple[str, str]]:
    """Versions that other datasets were made of."""
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
    """Adds the versions of the dataset that kept ones were made of, and theirs."""
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
