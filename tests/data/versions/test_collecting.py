"""What garbage collection deletes, and what it keeps."""

import datetime
import gzip
import json
import pathlib
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options, collecting, tagging
from groundplan.data.versions.collecting import Collected, collect
from groundplan.data.versions.errors import Conflict, Damaged
from groundplan.data.versions.keeping import Rules
from groundplan.data.versions.keys import DatasetKeys
from memory_s3 import MemoryS3
from memory_s3 import error as memory_error

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


class Guarded:
    """S3 whose bucket policy refuses some writes."""

    def __init__(self, s3: MemoryS3, *, once: bool) -> None:
        self._s3, self._once = s3, once

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def put_object(self, **request: Any) -> Any:
        conditional = "IfNoneMatch" in request or ("IfMatch" in request and not self._once)
        if not conditional and "/objects/" not in request["Key"]:
            raise memory_error("AccessDenied", "PutObject")
        return self._s3.put_object(**request)


def condemn(memory: Bucket, s3: MemoryS3, *folders: str) -> dict[str, str]:
    """Has a collection under way that is about to delete objects."""
    found = {
        key: s3.objects[key][-1].version_id
        for key in list(s3.objects)
        if key.startswith(tuple(f"datasets/clicks/{folder}" for folder in folders))
    }
    lines = "".join(f"{json.dumps([key, version, 1])}\n" for key, version in found.items())
    memory.create(
        "datasets/clicks/collections/c1/condemned/000000.jsonl.gz", gzip.compress(lines.encode())
    )
    return found


def test_what_a_collection_is_about_to_delete_is_written_again_by_a_conditional_write(
    s3: MemoryS3, memory: Bucket, tmp_path: pathlib.Path
) -> None:
    first = commit(memory, tmp_path, "1")
    condemned = condemn(memory, s3, "versions/", "parts/")
    assert len(condemned) == 2
    again = commit(Bucket(Guarded(s3, once=False), "artifacts"), tmp_path, "1")
    assert again.digest == first.digest
    for key, version in condemned.items():
        assert s3.objects[key][-1].version_id != version
        s3.delete_object(Bucket="artifacts", Key=key, VersionId=version)
    stored = versions.read(s3, "artifacts", first.reference)
    assert [item.path for item in stored.objects] == ["a.txt"]


def test_a_commit_waits_for_a_collection_where_manifests_are_written_once(
    s3: MemoryS3, memory: Bucket, tmp_path: pathlib.Path
) -> None:
    first = commit(memory, tmp_path, "1")
    condemned = condemn(memory, s3, "versions/", "parts/")
    bucket = Bucket(Guarded(s3, once=True), "artifacts")
    with pytest.raises(Conflict, match="commit again when `groundplan dataset gc` is over"):
        commit(bucket, tmp_path, "1")
    for key, version in condemned.items():  # the collection goes on
        s3.delete_object(Bucket="artifacts", Key=key, VersionId=version)
    assert commit(bucket, tmp_path, "1").digest == first.digest
