"""What a check came to: good runs go on, bad ones are quarantined, nothing is lost."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pytest
from groundplan.data import documents, versions
from groundplan.data.pipeline.engine import handler, last_version, raw_inputs
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.quality.result import QualityResult, RuleResult
from groundplan.data.versions import raw_objects
from groundplan.data.versions.lineage import Lineage
from moto import mock_aws

SETTINGS = PipelineSettings(
    pipeline="etl",
    bucket="artifacts",
    dataset="clicks",
    tag="latest",
    folder="datasets/clicks/data/etl/",
    jobs=("job", "check"),
    script="ab" * 32,
    most_dpu_hours=4.0,
    dpu_hours_per_month=10.0,
    results="quality/clicks/etl/",
    quarantine="quarantine/clicks/etl/",
)
GOOD = QualityResult("clicks", "run-1", 2, (RuleResult("id: unique", True),))
BAD = dataclasses.replace(GOOD, rules=(RuleResult("id: unique", False, "2 rows"),))


class Metrics:
    """CloudWatch, as far as a judgement calls it."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}

    def put_metric_data(self, **call: Any) -> None:
        assert call["Namespace"] == "Groundplan/DataQuality"
        self.values = {metric["MetricName"]: metric["Value"] for metric in call["MetricData"]}


@pytest.fixture
def s3() -> Iterator[Any]:
    with moto_lookups.once(), mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="artifacts")
        client.put_bucket_versioning(
            Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        for name in ("part-0", "a/part-1"):
            key = f"{SETTINGS.folder}run-1/{name}.parquet"
            client.put_object(Bucket="artifacts", Key=key, Body=name.encode())
        yield client


def judged(s3: Any, result: QualityResult, metrics: Any = None) -> dict[str, Any]:
    key = f"{SETTINGS.results}{result.run}/result.json"
    s3.put_object(Bucket="artifacts", Key=key, Body=result.text().encode())
    clients = {"s3": s3, "cloudwatch": metrics or Metrics()}
    event = {"step": "judge", "run": result.run}
    return handler.judge(SETTINGS, event, clients.__getitem__)


def keys(s3: Any, prefix: str) -> list[str]:
    found = s3.list_objects_v2(Bucket="artifacts", Prefix=prefix).get("Contents", ())
    return [item["Key"].removeprefix(prefix) for item in found]


def test_a_good_run_goes_on_and_stays_where_it_is(s3: Any) -> None:
    metrics = Metrics()
    answer = judged(s3, GOOD, metrics)
    assert answer["status"] == "passed"
    assert answer["quality"]["passed"] is True
    assert metrics.values == {"FailedRules": 0, "Rows": 2}
    assert keys(s3, f"{SETTINGS.folder}run-1/") == ["a/part-1.parquet", "part-0.parquet"]
    assert keys(s3, SETTINGS.quarantine) == []
    assert keys(s3, f"{SETTINGS.results}run-1/") == ["report.html", "result.json"]


def test_a_bad_run_is_moved_to_the_quarantine_with_its_result(s3: Any) -> None:
    metrics = Metrics()
    answer = judged(s3, BAD, metrics)
    assert (answer["status"], answer["failed"]) == ("quarantined", ["id: unique"])
    assert metrics.values["FailedRules"] == 1
    assert keys(s3, f"{SETTINGS.folder}run-1/") == []
    assert keys(s3, f"{SETTINGS.quarantine}run-1/") == [
        "a/part-1.parquet",
        "part-0.parquet",
        "quality-result.json",
    ]
    moved = s3.get_object(Bucket="artifacts", Key=f"{SETTINGS.quarantine}run-1/part-0.parquet")
    assert moved["Body"].read() == b"part-0"


def test_judging_a_run_again_changes_nothing(s3: Any) -> None:
    judged(s3, BAD)
    first = keys(s3, SETTINGS.quarantine)
    judged(s3, BAD)
    assert keys(s3, SETTINGS.quarantine) == first


def test_a_run_without_a_result_is_an_error_and_goes_nowhere(s3: Any) -> None:
    clients = {"s3": s3, "cloudwatch": Metrics()}
    with pytest.raises(s3.exceptions.NoSuchKey):
        handler.judge(SETTINGS, {"step": "judge", "run": "run-9"}, clients.__getitem__)


def test_the_page_has_the_results_before(s3: Any) -> None:
    judged(s3, BAD)
    judged(s3, dataclasses.replace(GOOD, run="run-2"))
    page = s3.get_object(Bucket="artifacts", Key=f"{SETTINGS.results}run-2/report.html")
    html = page["Body"].read().decode()
    assert "run-1" in html
    assert "id: unique" in html


def test_the_version_of_a_run_has_the_result_of_its_check(s3: Any) -> None:
    answer = judged(s3, GOOD)
    event = {"step": "publish", "execution": "e", "run": "run-1", "quality": answer["quality"]}
    handler.publish(SETTINGS, event, {"s3": s3}.__getitem__)
    assert versions.read(s3, "artifacts", "clicks:latest").quality == answer["quality"]


def test_what_the_check_could_not_see_is_not_published(s3: Any) -> None:
    folder = f"{SETTINGS.folder}run-1/"
    for name in ("_SUCCESS", "_old/part.parquet", ".part.crc", "a_$folder$", "_day=1/part-2"):
        s3.put_object(Bucket="artifacts", Key=f"{folder}{name}", Body=b"x")
    event = {"step": "publish", "execution": "arn:run-1", "run": "run-1"}
    answer = handler.publish(SETTINGS, event, lambda _name: s3)
    stored = versions.read(s3, "artifacts", answer["version"])
    paths = [item.path for item in stored.objects]
    assert paths == ["_day=1/part-2", "a/part-1.parquet", "part-0.parquet"]
    unchecked = dataclasses.replace(SETTINGS, results="", quarantine="")
    answer = handler.publish(unchecked, event, lambda _name: s3)
    stored = versions.read(s3, "artifacts", answer["version"])
    assert "_SUCCESS" in [item.path for item in stored.objects]


STATISTICS: dict[str, Any] = {"rows": 2, "columns": {}, "left_out": ["id"]}
SCHEMA = {"format": "parquet", "columns": [{"name": "id", "type": "string"}]}


def published(s3: Any, run: str = "run-1") -> versions.DatasetVersion:
    """Publishes a run whose check counted."""
    content = documents.canonical(STATISTICS)
    s3.put_object(Bucket="artifacts", Key=f"{SETTINGS.results}{run}/statistics.json", Body=content)
    result = dataclasses.replace(GOOD, run=run, schema=SCHEMA, statistics=documents.digest(content))
    answer = judged(s3, result)
    event = {"step": "publish", "execution": "e", "run": run, "quality": answer["quality"]}
    reference = handler.publish(SETTINGS, event, {"s3": s3}.__getitem__)["version"]
    return versions.read(s3, "artifacts", reference)


def test_the_version_of_a_run_has_the_statistics_that_its_check_counted(s3: Any) -> None:
    version = published(s3)
    assert version.statistics == STATISTICS
    assert version.schema == SCHEMA


def test_statistics_that_are_not_those_of_the_result_are_not_published(s3: Any) -> None:
    published(s3)
    key = f"{SETTINGS.results}run-1/statistics.json"
    s3.put_object(Bucket="artifacts", Key=key, Body=b"{}")
    with pytest.raises(versions.Damaged, match="begin the run again"):
        handler.publish(SETTINGS, {"run": "run-1", "execution": "e"}, {"s3": s3}.__getitem__)


def test_a_run_is_compared_with_the_statistics_of_the_version_that_the_tag_names(
    s3: Any,
) -> None:
    assert last_version.statistics(s3, SETTINGS) == ""
    version = published(s3)
    uri = last_version.statistics(s3, SETTINGS)
    digest = version.statistics_digest.removeprefix("sha256:")
    assert uri == f"s3://artifacts/datasets/clicks/statistics/{digest}.json"


def test_a_version_that_was_committed_without_statistics_is_none_to_compare_with(
    s3: Any,
) -> None:
    published(s3)
    source = versions.Stored(f"{SETTINGS.folder}run-1/a/")
    versions.commit(versions.Bucket(s3, "artifacts"), "clicks", source, versions.Options())
    assert last_version.statistics(s3, SETTINGS) == ""


def test_the_version_of_a_run_names_the_raw_objects_that_were_there_when_it_began(
    s3: Any,
) -> None:
    settings = dataclasses.replace(SETTINGS, inputs={"raw": "raw/clicks/"})
    bucket = versions.Bucket(s3, "artifacts")
    kept = s3.put_object(Bucket="artifacts", Key="raw/clicks/a.json", Body=b"{}")
    s3.put_object(Bucket="artifacts", Key="raw/clicks/", Body=b"")
    raw_inputs.record(bucket, settings, "run-1")
    s3.put_object(Bucket="artifacts", Key="raw/clicks/later.json", Body=b"{}")
    raw_inputs.record(bucket, settings, "run-1")  # a second try of the step
    event = {"step": "publish", "execution": "e", "run": "run-1"}
    unchecked = dataclasses.replace(settings, results="", quarantine="")
    reference = handler.publish(unchecked, event, {"s3": s3}.__getitem__)["version"]

    version = versions.read(s3, "artifacts", reference)
    (item,) = raw_objects.of_version(bucket, version)
    assert (item["key"], item["version"]) == ("raw/clicks/a.json", kept["VersionId"])
    graph = Lineage(bucket, {reference: ["s3://artifacts/runs/churn/1/run.json"]})
    found = graph.of_object("raw/clicks/a.json")
    assert "s3://artifacts/runs/churn/1/run.json" in found.nodes


def test_of_too_many_raw_objects_only_the_folder_is_known(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_inputs, "MOST", 1)
    settings = dataclasses.replace(SETTINGS, inputs={"raw": "raw/clicks/"})
    for name in "ab":
        s3.put_object(Bucket="artifacts", Key=f"raw/clicks/{name}", Body=b"1")
    bucket = versions.Bucket(s3, "artifacts")
    raw_inputs.record(bucket, settings, "run-1")
    assert raw_inputs.recorded(bucket, settings, "run-1") == ""
