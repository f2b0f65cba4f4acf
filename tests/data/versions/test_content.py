"""Schema and statistics of a version's files."""

import gzip
import io
import json
import pathlib
from typing import Any, BinaryIO

import numpy as np
import pytest
from groundplan.data import sketches
from groundplan.data.versions import Bucket, DatasetObject, comparison, content, statistics
from groundplan.data.versions.errors import Refused
from groundplan.model_monitoring.analysis.cells import Cells

CSV = b"user,age,paid\nann,31,true\nbob,,false\neve,4.5,\n"


def opener(files: dict[str, bytes]) -> tuple[list[DatasetObject], content.Open]:
    def opened(item: DatasetObject) -> BinaryIO:
        return io.BytesIO(files[item.path])

    objects = [DatasetObject(path, path, "v", len(text), "") for path, text in files.items()]
    return objects, opened


def schema(**files: bytes) -> dict[str, str]:
    objects, opened = opener({name.replace("__", "."): text for name, text in files.items()})
    found = content.schema(objects, opened)
    return {column["name"]: column["type"] for column in found.get("columns", ())}


def test_columns_come_from_the_header_and_types_from_the_rows() -> None:
    wanted = {"user": "string", "age": "number", "paid": "boolean"}
    assert schema(a__csv=CSV) == wanted
    assert schema(a__CSV=CSV, b__csv__gz=gzip.compress(CSV)) == wanted
    assert schema(readme__md=b"x", a__jsonl=b'{"n": 1}\n\n{"n": 2, "s": "x"}\n') == {
        "n": "integer",
        "s": "string",
    }


@pytest.mark.parametrize(
    "files",
    [
        {"a__csv": b"x,y\n1,2\n", "b__csv": b"x,z\n1,2\n"},
        {"a__csv": b"x\n1\n", "b__jsonl": b'{"x": 1}'},
        {"a__jsonl": b"not json"},
        {"a__csv": b"\xff\xfe"},
        {"a__csv__gz": b"not gzip"},
        {"a__png": b"x"},
        {},
    ],
)
def test_a_schema_that_can_not_be_known_is_empty(files: dict[str, bytes]) -> None:
    assert schema(**files) == {}


def test_types_of_several_files_are_widened() -> None:
    assert schema(a__csv=b"x,y\n1,true\n", b__csv=b"x,y\n1.5,1\n") == {
        "x": "number",
        "y": "string",
    }


def test_parquet_is_read_from_its_end(bucket: Bucket) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs pyarrow")
    stream = io.BytesIO()
    table = pyarrow.table({"user": ["ann", "bob"], "age": [31, None], "x": [0.5, 1.5]})
    parquet.write_table(table, stream)
    put = bucket.s3.put_object(Bucket=bucket.name, Key="a.parquet", Body=stream.getvalue())
    size = len(stream.getvalue())
    item = DatasetObject("a.parquet", "a.parquet", put["VersionId"], size, "")

    found = content.schema([item], content.in_bucket(bucket))
    counted = statistics.count([item], content.in_bucket(bucket), found)

    assert [column["type"] for column in found["columns"]] == ["string", "integer", "number"]
    assert counted["rows"] == 2
    assert counted["columns"]["age"]["missing"] == 1


def test_statistics_are_the_counts_of_the_drift_analysis() -> None:
    rows = b"".join(b"%d,%s\n" % (n % 50, b"DE" if n % 4 else b"FR") for n in range(1000))
    objects, opened = opener({"a.csv": b"n,country\n" + rows})

    found = statistics.count(objects, opened, content.schema(objects, opened))

    numbers = found["columns"]["n"]
    cells = Cells.read(numbers, np.array(numbers["edges"]))
    assert (found["rows"], cells.valid, cells.smallest, cells.largest) == (1000, 1000, 0, 49)
    assert numbers["mean"] == pytest.approx(24.5)
    countries = found["columns"]["country"]
    assert dict(zip(countries["vocabulary"]["values"], dict(countries["counts"]).values(),
                    strict=True)) == {"DE": 750, "FR": 250}  # fmt: skip
    json.dumps(found)


def test_identifiers_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "MOST_VALUES", 3)
    text = b"id,kind\n" + b"".join(b"u%d,k%d\n" % (n, n % 2) for n in range(10))
    objects, opened = opener({"a.csv": text})
    found = statistics.count(objects, opened, content.schema(objects, opened))
    assert found["left_out"] == ["id"]
    assert list(found["columns"]) == ["kind"]


def test_what_has_no_columns_has_no_statistics() -> None:
    with pytest.raises(Refused, match="nothing to count"):
        statistics.count([], lambda _item: io.BytesIO(), {})


def test_schemas_and_statistics_are_compared() -> None:
    def columns(**types: str) -> dict[str, Any]:
        return {"columns": [{"name": name, "type": kind} for name, kind in types.items()]}

    assert comparison.schema(columns(a="integer", b="string"), columns(a="number", c="string")) == [
        {"column": "a", "before": "integer", "after": "number"},
        {"column": "b", "before": "string", "after": None},
        {"column": "c", "before": None, "after": "string"},
    ]
    before = {"rows": 3, "columns": {"a": {"missing": 0, "mean": 1.0}}}
    after = {"rows": 4, "columns": {"a": {"missing": 0, "mean": 2.0}}}
    assert comparison.statistics(before, after) == [
        {"column": "", "measure": "rows", "before": 3, "after": 4},
        {"column": "a", "measure": "mean", "before": 1.0, "after": 2.0},
    ]
    assert comparison.statistics(before, before) == []


def test_an_object_is_read_from_any_place(bucket: Bucket, tmp_path: pathlib.Path) -> None:
    put = bucket.s3.put_object(Bucket=bucket.name, Key="k", Body=b"0123456789")
    item = DatasetObject("k", "k", put["VersionId"], 10, "")
    with content.in_bucket(bucket)(item) as stream:
        stream.seek(-3, io.SEEK_END)
        assert stream.read() == b"789"
        stream.seek(2)
        assert stream.read(3) == b"234"
        assert stream.read() == b"56789"
