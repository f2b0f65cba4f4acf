"""The stand-ins of Spark and AWS Glue's libraries: what they read, write and refuse."""

import io
from typing import Any

import pandas  # type: ignore[import-untyped]
import pytest
from groundplan.data.quality import dqdl, rules

from rehearsal.account import spark
from rehearsal.clock import BEGIN

ROWS, MOST = rules.of_args({"columns": {"radius": {"max": 10.0}}})


class Bucket:
    """S3, as far as Spark uses it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_bucket_location(self, **_: Any) -> dict[str, Any]:
        return {}

    def list_objects_v2(self, Prefix: str, **_: Any) -> dict[str, Any]:  # noqa: N803 (S3's name)
        return {
            "Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]
        }

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 (S3's name)
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803 (S3's names)
        self.objects[Key] = Body

    def delete_object(self, Key: str, **_: Any) -> None:  # noqa: N803 (S3's name)
        del self.objects[Key]


def frame(store: spark.Store, *values: float) -> spark.Frame:
    return spark.Frame(pandas.DataFrame({"radius": values}, dtype="Float64"), store)


def evaluated(ruleset: str) -> list[tuple[str, str]]:
    evaluator = spark.Evaluator((ROWS, MOST), lambda: BEGIN)
    table = frame(spark.Store(Bucket(), {}), 1.0, 11.0)
    options = {"dataQualityEvaluationContext": "tumors"}
    rows = evaluator.process_rows(table, {}, ruleset, options)["ruleOutcomes"].toDF().collect()
    return [(row["Rule"], row["Outcome"]) for row in rows]


def test_each_rule_of_a_ruleset_has_an_outcome() -> None:
    assert evaluated(dqdl.ruleset((ROWS, MOST))) == [
        (dqdl.rule_text(ROWS), "Passed"),
        (dqdl.rule_text(MOST), "Failed"),
    ]
    assert evaluated(dqdl.ruleset((ROWS,))) == [(dqdl.rule_text(ROWS), "Passed")]


def test_a_rule_that_the_job_was_not_asked_for_is_refused() -> None:
    with pytest.raises(spark.AnalysisException, match="IsUnique"):
        evaluated('Rules = [ RowCount >= 1, IsUnique "radius" ]')


def test_a_folder_is_overwritten_and_read_without_what_is_hidden() -> None:
    bucket = Bucket()
    store = spark.Store(bucket, {})
    frame(store, 1.0, 2.0).write.mode("overwrite").parquet("s3://b/out/")
    bucket.objects["out/part-00001.snappy.parquet"] = b"of a try that failed"
    frame(store, 3.0).write.mode("overwrite").parquet("s3://b/out/")
    assert sorted(bucket.objects) == ["out/_SUCCESS", "out/part-00000.snappy.parquet"]
    read = spark.Reader(store).parquet("s3://b/out/")
    assert read.table["radius"].tolist() == [3.0]
    assert read.dtypes == [("radius", "double")]


def test_a_folder_without_objects_is_an_error() -> None:
    with pytest.raises(spark.AnalysisException, match="s3://b/out/"):
        spark.Reader(spark.Store(Bucket(), {})).parquet("s3://b/out/")
