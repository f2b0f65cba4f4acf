"""Random operations with crashes at any call, lost answers and other writers between
any two calls: no version that was committed is lost or changed, no tag skips a move.

Each world has 500 operations: ten thousand in twenty worlds, more at night.
"""

import datetime
import pathlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from accepted_settings import examples
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options, Stored, collecting, tagging, uses
from groundplan.data.versions.contents import Source
from groundplan.data.versions.keeping import Rules
from memory_s3 import Client, Crash, MemoryS3

OPERATIONS = 500
WORLDS = 20
TAGS = ("latest", "production")
MOVES = 3
"""Moves of a tag that collections keep: few, so that there is something to delete."""

OPERATION: Mapping[str, tuple[int, int]] = {
    "commit": (8, 35),
    "tag": (4, 15),
    "rollback": (3, 20),
    "overwrite": (2, 1),
    "use": (1, 1),
    "collect": (1, 90),
}
"""How often each is done, and about how many calls of S3 it needs."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[pathlib.Path]:
    """Folders that share some of their files."""
    root = tmp_path_factory.mktemp("folders")
    chosen = random.Random(1)  # noqa: S311
    found = []
    for number in range(8):
        folder = root / str(number)
        folder.mkdir()
        for name in chosen.sample(["a", "b", "c", "d"], chosen.randint(1, 3)):
            (folder / name).write_text(f"{name}{chosen.randint(0, 2)}")
        found.append(folder)
    return found


@dataclass
class World:
    """A bucket, and what has to be in it."""

    chosen: random.Random
    folders: list[pathlib.Path]
    s3: MemoryS3 = field(default_factory=MemoryS3)
    contents: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    """Of each version that was committed, when it was."""
    collectable: set[str] = field(default_factory=set)
    """Versions that a collection may have deleted: nothing referred to them."""
    moves: dict[tuple[str, int], str] = field(default_factory=dict)
    operations: int = 0
    conflicts: int = 0
    crashes: int = 0
    deleted: int = 0

    def bucket(self, calls: int, depth: int = 0) -> Bucket:
        """The bucket as a process sees it that needs about so many calls."""
        chosen = self.chosen
        crash = chosen.randint(1, calls) if chosen.random() < 0.25 else None
        twice = chosen.randint(1, calls) if chosen.random() < 0.2 else None
        others: dict[int, Callable[[], None]] = {}
        while depth < 2 and chosen.random() < 0.35:
            others[chosen.randint(1, calls)] = lambda: self.operate(depth + 1)
        return Bucket(Client(self.s3, crash, twice, others), "artifacts")

    @property
    def quiet(self) -> Bucket:
        """The bucket as a process sees it to which nothing happens."""
        return Bucket(self.s3, "artifacts")

    def operate(self, depth: int = 0) -> None:
        """Does one thing, which may crash or be refused."""
        chosen = self.chosen
        self.operations += 1
        name = chosen.choices(list(OPERATION), [odds for odds, _ in OPERATION.values()])[0]
        try:
            getattr(self, name)(self.bucket(OPERATION[name][1], depth))
        except Crash:
            self.crashes += 1
        except versions.Conflict:
            self.conflicts += 1
        except (versions.NotCommitted, versions.Refused):
            pass  # nothing to go back to, nothing there yet

    def commit(self, bucket: Bucket) -> None:
        source: Source = Folder(self.chosen.choice(self.folders))
        if self.chosen.random() < 0.3:
            source = Stored("raw/")
        tags = self.chosen.choice([("latest",), TAGS, ()])
        done = versions.commit(bucket, "clicks", source, Options(tags=tags, workers=1))
        digest = done.version.digest
        content = read(self.quiet, digest)
        if isinstance(source, Folder):
            expected = {file.name: file.read_bytes() for file in source.path.iterdir()}
            assert content == expected
        assert self.contents.setdefault(digest, content) == content
        self.collectable.discard(digest)
        for tag in done.tags:
            self.moved(tag)

    def commit_quietly(self, tag: str) -> None:
        for digest in sorted(self.referenced())[:2]:
            tagging.move(self.quiet, "clicks", tag, tagging.Wanted(digest, tagging.TAG))
        for folder in self.folders[:2]:
            options = Options(tags=(tag,), workers=1)
            done = versions.commit(self.quiet, "clicks", Folder(folder), options)
            assert versions.resolve(self.s3, "artifacts", f"clicks:{tag}") == done.version.reference

    def tag(self, bucket: Bucket) -> None:
        known = sorted(self.collectable or self.contents)
        if known:
            wanted = tagging.Wanted(self.chosen.choice(known), tagging.TAG)
            self.moved(tagging.move(bucket, "clicks", self.chosen.choice(TAGS), wanted))

    def rollback(self, bucket: Bucket) -> None:
        self.moved(tagging.rollback(bucket, "clicks", self.chosen.choice(TAGS), "", ""))

    def moved(self, tag: versions.Tag) -> None:
        assert self.moves.setdefault((tag.name, tag.sequence), tag.digest) == tag.digest

    def overwrite(self, bucket: Bucket) -> None:
        key = f"raw/{self.chosen.choice('xyz')}"
        if self.chosen.random() < 0.3:
            bucket.s3.delete_object(Bucket=bucket.name, Key=key)
        else:
            content = str(self.chosen.randint(0, 9)).encode()
            bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=content)

    def use(self, _bucket: Bucket) -> None:
        """A training run reads what a tag names."""
        held = sorted(tag.digest for tag in versions.tags(self.s3, "artifacts", "clicks"))
        if held:
            digest = self.chosen.choice(held)
            key = f"runs/churn/{self.chosen.randint(0, 3)}/run.json"
            text = f'{{"datasets": {{"c": {{"version": "clicks@{digest}"}}}}}}'
            self.quiet.s3.put_object(Bucket="artifacts", Key=key, Body=text.encode())

    def collect(self, bucket: Bucket) -> None:
        self.collectable |= self.contents.keys() - self.referenced()
        try:
            found = collecting.collect(
                bucket,
                "clicks",
                lambda: uses.merged(uses.of_records(bucket, workers=1)),
                Rules(datetime.timedelta(), MOVES),
                delete=True,
                now=lambda: self.s3.now,
            )
            self.deleted += len(found.versions)
        finally:  # what was committed meanwhile without a tag
            self.collectable |= self.contents.keys() - self.referenced()

    def referenced(self) -> set[str]:
        """Versions that something refers to."""
        found = set()
        for tag in versions.tags(self.s3, "artifacts", "clicks"):
            found |= {move.digest for move in tagging.history(self.quiet, tag, MOVES)}
        used = uses.merged(uses.of_records(self.quiet, workers=1))
        return found | {reference.partition("@")[2] for reference in used}

    def verify(self) -> None:
        """What was committed is there as it was; tags are where their moves led."""
        for digest in self.referenced() | (self.contents.keys() - self.collectable):
            content = read(self.quiet, digest)
            assert content == self.contents.get(digest, content), digest
        for tag in versions.tags(self.s3, "artifacts", "clicks"):
            moves = tagging.history(self.quiet, tag, tag.sequence)
            assert [move.sequence for move in moves] == list(range(tag.sequence, 0, -1))
            assert moves[0].digest == tag.digest
            assert tag.sequence >= max((n for name, n in self.moves if name == tag.name), default=0)
            for move in moves:
                assert self.moves.get((tag.name, move.sequence), move.digest) == move.digest


def read(bucket: Bucket, digest: str) -> dict[str, bytes]:
    """Returns the content of a version."""
    found = {}
    for item in versions.read(bucket.s3, bucket.name, f"clicks@{digest}").objects:
        stored = bucket.get(item.key, item.version_id)
        assert stored is not None, (digest, item)
        found[item.path] = stored.content
    return found


def test_no_version_is_lost_or_changed(folders: list[pathlib.Path]) -> None:
    worlds = [
        World(random.Random(seed), folders)  # noqa: S311
        for seed in range(max(WORLDS, examples(WORLDS)))
    ]
    for world in worlds:
        while world.operations < OPERATIONS:
            world.operate()
            if world.chosen.random() < 0.02:
                world.verify()
        world.verify()
        for tag in TAGS:  # no crash left one that can't be moved
            world.commit_quietly(tag)
    # Everything that is to be tolerated did happen.
    assert all(world.crashes for world in worlds)
    assert all(world.conflicts for world in worlds)
    assert sum(world.deleted for world in worlds) > WORLDS
