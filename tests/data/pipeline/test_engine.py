"""What the function of a pipeline does: turns, the month's hours, publication."""

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pytest
from groundplan.data import versions
from groundplan.data.pipeline.engine import handler, month, turns
from groundplan.data.pipeline.engine.names import OverLimit, Status
from groundplan.data.pipeline.engine.settings import PipelineSettings
from moto import mock_aws

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:etl"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:etl:run-1"
SECOND = EXECUTION.replace("run-1", "run-2")
CREATED = {"source": "aws.s3", "detail-type": "Object Created", "detail": {}}
SETTINGS = PipelineSettings(
    pipeline="etl",
    bucket="artifacts",
    dataset="clicks",
    tag="latest",
    folder="datasets/clicks/data/etl/",
    jobs=("etl-job",),
    script="ab" * 32,
    most_dpu_hours=4.0,
    dpu_hours_per_month=10.0,
    inputs={"raw": "raw/clicks/"},
)


class Pages:
    """A client whose paginated call returns these pages."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self._pages = pages

    def get_paginator(self, _call: str) -> "Pages":
        return self

    def paginate(self, **_args: Any) -> Iterator[dict[str, Any]]:
        return iter(self._pages)


def executions(*names: str) -> Pages:
    """Returns running executions, each a minute later than the one before, the latest
    first, in pages of one."""
    found = [
        {"executionArn": name, "startDate": NOW + datetime.timedelta(minutes=place)}
        for place, name in enumerate(names)
    ]
    return Pages(*({"executions": [item]} for item in reversed(found)))


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        (["me"], Status.GO_ON),
        (["me", "later"], Status.GO_ON),
        (["earlier", "me"], Status.WAIT),
        (["earlier", "me", "later"], Status.WAIT),
        (["first", "second", "me"], Status.JOINED),
        (["first"], Status.WAIT),
        (["first", "second"], Status.JOINED),
        ([], Status.GO_ON),
    ],
)
def test_one_runs_one_waits_and_the_others_join(running: list[str], expected: Status) -> None:
    assert turns.turn(executions(*running), MACHINE, "me") is expected


def run(hours: float, days_ago: int = 0, **more: Any) -> dict[str, Any]:
    started = NOW - datetime.timedelta(days=days_ago)
    return {"StartedOn": started, "DPUSeconds": hours * 3600, **more}


def test_the_hours_of_the_month_are_counted_and_none_of_the_month_before() -> None:
    pages = Pages({"JobRuns": [run(1), run(2, 10)]}, {"JobRuns": [run(2.5, 27), run(50, 28)]})
    assert month.require_room(pages, SETTINGS, NOW) == 5.5


def test_a_run_without_counted_seconds_counts_all_its_workers() -> None:
    started = {"StartedOn": NOW, "MaxCapacity": 10.0, "ExecutionTime": 1800}
    assert month.require_room(Pages({"JobRuns": [started]}), SETTINGS, NOW) == 5.0


def test_a_run_that_could_exceed_the_month_is_refused_before_it_starts() -> None:
    with pytest.raises(OverLimit, match=r"6\.10 .* 4\.00.* 10\.00.*dpu_hours_per_month"):
        month.require_room(Pages({"JobRuns": [run(6.1)]}), SETTINGS, NOW)


def test_the_settings_are_read_as_they_are_written() -> None:
    assert PipelineSettings.read(SETTINGS.text()) == SETTINGS


@pytest.fixture
def s3() -> Iterator[Any]:
    with moto_lookups.once(), mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="artifacts")
        client.put_bucket_versioning(
            Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        yield client


def clients(s3: Any, *running: str) -> Any:
    found = {"s3": s3, "glue": Pages({"JobRuns": []}), "stepfunctions": executions(*running)}
    return found.__getitem__


def write(s3: Any, content: str, run_name: str = "run-1") -> None:
    key = f"{SETTINGS.folder}{run_name}/part-0.json"
    s3.put_object(Bucket="artifacts", Key=key, Body=content.encode())


def published(s3: Any, run_name: str = "run-1") -> str:
    event = {"step": "publish", "execution": EXECUTION, "run": run_name, "parents": []}
    return str(handler.publish(SETTINGS, event, clients(s3))["version"])


def test_a_run_begins_with_the_folders_of_its_inputs_and_one_of_its_own(s3: Any) -> None:
    event = {"step": "begin", "execution": EXECUTION, "machine": MACHINE}
    begun = handler.begin(SETTINGS, event, clients(s3, EXECUTION), NOW)
    assert begun == {
        "status": "go-on",
        "run": "run-1",
        "parents": [],
        "arguments": {
            "--run": "run-1",
            "--output": "s3://artifacts/datasets/clicks/data/etl/run-1/",
            "--input-raw": "s3://artifacts/raw/clicks/",
        },
    }


def test_a_run_may_not_be_named_like_the_folder_of_the_tables(s3: Any) -> None:
    execution = EXECUTION.replace("run-1", "tables")
    event = {"step": "begin", "execution": execution, "machine": MACHINE}
    with pytest.raises(ValueError, match="start it under another name"):
        handler.begin(SETTINGS, event, clients(s3, execution), NOW)


def test_an_execution_that_joins_starts_no_job(s3: Any) -> None:
    event = {"step": "begin", "execution": EXECUTION, "machine": MACHINE}
    assert handler.begin(SETTINGS, event, clients(s3, "a", "b"), NOW) == {"status": "joined"}


def test_what_a_run_wrote_is_a_version_that_the_tag_names(s3: Any) -> None:
    write(s3, "1")
    reference = published(s3)
    version = versions.read(s3, "artifacts", "clicks:latest")
    assert version.reference == reference
    assert [item.path for item in version.objects] == ["part-0.json"]
    assert version.created_by == {
        "pipeline": "etl",
        "run": "run-1",
        "script": f"sha256:{SETTINGS.script}",
    }


def test_publishing_a_run_again_is_the_same_version(s3: Any) -> None:
    write(s3, "1")
    assert published(s3) == published(s3)


def test_a_version_stays_when_a_later_run_writes(s3: Any) -> None:
    write(s3, "1")
    first = published(s3)
    write(s3, "2", "run-2")
    second = published(s3, "run-2")
    assert first != second
    (item,) = versions.read(s3, "artifacts", first).objects
    content = s3.get_object(Bucket="artifacts", Key=item.key, VersionId=item.version_id)
    assert content["Body"].read() == b"1"


def test_a_run_that_wrote_nothing_publishes_nothing(s3: Any) -> None:
    write(s3, "1")
    first = published(s3)
    with pytest.raises(versions.DatasetError, match="nothing to commit"):
        published(s3, "run-2")
    assert versions.resolve(s3, "artifacts", "clicks:latest") == first


def test_versions_of_other_datasets_are_pinned_when_a_run_begins(s3: Any) -> None:
    write(s3, "1")
    users = published(s3)
    settings = dataclasses.replace(SETTINGS, dataset="scores", datasets=("clicks:latest",))
    event = {"step": "begin", "execution": EXECUTION, "machine": MACHINE}
    begun = handler.begin(settings, event, clients(s3, EXECUTION), NOW)
    assert begun["parents"] == [users]
    assert begun["arguments"]["--version-clicks"] == users


# Whether a run would repeat the last one.


def begun(
    s3: Any, execution: str, began: Any = CREATED, settings: PipelineSettings = SETTINGS
) -> dict[str, Any]:
    event = {"execution": execution, "machine": MACHINE, "began": began}
    return handler.begin(settings, event, clients(s3, execution), NOW)


def arrive(s3: Any, name: str) -> None:
    s3.put_object(Bucket="artifacts", Key=f"raw/clicks/{name}", Body=name.encode())


@pytest.fixture
def first(s3: Any) -> Any:
    """The bucket once a run has read two new objects, and published."""
    arrive(s3, "1")
    arrive(s3, "2")
    run = begun(s3, EXECUTION)["run"]
    write(s3, "1", run)
    handler.publish(SETTINGS, {"execution": EXECUTION, "run": run}, clients(s3))
    return s3


def test_the_second_of_two_new_objects_begins_no_run(first: Any) -> None:
    assert begun(first, SECOND) == {"status": "joined"}
    keys = [item["Key"] for item in first.list_objects_v2(Bucket="artifacts")["Contents"]]
    assert not [key for key in keys if "run-2" in key]


def test_it_joins_where_the_hours_of_the_month_are_used(first: Any) -> None:
    settings = dataclasses.replace(SETTINGS, dpu_hours_per_month=0.0)
    assert begun(first, SECOND, settings=settings) == {"status": "joined"}


@pytest.mark.parametrize(
    "change",
    [
        lambda s3: arrive(s3, "3"),
        lambda s3: arrive(s3, "2"),  # a version of it that nothing has read
        lambda s3: s3.delete_object(Bucket="artifacts", Key="raw/clicks/1"),
    ],
)
def test_what_changed_since_the_last_run_began_is_read(
    first: Any, change: Callable[[Any], None]
) -> None:
    change(first)
    assert begun(first, SECOND)["status"] == "go-on"


@pytest.mark.parametrize("began", [{}, {"time": "2026-11-28T12:00:00Z"}, None, "again"])
def test_people_and_schedules_begin_runs_whatever_was_read(first: Any, began: Any) -> None:
    assert begun(first, SECOND, began)["status"] == "go-on"


def test_another_script_reads_the_same_objects_again(first: Any) -> None:
    settings = dataclasses.replace(SETTINGS, script="cd" * 32)
    assert begun(first, SECOND, settings=settings)["status"] == "go-on"


def test_a_run_that_published_nothing_is_no_reason_to_join(s3: Any) -> None:
    arrive(s3, "1")
    begun(s3, EXECUTION)
    assert begun(s3, SECOND)["status"] == "go-on"


def test_another_version_of_a_dataset_that_it_reads_begins_a_run(first: Any) -> None:
    write(first, "1", "run-9")
    users = dataclasses.replace(SETTINGS, dataset="users")
    handler.publish(users, {"execution": EXECUTION, "run": "run-9"}, clients(first))
    settings = dataclasses.replace(SETTINGS, datasets=("users:latest",))
    assert begun(first, SECOND, settings=settings)["status"] == "go-on"
