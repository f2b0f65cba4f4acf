"""Tags move one step at a time, whatever stops or precedes a writer."""

import pathlib

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options, reading, tagging
from groundplan.data.versions.tagging import Wanted
from memory_s3 import Client, Crash, MemoryS3


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


def commit(s3: MemoryS3 | Client, folder: pathlib.Path, text: str, *tags: str) -> str:
    """Commits a text. Returns the version's digest."""
    (folder / text).mkdir(exist_ok=True)
    (folder / text / "a.txt").write_text(text)
    bucket, options = Bucket(s3, "artifacts"), Options(workers=1, tags=tags)
    return versions.commit(bucket, "clicks", Folder(folder / text), options).version.digest


def moves(s3: MemoryS3) -> list[str]:
    """Returns the digests that the tag has named, the oldest first."""
    bucket = Bucket(s3, "artifacts")
    tag = reading.tag(bucket, "clicks", "latest")
    return [move.digest for move in reversed(tagging.history(bucket, tag))]


@pytest.mark.parametrize("at", range(1, 24))
def test_of_two_commits_at_the_same_time_one_wins(
    s3: MemoryS3, tmp_path: pathlib.Path, at: int
) -> None:
    before = commit(s3, tmp_path, "before", "latest")
    faster: list[str] = []

    def other() -> None:
        faster.append(commit(s3, tmp_path, "faster", "latest"))

    slower, refused = "", ""
    try:
        slower = commit(Client(s3, others={at: other}), tmp_path, "slower", "latest")
    except versions.Conflict as conflict:
        refused = str(conflict)

    named = moves(s3)
    assert named[0] == before
    assert sorted(named[1:]) == sorted(filter(None, [*faster, slower]))
    if refused:
        assert f"was moved to {faster[0]} meanwhile" in refused
        assert "groundplan dataset diff" in refused
    assert versions.resolve(s3, "artifacts", "clicks") == f"clicks@{named[-1]}"


@pytest.mark.parametrize("at", range(1, 16))
def test_a_move_that_a_crash_left_half_done_is_completed(
    s3: MemoryS3, tmp_path: pathlib.Path, at: int
) -> None:
    one, two, three = (commit(s3, tmp_path, text) for text in ("one", "two", "three"))
    bucket = Bucket(s3, "artifacts")
    tagging.move(bucket, "clicks", "latest", Wanted(one, tagging.TAG))
    try:
        half = Bucket(Client(s3, at), "artifacts")
        tagging.move(half, "clicks", "latest", Wanted(two, tagging.TAG))
    except Crash:
        pass

    tagging.move(bucket, "clicks", "latest", Wanted(three, tagging.TAG))

    assert moves(s3) in ([one, three], [one, two, three])
    assert versions.resolve(s3, "artifacts", "clicks") == f"clicks@{three}"


@pytest.mark.parametrize("at", range(1, 10))
def test_a_slow_writer_moves_no_tag_back(s3: MemoryS3, tmp_path: pathlib.Path, at: int) -> None:
    one, two, three = (commit(s3, tmp_path, text) for text in ("one", "two", "three"))
    bucket = Bucket(s3, "artifacts")
    tagging.move(bucket, "clicks", "latest", Wanted(one, tagging.TAG))

    def other() -> None:
        tagging.move(bucket, "clicks", "latest", Wanted(three, tagging.TAG))

    slow = Bucket(Client(s3, others={at: other}), "artifacts")
    tagging.move(slow, "clicks", "latest", Wanted(two, tagging.TAG))

    assert versions.resolve(s3, "artifacts", "clicks") == f"clicks@{moves(s3)[-1]}"
    assert reading.tag(bucket, "clicks", "latest").sequence == 3


def rolled(s3: MemoryS3, *digest: str) -> str:
    tag = tagging.rollback(Bucket(s3, "artifacts"), "clicks", "latest", "sam", "why", *digest)
    return tag.digest


def test_rollbacks_lead_further_back(s3: MemoryS3, tmp_path: pathlib.Path) -> None:
    one, two, three = (commit(s3, tmp_path, text, "latest") for text in ("one", "two", "three"))
    assert rolled(s3) == two
    assert rolled(s3) == one
    with pytest.raises(versions.Refused, match="named no version before"):
        rolled(s3)
    assert rolled(s3, three) == three
    four = commit(s3, tmp_path, "four", "latest")
    assert rolled(s3) == three
    assert rolled(s3, four) == four
    with pytest.raises(versions.Refused, match="never named sha256:0"):
        rolled(s3, f"sha256:{'0' * 64}")


def test_after_a_rollback_the_next_one_skips_what_was_rolled_back(
    s3: MemoryS3, tmp_path: pathlib.Path
) -> None:
    one, _bad = (commit(s3, tmp_path, text, "latest") for text in ("one", "bad"))
    assert rolled(s3) == one
    commit(s3, tmp_path, "worse", "latest")
    assert rolled(s3) == one


def test_a_history_says_who_and_why(s3: MemoryS3, tmp_path: pathlib.Path) -> None:
    commit(s3, tmp_path, "one", "latest")
    commit(s3, tmp_path, "two", "latest")
    rolled(s3)
    bucket = Bucket(s3, "artifacts")
    newest = tagging.history(bucket, reading.tag(bucket, "clicks", "latest"))[0]
    assert (newest.kind, newest.by, newest.reason) == ("rollback", "sam", "why")
    assert newest.at is not None


@pytest.mark.parametrize("name", ["", "-x", "a/b", "x" * 64])
def test_other_texts_are_no_tags(s3: MemoryS3, name: str, tmp_path: pathlib.Path) -> None:
    digest = commit(s3, tmp_path, "one")
    with pytest.raises(versions.InvalidReference, match="is no tag"):
        tagging.move(Bucket(s3, "artifacts"), "clicks", name, Wanted(digest, tagging.TAG))
