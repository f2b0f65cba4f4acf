"""A version that is a snapshot of an Iceberg table, with pyiceberg's catalog in
SQLite."""

import pathlib
from typing import Any

import pytest
from groundplan.data import versions
from groundplan.data.versions import Bucket, Options, Stored, iceberg
from memory_s3 import MemoryS3

pyiceberg = pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")
pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")


@pytest.fixture
def table(tmp_path: pathlib.Path) -> Any:
    from pyiceberg.catalog.sql import SqlCatalog  # type: ignore[import-not-found]

    catalog = SqlCatalog(
        "lake", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}"
    )
    catalog.create_namespace("lake")
    rows = pyarrow.table({"user": ["ann", "bob"], "age": [31, 45]})
    return catalog.create_table("lake.clicks", schema=rows.schema)


def commit(bucket: Bucket, table: Any) -> versions.DatasetVersion:
    known = {**iceberg.snapshot(table), "schema": iceberg.schema(table)}
    source = Stored(objects=lambda: (), label="table")
    return versions.commit(bucket, "clicks", source, Options(table=known, workers=1)).version


def test_a_snapshot_is_a_version(table: Any) -> None:
    rows = pyarrow.table({"user": ["ann", "bob"], "age": [31, 45]})
    table.append(rows)
    bucket = Bucket(MemoryS3(), "artifacts")

    first, again = commit(bucket, table), commit(bucket, table)
    table.append(rows)
    second = commit(bucket, table)

    assert first.digest == again.digest != second.digest
    read = versions.read(bucket.s3, "artifacts", first.reference)
    assert read.table["snapshot_id"] != second.table["snapshot_id"]
    assert (read.table["table"], read.table["records"]) == ("lake.clicks", "2")
    assert len(read.table["metadata_sha256"]) == 64
    assert [column["name"] for column in read.schema["columns"]] == ["user", "age"]
    assert list(read.objects) == []
    # The snapshot is there to be read, though the table has moved on.
    scanned = table.scan(snapshot_id=read.table["snapshot_id"]).to_arrow()
    assert scanned.num_rows == 2


def test_a_table_without_data_is_refused(table: Any) -> None:
    with pytest.raises(versions.Refused, match="has no snapshot"):
        iceberg.snapshot(table)
