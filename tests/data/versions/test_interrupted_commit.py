"""A commit that was interrupted continues: nothing is read or sent twice."""

import pathlib
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Folder, Options
from groundplan.data.versions.journal import Journal
from groundplan.data.versions.manifest import DatasetObject
from memory_s3 import Client, Crash, MemoryS3, error

PART = 5 << 20
"""The smallest part that S3 takes."""


class Counting:
    """A client that counts its calls, and stops at one of them."""

    def __init__(self, s3: Any, name: str = "", stop_at: int = 0) -> None:
        self._s3, self._name, self._stop_at = s3, name, stop_at
        self.calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._s3, name)

        def call(*args: Any, **request: Any) -> Any:
            self.calls[name] = self.calls.get(name, 0) + 1
            if name == self._name and self.calls[name] == self._stop_at:
                raise KeyboardInterrupt
            return found(*args, **request)

        return call if callable(found) else found


def commit(bucket: Bucket, folder: pathlib.Path, journal: pathlib.Path | None = None) -> Any:
    source = Folder(folder, part_size=PART)
    return versions.commit(bucket, "clicks", source, Options(workers=1, journal=journal))


def test_files_that_were_sent_are_not_sent_again(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    folder, journal = tmp_path / "data", tmp_path / "journal.jsonl"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(str(number))
    first = Counting(bucket.s3, "put_object", 4)
    with pytest.raises(KeyboardInterrupt):
        commit(Bucket(first, bucket.name), folder, journal)
    assert versions.versions(bucket.s3, bucket.name, "clicks") == []
    (folder / "1.txt").write_text("changed since")

    second = Counting(bucket.s3)
    done = commit(Bucket(second, bucket.name), folder, journal)

    assert done.stored == 4  # 1.txt, and three that the first try had not come to
    assert len(done.version.objects) == 6
    assert not journal.exists()


def test_parts_that_were_sent_are_not_sent_again(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    content = b"".join(bytes([number]) * PART for number in range(3)) + b"end"
    (tmp_path / "large.bin").write_bytes(content)
    first = Counting(bucket.s3, "upload_part", 3)
    with pytest.raises(KeyboardInterrupt):
        commit(Bucket(first, bucket.name), tmp_path)

    second = Counting(bucket.s3)
    (item,) = commit(Bucket(second, bucket.name), tmp_path).version.objects

    assert second.calls["upload_part"] == 2
    stored = bucket.get(item.key, item.version_id)
    assert stored is not None
    assert stored.content == content


def test_a_role_that_may_not_list_uploads_sends_large_files(tmp_path: pathlib.Path) -> None:
    class Writer(MemoryS3):
        def list_multipart_uploads(self, *_args: Any, **_request: Any) -> Any:
            raise error("AccessDenied", "ListMultipartUploads")

    (tmp_path / "large.bin").write_bytes(b"x" * 20)
    options = Options(workers=1)
    s3 = Writer()
    done = versions.commit(
        Bucket(s3, "artifacts"), "clicks", Folder(tmp_path, part_size=8), options
    )
    (item,) = done.version.objects
    assert item.size == 20


@pytest.mark.parametrize("crash_at", range(1, 27))
def test_whatever_call_it_stopped_at(tmp_path: pathlib.Path, crash_at: int) -> None:
    s3 = MemoryS3()
    (tmp_path / "small.txt").write_text("1")
    (tmp_path / "large.bin").write_bytes(b"x" * 20)
    source = Folder(tmp_path, part_size=8)
    try:
        bucket = Bucket(Client(s3, crash_at), "artifacts")
        versions.commit(bucket, "clicks", source, Options(workers=1))
    except Crash:
        assert len(versions.versions(s3, "artifacts", "clicks")) <= 1

    bucket = Bucket(s3, "artifacts")
    version = versions.commit(bucket, "clicks", source, Options(workers=1)).version

    assert versions.resolve(s3, "artifacts", "clicks") == version.reference
    contents = {item.path: bucket.get(item.key, item.version_id) for item in version.objects}
    assert {path: len(stored.content) for path, stored in contents.items() if stored} == {
        "large.bin": 20,
        "small.txt": 1,
    }


def test_a_journal_forgets_what_was_changed(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "journal.jsonl"
    items = [DatasetObject(name, f"k/{name}", "v", 1, "SHA256:x") for name in "abd"]
    first = Journal(file, ["c1"])
    for item in items:
        first.note("state", item)
    first.close()

    again = Journal(file, ["c1", "c2"])

    assert again.finished == ["c1"]  # as it was when the work began
    assert again.known("a", "state") == items[0]
    assert again.known("b", "another state") is None
    assert again.known("c", "state") is None
    assert again.known("d", "state") == items[2]
    again.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_broke_off_is_read_up_to_there(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "journal.jsonl"
    first = Journal(file, [])
    first.note("s", DatasetObject("a", "k", "v", 1, "x"))
    first.close()
    with file.open("a") as stream:
        stream.write('["b", "s", [')
    again = Journal(file, [])
    assert again.known("a", "s") is not None
    assert again.known("b", "s") is None
    again.close()
