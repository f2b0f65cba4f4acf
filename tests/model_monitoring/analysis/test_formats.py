"""Files of rows: the same rows come to the same digests in each format."""

import datetime
import decimal
import io
import pathlib
import sys
from typing import Any

import boto3  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
import recorded_day
import tables
from groundplan.model_monitoring.analysis import (
    capture,
    datasets,
    inference,
    job,
    parquet,
    ranged,
    records,
    stores,
)
from groundplan.model_monitoring.analysis.baseline import build
from groundplan.model_monitoring.analysis.capture import Broken
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.job import Job
from groundplan.model_monitoring.analysis.payload import Unreadable
from groundplan.model_monitoring.analysis.schema import Column, Schema
from groundplan.model_monitoring.analysis.stores import Bucket, Folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

TYPES = {
    "amount": pa.float64(),
    "weight": pa.float32(),
    "city": pa.string(),
    "code": pa.int64(),
    "member": pa.bool_(),
    "score": pa.float64(),
    "label": pa.int8(),
}
SCHEMA = Schema(
    (
        Column("amount", "numeric"),
        Column("weight", "numeric"),
        Column("city", "categorical"),
        Column("code", "categorical"),
        Column("member", "categorical"),
    ),
    (Column("score", "numeric"),),
    task="binary",
    score="score",
    slices=("member",),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ROW = st.fixed_dictionaries(
    {
        "amount": st.none() | st.floats(),
        "weight": st.none() | st.sampled_from([0.1, 0.25, -3.0, 16.7]),
        "city": st.none() | TEXT,
        "code": st.none() | st.integers(-(2**62), 2**62) | st.integers(0, 3),
        "member": st.none() | st.booleans(),
        "score": st.none() | st.floats(0, 1),
        "label": st.none() | st.integers(0, 1),
    }
)


def digest(folder: pathlib.Path, name: str, schema: Schema) -> str:
    places = datasets.files([str(folder / name)])
    return build(schema, datasets.shards(places, datasets.columns_of(schema))).digest


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(ROW, min_size=1, max_size=12))
def test_the_same_rows_have_the_same_digest_in_each_format(
    tmp_path: pathlib.Path, rows: list[dict[str, Any]]
) -> None:
    tables.write(tmp_path, "rows", rows, TYPES)
    found = {end: digest(tmp_path, f"rows.{end}", SCHEMA) for end in tables.FORMATS}
    assert len(set(found.values())) == 1, found


def test_a_request_that_says_0_1_is_what_a_32_bit_column_says(tmp_path: pathlib.Path) -> None:
    pq.write_table(
        pa.table({"x": pa.array([0.1, None], pa.float32()), "y": pa.array([0.5, 2], pa.float16())}),
        tmp_path / "t.parquet",
    )
    found = list(records.rows(Folder(str(tmp_path)), "t.parquet"))
    assert found == [{"x": 0.1, "y": 0.5}, {"x": None, "y": 2.0}]


def test_dates_decimals_and_bytes_are_texts(tmp_path: pathlib.Path) -> None:
    moment = datetime.datetime(2026, 11, 28, 9, tzinfo=datetime.UTC)
    row = {
        "at": moment,
        "local": moment.replace(tzinfo=None),
        "day": moment.date(),
        "price": decimal.Decimal("1.50"),
        "name": b"caf\xc3\xa9",
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "t.parquet")
    assert list(records.rows(Folder(str(tmp_path)), "t.parquet")) == [
        {
            "at": "2026-11-28T09:00:00Z",
            "local": "2026-11-28T09:00:00",
            "day": "2026-11-28",
            "price": "1.50",
            "name": "café",
        }
    ]


def test_the_sample_of_a_large_dataset_does_not_depend_on_its_format(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundplan.model_monitoring.analysis.sample.ROWS", 100)
    rows = recorded_day.draw(np.random.default_rng(1), 500)
    types = {"income": pa.float64(), "city": pa.string(), "score": pa.float64(), "label": pa.int8()}
    found = set()
    for end in tables.FORMATS:
        folder = tmp_path / end
        for part in range(2):
            tables.write(tmp_path / "all", f"part-{part}", rows[part::2], types)
            folder.mkdir(exist_ok=True)
            name = f"part-{part}.{end}"
            (folder / name).write_bytes((tmp_path / "all" / name).read_bytes())
        found.add(digest(folder, "", recorded_day.SCHEMA))
    assert len(found) == 1


def window_of(folder: pathlib.Path, captures: str, labels: str) -> bytes:
    wanted = Job("loans", captures, str(folder / "baseline.json"), labels=labels)
    return job.run(wanted).content()


def test_captures_and_labels_as_tables_are_judged_as_data_capture_is(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "baseline.json").write_bytes(recorded_day.baseline().content())
    random = np.random.default_rng(2)
    rows = [row for _ in range(4) for row in recorded_day.draw(random, 150)]
    asked = [
        {"event_id": f"e{n}", "inference_id": f"id-{n}", "time": "2026-11-28T08:00:00Z"}
        | {name: row[name] for name in ("income", "city", "score")}
        for n, row in enumerate(rows)
    ]
    truth = [{"inference_id": f"id-{n}", "label": row["label"]} for n, row in enumerate(rows)]
    texts = dict.fromkeys(("event_id", "inference_id", "time", "city"), pa.string())
    types = {**texts, "income": pa.float64(), "score": pa.float64()}
    tables.write(tmp_path, "asked", asked, types)
    tables.write(tmp_path, "truth", truth, {"inference_id": pa.string(), "label": pa.int8()})
    found = {
        window_of(tmp_path, str(tmp_path / f"asked.{one}"), str(tmp_path / f"truth.{other}"))
        for one in tables.FORMATS
        for other in tables.FORMATS
    }
    assert len(found) == 1
    recorded_day.write(tmp_path / "day", broken=0)
    day = Job(
        "loans",
        str(tmp_path / "day/captures"),
        str(tmp_path / "baseline.json"),
        labels=str(tmp_path / "day/labels"),
    )
    document = job.run(day)
    assert document.window.rows == 600
    assert document.content() == found.pop()


def test_rows_of_a_table_that_cannot_be_read_are_counted(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text("income,city,score\n1,Oslo,0.5\n2,Oslo\n3,Rome,0.1\n")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "c.csv").write_text("other\n1\n")
    (tmp_path / "d.csv").write_text("income,income\n1,2\n")
    broken, place = Broken(), Folder(str(tmp_path))
    found = [
        captured
        for key in ("a.csv", "b.parquet", "c.csv", "d.csv")
        for captured in capture.of_file(place, key, recorded_day.SCHEMA, broken)
    ]
    assert [captured.event_id for captured in found] == ["a:2", "a:4"]
    assert broken.counts == {
        "the line has not as many fields as the header": 1,
        "the file is no Parquet": 1,
        "no column of the schema is there": 1,
        "the file has two columns of one name": 1,
    }


def test_a_dataset_with_a_row_that_cannot_be_read_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\nnot a row\n')
    with pytest.raises(InvalidDocument, match=r"a\.jsonl:2: the line is no JSON"):
        list(records.rows(Folder(str(tmp_path)), "a.jsonl"))


def test_a_byte_order_mark_and_fields_of_several_lines_are_read(tmp_path: pathlib.Path) -> None:
    text = '\ufeffcity,note\r\nOslo,"one\r\ntwo"\r\n'
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert list(records.rows(Folder(str(tmp_path)), "a.csv")) == [
        {"city": "Oslo", "note": "one\r\ntwo"}
    ]


class Measured(io.BytesIO):
    """A file that remembers its largest read."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.largest = max(self.largest, len(found))
        return found


def test_a_row_group_is_never_read_as_a_whole() -> None:
    values = np.random.default_rng(1).normal(size=1_000_000)
    file = io.BytesIO()
    pq.write_table(
        pa.table({"x": values, "other": values}), file, row_group_size=10**6, use_dictionary=False
    )
    measured = Measured(file.getvalue())
    assert sum(1 for _ in parquet.rows(measured, {"x"})) == 1_000_000
    assert measured.largest < 2 * parquet.BUFFER < 8_000_000


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    stores._s3.cache_clear()
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        yield client
    stores._s3.cache_clear()


def test_objects_of_a_bucket_come_to_the_digest_of_the_files(
    tmp_path: pathlib.Path, s3: Any
) -> None:
    rows = recorded_day.draw(np.random.default_rng(1), 300)
    types = {"income": pa.float64(), "city": pa.string(), "score": pa.float64(), "label": pa.int8()}
    tables.write(tmp_path, "train", rows, types)
    versions = {}
    for end in tables.FORMATS:
        key, content = f"sets/{end}/train.{end}", (tmp_path / f"train.{end}").read_bytes()
        versions[key] = s3.put_object(Bucket="bucket", Key=key, Body=content)["VersionId"]
    expected = digest(tmp_path, "train.csv", recorded_day.SCHEMA)
    for end in tables.FORMATS:
        places = datasets.files([f"s3://bucket/sets/{end}/"])
        assert build(recorded_day.SCHEMA, datasets.shards(places)).digest == expected
        s3.put_object(Bucket="bucket", Key=f"sets/{end}/train.{end}", Body=b"replaced")
        objects = [(k.rpartition("/")[2], k, v) for k, v in versions.items() if end in k]
        pinned = datasets.versioned("bucket", objects)
        assert build(recorded_day.SCHEMA, datasets.shards(pinned)).digest == expected


def test_an_object_that_is_replaced_while_it_is_read_ends_the_reading(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"x" * 3 * ranged.BUFFER)
    file = Bucket("bucket", "").opened("a")
    assert file.read(10) == b"x" * 10
    file.seek(-5, io.SEEK_END)
    assert file.read() == b"x" * 5
    s3.put_object(Bucket="bucket", Key="a", Body=b"y" * 3 * ranged.BUFFER)
    file.seek(0)
    with pytest.raises(s3.exceptions.ClientError, match="PreconditionFailed"):
        file.read(10)


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        (["/data/train.csv"], ["train"]),
        (["s3://b/x/part-0.parquet", "s3://b/x/part-1.parquet"], ["part-0", "part-1"]),
        (["s3://b/x/a/0.csv.gz", "s3://b/x/b/0.csv.gz"], ["a/0", "b/0"]),
        (["x/a.csv", "x/a.jsonl"], ["a.csv", "a.jsonl"]),
    ],
)
def test_shards_are_named_after_their_files(urls: list[str], expected: list[str]) -> None:
    assert datasets.names(urls) == expected


def test_a_schema_takes_the_kinds_that_are_known(tmp_path: pathlib.Path) -> None:
    rows = [{"a": 1, "b": "2", "y": 0.5}] * 3
    found = inference.schema(rows, ("y",), kinds={"a": "numeric"}, prediction="y")
    assert [(c.name, c.kind) for c in found.features] == [("a", "numeric"), ("b", "categorical")]
    with pytest.raises(InvalidDocument, match="no column z"):
        inference.schema(rows, ("y",), ("z",), prediction="y")
    with pytest.raises(InvalidDocument, match="no file"):
        datasets.files([str(tmp_path)])
    assert isinstance(
        next(iter(records.read(Folder(str(_bad(tmp_path))), "t.jsonl")))[1], Unreadable
    )


def _bad(folder: pathlib.Path) -> pathlib.Path:
    (folder / "t.jsonl").write_text("[1]\n")
    return folder


def test_without_pyarrow_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidDocument, match=r"pip install 'groundplan\[parquet\]'"):
        list(parquet.rows(io.BytesIO()))
