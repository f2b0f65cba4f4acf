"""What garbage collection deletes, and what it keeps."""

import datetime
import pathlib
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options, collecting, tagging
from groundplan.data.versions.collecting import Collected, collect
from groundplan.data.versions.errors import Damaged
from groundplan.data.versions.keeping import Rules
from groundplan.data.versions.keys import DatasetKeys
from memory_s3 import MemoryS3

DAYS = Rules(datetime.timedelta(), moves=1)


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def memory(s3: MemoryS3) -> Bucket:
    return Bucket(s3, "artifacts")


def commit(
    bucket: Bucket, folder: pathlib.Path, text: str, dataset: str = "clicks", **more: Any
) -> versions.DatasetVersion:
    (folder / "a.txt").write_text(text)
    options = Options(workers=1, **{"tags": (), **more})
    return versions.commit(bucket, dataset, Folder(folder), options).version


def run(bucket: Bucket, delete: bool = True, rules: Rules = DAYS, **uses: list[str]) -> Collected:
    return collect(bucket, "clicks", lambda: uses, rules, delete=delete, now=lambda: bucket.s3.now)


def test_a_dry_run_changes_nothing(s3: MemoryS3, memory: Bucket, tmp_path: pathlib.Path) -> None:
    version = commit(memory, tmp_path, "1")
    before = {key: list(found) for key, found in s3.objects.items()}
    found = run(memory, delete=False)
    assert (found.versions, found.objects, found.deleted) == ([version.digest], 2, False)
    assert s3.objects == before


def test_young_versions_stay(memory: Bucket, tmp_path: pathlib.Path) -> None:
    version = commit(memory, tmp_path, "1")
    found = run(memory, rules=Rules(datetime.timedelta(days=30)))
    assert found.kept == {version.digest: ["younger than the grace period"]}
    assert found.versions == []


def test_what_other_datasets_were_made_of_stays(memory: Bucket, tmp_path: pathlib.Path) -> None:
    raw = commit(memory, tmp_path, "1")
    child = commit(memory, tmp_path, "2", "features", parents=[raw.reference])
    found = run(memory)
    assert found.kept == {raw.digest: [f"parent of {child.reference}"]}


def test_what_kept_versions_were_made_of_stays(memory: Bucket, tmp_path: pathlib.Path) -> None:
    first = commit(memory, tmp_path, "1")
    second = commit(memory, tmp_path, "2", parents=[first.reference])
    third = commit(memory, tmp_path, "3", parents=[second.reference], tags=("latest",))
    commit(memory, tmp_path, "4")
    found = run(memory)
    assert found.kept.keys() == {first.digest, second.digest, third.digest}
    assert len(found.versions) == 1


def test_what_object_lock_retains_stays_and_is_named(
    s3: MemoryS3, memory: Bucket, tmp_path: pathlib.Path
) -> None:
    version = commit(memory, tmp_path, "1")
    key = f"datasets/clicks/versions/{version.digest.removeprefix('sha256:')}.json"
    s3.locked.add((key, s3.objects[key][-1].version_id))

    found = run(memory)

    assert len(found.locked) == 1
    assert found.locked[0].startswith(f"s3://artifacts/{key} (v")
    # Nothing of it is deleted: a manifest without its objects would be of no use.
    assert (found.versions, found.objects) == ([], 0)
    assert [item.path for item in versions.read(s3, "artifacts", version.reference).objects]


def test_objects_in_place_are_never_deleted(s3: MemoryS3, memory: Bucket) -> None:
    s3.put_object(Bucket="artifacts", Key="raw/a", Body=b"1")
    options = Options(workers=1, tags=())
    versions.commit(memory, "clicks", versions.Stored("raw/"), options)
    s3.put_object(Bucket="artifacts", Key="raw/a", Body=b"2")
    assert len(run(memory).versions) == 1
    assert len(s3.objects["raw/a"]) == 2


def test_a_version_that_is_used_and_can_not_be_read_stops_it(
    s3: MemoryS3, memory: Bucket, tmp_path: pathlib.Path
) -> None:
    version = commit(memory, tmp_path, "1")
    (part,) = version.objects.parts
    key = f"datasets/clicks/parts/{part.digest.removeprefix('sha256:')}.jsonl.gz"
    s3.delete_object(Bucket="artifacts", Key=key)
    used: Any = {version.reference: ["a model"]}
    with pytest.raises(Damaged, match="is gone"):
        run(memory, **used)


def test_an_interrupted_collection_is_completed(
    s3: MemoryS3, memory: Bucket, tmp_path: pathlib.Path
) -> None:
    commit(memory, tmp_path, "1")
    work = collecting._Collection(memory, DatasetKeys("clicks"), DAYS, s3.now)
    work._write_list("old", [])
    s3.now += datetime.timedelta(days=2)
    run(memory)
    assert memory.get("datasets/clicks/collections/old/done.json") is not None


def test_a_version_that_is_being_deleted_can_not_be_tagged(
    memory: Bucket, tmp_path: pathlib.Path
) -> None:
    version = commit(memory, tmp_path, "1")
    wanted = tagging.Wanted(version.digest, tagging.TAG)

    def uses() -> dict[str, list[str]]:
        calls.append(1)
        if len(calls) == 2:  # the list of what is deleted is written
            with pytest.raises(versions.Refused, match="is being deleted"):
                tagging.move(memory, "clicks", "latest", wanted)
        return {}

    calls: list[int] = []
    collect(memory, "clicks", uses, DAYS, delete=True, now=lambda: memory.s3.now)
    with pytest.raises(versions.NotCommitted):
        tagging.move(memory, "clicks", "latest", wanted)


def test_what_is_used_meanwhile_stays(memory: Bucket, tmp_path: pathlib.Path) -> None:
    version = commit(memory, tmp_path, "1")
    asked: list[int] = []

    def uses() -> dict[str, list[str]]:
        asked.append(1)
        return {version.reference: ["a model"]} if len(asked) > 1 else {}

    found = collect(memory, "clicks", uses, DAYS, delete=True, now=lambda: memory.s3.now)
    assert (found.versions, found.objects) == ([], 0)
    assert list(found.kept) == [version.digest]
