"""Runs that a CronJob carries: from new objects to a version, once, whatever happens to
the looks."""

import base64
import datetime
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pandas as pd  # type: ignore[import-untyped]
import pipeline_cluster
import pytest
from groundplan.data import versions
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings
from groundplan.data.versions import Bucket, Options, Stored
from memory_s3 import MemoryS3, Paginator
from moto import mock_aws
from pipeline_cluster import NOW, SETTINGS, World, checked

MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)


@pytest.fixture
def s3() -> Iterator[Any]:
    with moto_lookups.once(), mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="artifacts")
        client.put_bucket_versioning(
            Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        yield client


@pytest.fixture
def world(s3: Any) -> World:
    """A pipeline with one raw object, which has waited for long enough."""
    found = World(s3)
    found.put("raw/clicks/1.txt", "one")
    found.now = datetime.datetime.now(datetime.UTC) + HOUR
    return found


def published(world: World) -> dict[str, Any]:
    found = world.until()
    assert found["outcome"] == "published", found
    return found


def content(world: World, reference: str = "clicks:latest") -> dict[str, str]:
    version = versions.read(world.s3, "artifacts", reference)
    return {item.path: world.read(item.key) for item in version.objects}


def test_new_objects_become_a_version_that_the_tag_names(world: World) -> None:
    ended = published(world)
    assert content(world) == {"all.txt": "one"}
    version = versions.read(world.s3, "artifacts", "clicks:latest")
    assert version.reference == ended["version"]
    assert version.created_by["run"] == ended["run"]
    listing = str(version.created_by["inputs"]).removeprefix("s3://artifacts/")
    (read,) = world.journal.objects(listing)
    assert (read.key, read.size) == ("raw/clicks/1.txt", 3)
    assert read.version
    assert world.cloudwatch.values["HoursSincePublished"] == 0.0
    assert world.cloudwatch.values["Looks"] == 1.0


def test_nothing_begins_a_run_without_new_objects(world: World) -> None:
    published(world)
    world.now += HOUR
    assert [world.look() for _ in range(3)] == [None, None, None]
    assert len(world.api.created) == 1


def test_objects_wait_for_others_before_a_run_begins(world: World) -> None:
    world.now = datetime.datetime.now(datetime.UTC)
    assert world.look() is None
    assert world.api.created == []
    world.now += 6 * MINUTE
    world.look()
    assert len(world.api.created) == 1


def test_with_bookmarks_a_run_reads_what_no_published_run_has_read(world: World) -> None:
    published(world)
    world.put("raw/clicks/2.txt", "two")
    world.now += HOUR
    published(world)
    assert content(world) == {"all.txt": "two"}
    world.put("raw/clicks/1.txt", "other")  # another content is another object
    world.now += HOUR
    published(world)
    assert content(world) == {"all.txt": "other"}


def test_without_bookmarks_each_run_reads_all_objects(world: World) -> None:
    world.settings = replace(SETTINGS, bookmarks=False)
    published(world)
    world.put("raw/clicks/2.txt", "two")
    world.now += HOUR
    published(world)
    assert content(world) == {"all.txt": "onetwo"}
    world.now += HOUR
    assert world.look() is None
    assert len(world.api.created) == 2


def test_a_script_that_fails_publishes_nothing_and_leaves_a_dead_letter(world: World) -> None:
    published(world)
    world.put("raw/clicks/2.txt", "bad")
    world.now += HOUR
    failed = world.until()
    assert failed["outcome"] == "failed"
    assert "BackoffLimitExceeded: exit code 1" in failed["reason"]
    assert content(world) == {"all.txt": "one"}
    (letter,) = world.letters()
    assert [item.key for item in world.journal.objects(letter["inputs"])] == ["raw/clicks/2.txt"]
    assert world.cloudwatch.values["FailedRuns"] == 1.0
    assert world.cloudwatch.values["DeadLetters"] == 1.0
    world.now += HOUR
    assert world.look() is None  # it does not begin the same run again
    assert world.cloudwatch.values["FailedRuns"] == 0.0
    assert world.cloudwatch.values["DeadLetters"] == 1.0
    world.put("raw/clicks/3.txt", "three")
    world.now += HOUR
    published(world)
    assert content(world) == {"all.txt": "three"}


def test_objects_of_a_dead_letter_are_read_again_once_it_is_removed(world: World) -> None:
    world.put("raw/clicks/1.txt", "bad")
    world.now += HOUR
    assert world.until()["outcome"] == "failed"
    world.put(pipeline_cluster.SCRIPT_KEY, pipeline_cluster.SCRIPT)
    (letter,) = world.keys("pipelines/etl/dead-letters/")
    world.s3.delete_object(Bucket="artifacts", Key=f"pipelines/etl/dead-letters/{letter}")
    world.now += HOUR
    world.look()
    assert len(world.api.created) == 2


def test_without_bookmarks_a_version_answers_for_the_runs_that_failed_before(
    world: World,
) -> None:
    world.settings = replace(SETTINGS, bookmarks=False)
    world.put("raw/clicks/1.txt", "bad")
    world.now += HOUR
    assert world.until()["outcome"] == "failed"
    assert world.cloudwatch.values["DeadLetters"] == 1.0
    world.put("raw/clicks/1.txt", "good")
    world.now += HOUR
    published(world)
    assert world.cloudwatch.values["DeadLetters"] == 0.0


def parquet(rows: list[dict[str, Any]]) -> str:
    """Returns a script that writes a table: its bytes, as pandas takes a second to
    start."""
    content = io.BytesIO()
    pd.DataFrame(rows).to_parquet(content)
    return f"""
import base64, pathlib, sys
out = sys.argv[sys.argv.index("--output") + 1]
content = base64.b64decode({base64.b64encode(content.getvalue())!r})
pathlib.Path(out, "part-0.parquet").write_bytes(content)
"""


def with_script(world: World, script: str, settings: ClusterSettings = SETTINGS) -> None:
    world.put(pipeline_cluster.SCRIPT_KEY, script)
    digest = hashlib.sha256(script.encode()).hexdigest()
    world.settings = replace(settings, pipeline=replace(settings.pipeline, script=digest))


def test_data_that_breaks_a_rule_is_quarantined_and_never_published(world: World) -> None:
    with_script(world, parquet([{"id": 1}, {"id": 1}]), checked())
    ended = world.until()
    assert ended["outcome"] == "quarantined"
    assert ended["reason"] == "The data broke rules: id: unique"
    run = ended["run"]
    assert world.keys(f"quarantine/clicks/etl/{run}/") == ["part-0.parquet", "quality-result.json"]
    assert world.keys(f"datasets/clicks/data/etl/{run}/") == []
    written = ["report.html", "result.json", "statistics.json"]
    assert world.keys(f"quality/clicks/etl/{run}/") == written
    assert world.keys("datasets/clicks/tags/") == []
    assert world.cloudwatch.seen["FailedRules"] == 1.0
    assert [letter["outcome"] for letter in world.letters()] == ["quarantined"]
    assert [name.endswith("-check") for name in world.api.created] == [False, True]


def test_data_that_holds_its_rules_names_its_report(world: World) -> None:
    with_script(world, parquet([{"id": 1}, {"id": 2}]), checked())
    ended = published(world)
    version = versions.read(world.s3, "artifacts", "clicks:latest")
    assert version.quality["passed"] is True
    assert version.quality["report"].endswith(f"quality/clicks/etl/{ended['run']}/report.html")
    # Half an hour of the script's two cores, and of the check's one.
    assert ended["vcpu_hours"] == 1.5


def test_a_job_that_waits_for_too_long_in_the_queue_is_deleted(world: World) -> None:
    world.look()
    world.now += 23 * HOUR
    assert world.look() is None
    world.now += 2 * HOUR
    ended = world.look()
    assert ended is not None
    assert "waited in the queue for 24 hours" in ended["reason"]
    assert world.api.jobs == {}


def test_a_job_that_somebody_deleted_ends_its_run(world: World) -> None:
    world.look()
    world.api.jobs.clear()
    ended = world.look()
    assert ended is not None
    assert "was deleted before its end was seen" in ended["reason"]
    # What it took is not known: it counts as the most that it may take.
    assert ended["vcpu_hours"] == 2.0


def test_a_run_that_could_exceed_the_month_does_not_begin(world: World) -> None:
    world.settings = replace(SETTINGS, vcpu_hours_per_month=3.5)
    assert published(world)["vcpu_hours"] == 1.0
    world.put("raw/clicks/2.txt", "two")
    world.now += HOUR
    assert world.look() is None
    assert len(world.api.created) == 1
    assert world.cloudwatch.values["OverLimit"] == 1.0
    world.now += datetime.timedelta(days=31)
    world.look()
    assert len(world.api.created) == 2
    assert world.cloudwatch.values["OverLimit"] == 0.0


def test_a_person_asks_for_one_run(world: World) -> None:
    world.settings = replace(SETTINGS, bookmarks=False, objects=False)
    assert world.look() is None
    world.put("pipelines/etl/asked", "")
    published(world)
    assert world.journal.read(1, "begun")["why"] == ["person"]  # type: ignore[index]
    world.now += HOUR
    assert world.look() is None
    assert len(world.api.created) == 1


def test_a_publication_of_another_dataset_begins_a_run_with_its_version(world: World) -> None:
    common = replace(SETTINGS.pipeline, datasets=("users:latest",))
    world.settings = replace(SETTINGS, pipeline=common, bookmarks=False, objects=False)
    world.put("users/1", "jo")
    bucket = Bucket(world.s3, "artifacts")
    committed = versions.commit(bucket, "users", Stored("users/"), Options(by="test"))
    first = committed.version.reference
    published(world)
    version = versions.read(world.s3, "artifacts", "clicks:latest")
    assert [str(parent) for parent in version.parents] == [first]
    (job,) = world.api.jobs.values()
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["--version-users", first]
    world.now += HOUR
    assert world.look() is None
    world.put("users/2", "mo")
    versions.commit(bucket, "users", Stored("users/"), Options(by="test"))
    world.look()
    assert len(world.api.created) == 2


@pytest.mark.parametrize("expression", ["rate(1 day)", "cron(0 3 * * ? *)"])
def test_a_schedule_begins_a_run_a_day(world: World, expression: str) -> None:
    world.settings = replace(
        SETTINGS, bookmarks=False, objects=False, schedule_expression=expression
    )
    world.now = NOW.replace(hour=3, minute=4)
    published(world)
    world.now += HOUR
    assert world.look() is None
    assert len(world.api.created) == 1
    world.now += 23 * HOUR
    published(world)
    assert world.journal.read(2, "begun")["why"] == ["schedule"]  # type: ignore[index]


def test_two_drivers_at_once_do_nothing_twice(world: World) -> None:
    """Each call of one is followed by a whole look of the other."""
    other = World.__new__(World)
    other.__dict__ |= world.__dict__
    world.look(s3=After(world.s3, other.look))
    assert len(world.api.created) == 1
    world.api.finish(world.now)
    world.look(s3=After(world.s3, other.look))
    assert content(world) == {"all.txt": "one"}
    assert len(world.api.created) == 1
    assert world.journal.latest() == 1
    history = world.keys("datasets/clicks/history/")
    assert len(history) == len({key.rsplit("/", 1)[-1] for key in history})


class After:
    """A client of S3 after whose writes something happens, once each."""

    def __init__(self, client: Any, happens: Any) -> None:
        self._client, self._happens = client, happens

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name != "put_object":
            return found

        def call(**args: Any) -> Any:
            self._happens()
            return found(**args)

        return call


class Crash(BaseException):
    """The pod dies."""


class Crashing:
    """A client whose calls end the pod, before or after they are done."""

    def __init__(self, client: Any, left: list[int], *, done: bool) -> None:
        self._client, self._left, self._done = client, left, done

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return lambda call: Paginator(getattr(self, call))
        found = getattr(self._client, name)

        def call(*args: Any, **more: Any) -> Any:
            self._left[0] -= 1
            if self._left[0] == 0 and not self._done:
                raise Crash(name)
            answer = found(*args, **more)
            if self._left[0] == 0:
                raise Crash(name)
            return answer

        return call


def crashed(world: World, call: int, *, done: bool, good: bool) -> bool:
    """Carries a run whose pod dies at a call. Returns whether there was such a call."""
    left = [call]
    outcome = None
    for _ in range(8):
        try:
            outcome = world.look(
                Crashing(world.s3, left, done=done), Crashing(world.api, left, done=done)
            )
        except Crash:
            continue
        if outcome is not None or world.journal.read(1, "ended") is not None:
            break
        finished(world, good=good)
    return left[0] <= 0


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
def test_a_pod_that_dies_at_any_call_loses_and_doubles_nothing(*, done: bool, good: bool) -> None:
    call, happened = 0, True
    while happened:
        call += 1
        world = World(MemoryS3())
        world.put("raw/clicks/1.txt", "one")
        world.now = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
        happened = crashed(world, call, done=done, good=good)
        ended = world.journal.read(1, "ended")
        assert ended is not None, call
        assert ended["outcome"] == ("published" if good else "failed"), (call, ended)
        assert len(world.api.created) == 1
        assert world.journal.latest() == 1
        assert len(world.letters()) == (0 if good else 1)
        assert len(world.keys("datasets/clicks/versions/")) == (1 if good else 0)
    assert call > 20


def finished(world: World, *, good: bool) -> None:
    """Ends the jobs as the kubelet would, without running them: that is slow."""
    for job in world.api.jobs.values():
        if "status" not in job:
            job["status"] = pipeline_cluster.ended(0 if good else 1)
            run = world.journal.read(1, "begun")["run"]  # type: ignore[index]
            if good:
                world.put(f"datasets/clicks/data/etl/{run}/all.txt", "one")


def test_the_settings_are_read_as_they_are_written() -> None:
    settings = checked(replace(SETTINGS, engine="ray", ray_nodes=3, ray_version="2.60.0"))
    assert ClusterSettings.read(settings.text()) == settings
    assert settings.pods == 4
