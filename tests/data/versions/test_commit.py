import pathlib
import threading
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options, Stored
from groundplan.data.versions.commit import Committed
from memory_s3 import MemoryS3


def write(folder: pathlib.Path, **files: str) -> pathlib.Path:
    for name, text in files.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def commit(bucket: Bucket, source: Any, **options: Any) -> Committed:
    return versions.commit(bucket, "clicks", source, Options(**{"workers": 1, **options}))


def content(bucket: Bucket, version: versions.DatasetVersion) -> dict[str, str]:
    """Returns the content of a version's objects, by path."""
    found = {}
    for item in version.objects:
        stored = bucket.get(item.key, item.version_id)
        assert stored is not None
        found[item.path] = stored.content.decode()
    return found


def test_a_folder_becomes_a_version(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    folder = write(tmp_path, a="1", b__c="2", **{"b-d": "3"})

    done = commit(bucket, Folder(folder), by="arn:aws:iam::1:role/x", created_by={"run": "7"})

    version = versions.read(bucket.s3, bucket.name, "clicks:latest")
    assert done.created
    assert done.stored == 3
    assert version.reference == done.version.reference
    assert content(bucket, version) == {"a": "1", "b-d": "3", "b/c": "2"}
    assert all(item.checksum.startswith("SHA256:") for item in version.objects)
    assert version.created_by == {"run": "7"}


@pytest.mark.parametrize("workers", [1, 4])
def test_the_same_content_is_the_same_version(
    bucket: Bucket, tmp_path: pathlib.Path, workers: int
) -> None:
    folder = write(tmp_path, a="1", b="2")
    first = commit(bucket, Folder(folder), workers=workers)

    second = commit(bucket, Folder(folder), workers=workers)

    assert second.version.digest == first.version.digest
    assert (second.created, second.stored) == (False, 0)
    assert [tag.sequence for tag in second.tags] == [1]


def test_what_is_in_the_bucket_stays_where_it_is(bucket: Bucket) -> None:
    for key in ("raw/a.csv", "raw/b.csv", "rawest/c.csv"):
        bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=key.encode())

    version = commit(bucket, Stored("raw/")).version
    bucket.s3.put_object(Bucket=bucket.name, Key="raw/a.csv", Body=b"other")
    bucket.s3.delete_object(Bucket=bucket.name, Key="raw/b.csv")

    assert [item.key for item in version.objects] == ["raw/a.csv", "raw/b.csv"]
    assert content(bucket, version) == {"a.csv": "raw/a.csv", "b.csv": "raw/b.csv"}
    later = commit(bucket, Stored("raw/")).version
    assert content(bucket, later) == {"a.csv": "other"}


@pytest.mark.parametrize(
    "rule",
    [
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 90}, "Filter": {"Prefix": ""}},
        {"Expiration": {"Days": 14}, "Filter": {"Prefix": "raw/"}},
    ],
)
def test_objects_that_a_lifecycle_rule_deletes_are_copied(
    bucket: Bucket, rule: dict[str, Any]
) -> None:
    bucket.s3.put_bucket_lifecycle_configuration(
        Bucket=bucket.name,
        LifecycleConfiguration={"Rules": [{"ID": "old", "Status": "Enabled", **rule}]},
    )
    bucket.s3.put_object(Bucket=bucket.name, Key="raw/a.csv", Body=b"1")

    version = commit(bucket, Stored("raw/")).version

    assert [item.path for item in version.objects] == ["a.csv"]
    assert [item.key.split("/")[:4] for item in version.objects] == [
        ["datasets", "clicks", "objects", "copies"]
    ]
    assert content(bucket, version) == {"a.csv": "1"}
    assert commit(bucket, Stored("raw/")).version.digest == version.digest


def test_a_rule_that_would_expire_versions_refuses_a_commit(
    bucket: Bucket, tmp_path: pathlib.Path
) -> None:
    rule = {
        "ID": "all",
        "Status": "Enabled",
        "Expiration": {"Days": 14},
        "Filter": {"Prefix": "datasets/"},
    }
    bucket.s3.put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration={"Rules": [rule]}
    )
    with pytest.raises(versions.Refused, match=r"lifecycle rule all .* versions would be lost"):
        commit(bucket, Folder(write(tmp_path, a="1")))


def test_a_bucket_without_versions_is_refused(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    bucket.s3.create_bucket(Bucket="plain")
    with pytest.raises(versions.Refused, match="keeps no versions"):
        commit(Bucket(bucket.s3, "plain"), Folder(write(tmp_path, a="1")))


def test_nothing_is_no_version(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    with pytest.raises(versions.Refused, match="nothing to commit"):
        commit(bucket, Folder(tmp_path))
    with pytest.raises(versions.Refused, match="is no folder"):
        commit(bucket, Folder(tmp_path / "none"))


def test_parents_are_named_by_digest(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    first = commit(bucket, Folder(write(tmp_path, a="1"))).version
    second = versions.commit(
        bucket, "features", Folder(tmp_path), Options(parents=["clicks:latest"], workers=1)
    ).version
    assert second.parents == (first.reference,)
    with pytest.raises(versions.NotCommitted, match="none:latest does not exist"):
        commit(bucket, Folder(tmp_path), parents=["none"])


def test_files_of_a_few_parts_are_sent_at_the_same_time(
    tmp_path: pathlib.Path,
) -> None:
    size, both = 8, threading.Barrier(2)

    class Waiting(MemoryS3):
        """Takes the first part of a file when that of another one is there."""

        def upload_part(self, *args: Any, **request: Any) -> Any:
            if request["PartNumber"] == 1:
                both.wait(30)
            return super().upload_part(*args, **request)

    for name in "ab":
        (tmp_path / name).write_bytes(name.encode() * (2 * size + 1))
    version = commit(Bucket(Waiting(), "artifacts"), Folder(tmp_path, part_size=size), workers=8)
    assert len(version.version.objects) == 2


def test_large_files_are_sent_in_parts(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    size = 5 << 20  # S3's smallest part
    (tmp_path / "large.bin").write_bytes(b"x" * (2 * size + 1))

    version = commit(bucket, Folder(tmp_path, part_size=size), workers=4).version

    (item,) = version.objects
    stored = bucket.get(item.key, item.version_id)
    assert stored
    assert stored.content == (tmp_path / "large.bin").read_bytes()
    assert item.checksum.startswith("CRC32:")
