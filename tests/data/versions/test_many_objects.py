"""More objects than memory holds: listed, sorted and read from inventories a piece at a
time."""

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Options, Stored, inventory, parts
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject
from groundplan.data.versions.sorting import by_path
from groundplan.data.versions.sources import SourceObject
from groundplan.data.versions.work import in_order

KEYS = DatasetKeys("clicks")
REPORT = "s3://artifacts/inventory/manifest.json"


def found(number: int) -> SourceObject:
    return SourceObject(f"{number:07}", f"raw/{number:07}", f"v{number}", 1, "e" * 32)


def test_a_million_objects_are_split_a_part_at_a_time() -> None:
    taken = 0

    def objects() -> Iterator[DatasetObject]:
        nonlocal taken
        for taken in itertools.count(1):
            yield DatasetObject(f"{taken:09}", "k", "v", 1, "c")

    seen = 0
    for part in itertools.islice(parts.split(objects()), 5):
        seen += len(part)
        assert len(part) <= parts.LARGEST
        assert taken == seen  # nothing is read ahead


def test_work_is_taken_as_it_is_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    results = in_order(lambda number: -number, items(), workers=4, ahead=2)
    assert list(itertools.islice(results, 100)) == [-number for number in range(100)]
    assert len(taken) <= 100 + 4 * 2
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [0, 3, 10, 11, 25])
def test_more_than_memory_holds_is_sorted(count: int) -> None:
    numbers = [number * 7 % count for number in range(count)] if count % 7 else range(count)
    assert [item.path for item in by_path(map(found, numbers), run=10)] == [
        f"{number:07}" for number in range(count)
    ]


def row(key: str, **changed: str) -> dict[str, str]:
    known = {"Bucket": "artifacts", "Key": key, "VersionId": f"v-{key}", "IsLatest": "true"}
    return {**known, "IsDeleteMarker": "false", "Size": "3", "ETag": "abc", **changed}


ROWS = [
    row("raw/z%26+1.csv"),
    row("raw/a.csv"),
    row("raw/a.csv", VersionId="old", IsLatest="false"),
    row("raw/gone.csv", IsDeleteMarker="true", Size="", ETag=""),
    row("raw/folder/"),
    row("other/b.csv"),
    row("datasets/clicks/versions/1.json"),
]


def put_report(bucket: Bucket, form: str, content: bytes, **changed: Any) -> None:
    report = {
        "sourceBucket": "artifacts",
        "fileFormat": form,
        "fileSchema": ", ".join(ROWS[0]),
        "files": [{"key": "inventory/data", "size": len(content)}],
        **changed,
    }
    for key, body in (("data", content), ("manifest.json", json.dumps(report).encode())):
        bucket.s3.put_object(Bucket="artifacts", Key=f"inventory/{key}", Body=body)


def as_csv() -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(list(row.values()) for row in ROWS)
    return gzip.compress(text.getvalue().encode())


def as_parquet() -> bytes:
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs pyarrow")
    rows = [
        {
            "bucket": row["Bucket"],
            "key": row["Key"].replace("%26", "&").replace("+", " "),  # not encoded in Parquet
            "version_id": row["VersionId"],
            "is_latest": row["IsLatest"] == "true",
            "is_delete_marker": row["IsDeleteMarker"] == "true",
            "size": int(row["Size"] or 0),
            "e_tag": row["ETag"],
        }
        for row in ROWS
    ]
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_an_inventory_names_the_current_objects_of_a_prefix(bucket: Bucket, form: str) -> None:
    put_report(bucket, form, as_csv() if form == "CSV" else as_parquet())
    read = sorted(
        (item.key, item.version_id, item.size)
        for item in inventory.objects(bucket.s3, REPORT, "artifacts", "raw/", KEYS)
    )
    assert [key for key, _, _ in read] == ["raw/a.csv", "raw/z& 1.csv"]
    assert read[0] == ("raw/a.csv", "v-raw/a.csv", 3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sourceBucket": "other"}, "is an inventory of other"),
        ({"fileFormat": "ORC"}, "Fix: let S3 write CSV or Parquet"),
        ({"fileSchema": "Bucket, Key"}, "lacks size, e_tag"),
        ({"files": [{"key": "inventory/none"}]}, "which is gone"),
    ],
)
def test_a_report_that_can_not_be_used_is_refused(
    bucket: Bucket, changed: dict[str, Any], message: str
) -> None:
    put_report(bucket, "CSV", as_csv(), **changed)
    with pytest.raises(versions.Refused, match=message):
        list(inventory.objects(bucket.s3, REPORT, "artifacts", "raw/", KEYS))


def test_a_version_of_an_inventory_asks_for_no_object(bucket: Bucket) -> None:
    put = bucket.s3.put_object(Bucket="artifacts", Key="raw/a.csv", Body=b"123")
    text = ",".join(row("raw/a.csv", VersionId=put["VersionId"], ETag="x").values())
    put_report(bucket, "CSV", gzip.compress(text.encode()))
    source = Stored(
        "raw/",
        lambda: by_path(inventory.objects(bucket.s3, REPORT, "artifacts", "raw/", KEYS)),
        asks=False,
    )
    (item,) = versions.commit(bucket, "clicks", source, Options(workers=1)).version.objects
    assert (item.key, item.version_id, item.checksum) == ("raw/a.csv", put["VersionId"], "ETAG:x")
