"""Locks, journals and records that are broken, or that another version of groundplan
wrote: every command says what to do, and no endpoint suffers for another."""

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import handler, pruning
from groundplan.release.engine.errors import ReleaseError, Unreadable
from groundplan.release.engine.plan import Plan, Smoke
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target
from hypothesis import given
from hypothesis import strategies as st

ROOT = "releases/ml-prod-churn/"
HOUR = {"detail-type": "Scheduled Event", "detail": {}}
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"


def write(cloud: Any, name: str, content: bytes | dict[str, Any]) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    cloud.client("s3").put_object(Bucket="artifacts", Key=f"{ROOT}{name}", Body=body)


@pytest.fixture
def begun(cloud: Any, releases: Releases) -> dict[str, Any]:
    """The plan in the lock of a release that was begun, while version 1 serves."""
    releases.deploy(1)
    cloud.fail("CreateModel")
    with pytest.raises(ReleaseError):
        releases.deploy(2)
    held = releases.trail.held()
    assert held is not None
    return copy.deepcopy(dict(held.plan))


def broken(plan: dict[str, Any], how: str) -> bytes | dict[str, Any]:
    if how == "another-key":
        return {**plan, "traffic_shaping": {"steps": 3}}
    if how == "a-key-less":
        return {key: value for key, value in plan.items() if key != "revert_request"}
    if how == "another-form":
        return {**plan, "update_request": "s3://elsewhere"}
    if how == "no-release":
        return {"schema": 9}
    return {"empty": b"", "cut-off": json.dumps(plan).encode()[:100], "list": b"[]"}.get(
        how, b"\xff\xfe"
    )


HOW = ("another-key", "a-key-less", "another-form", "no-release", "empty", "cut-off", "list", "no")


@pytest.mark.parametrize("how", HOW)
def test_a_lock_that_cannot_be_read_is_explained_by_every_command(
    cloud: Any, releases: Releases, target: Target, begun: dict[str, Any], how: str
) -> None:
    write(cloud, "lock.json", broken(begun, how))
    cloud.calls.clear()

    for command in (
        lambda: releases.deploy(2),
        releases.rollback,
        lambda: releases.rollback(to=1),
        releases.resume,
        lambda: pruning.prune(releases._clients, target),
    ):
        with pytest.raises(ReleaseError) as error:
            command()
        if not str(error.value).startswith("Endpoint ml-prod-churn is InService or being"):
            assert isinstance(error.value, Unreadable)
            assert "The lock of endpoint ml-prod-churn can't be read" in str(error.value)
            assert f"aws s3 rm s3://artifacts/{ROOT}lock.json" in str(error.value)
    status = releases.status()
    assert status["version"] == 1
    assert status["under_way"] is not None
    assert "can't be read" in status["problems"][0]
    assert cloud.writes() == []


@pytest.mark.parametrize("how", HOW)
def test_a_lock_that_cannot_be_read_calls_people_and_stops_no_other_endpoint(
    cloud: Any,
    releases: Releases,
    target: Target,
    begun: dict[str, Any],
    how: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write(cloud, "lock.json", broken(begun, how))
    cloud.serve("other")
    both = [target, dataclasses.replace(target, endpoint="other")]
    event = {
        "detail-type": "SageMaker Model Package State Change",
        "time": "2026-01-01T00:00:00Z",
        "detail": {
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": 2,
            "ModelPackageArn": f"{ARN}2",
            "ModelApprovalStatus": "Approved",
        },
    }
    answers = handler.answer(event, both, lambda _target: releases._clients)
    assert {name: each["outcome"] for name, each in answers.items()} == {
        "ml-prod-churn": "blocked",
        "other": "in-progress",
    }
    (message,) = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert "can't be read" in message

    # When a person has removed it, the approval is acted on.
    cloud.client("s3").delete_object(Bucket="artifacts", Key=f"{ROOT}lock.json")
    answers = handler.answer(HOUR, both, lambda _target: releases._clients)
    assert answers["ml-prod-churn"]["outcome"] == "in-progress"


@given(st.data())
def test_a_plan_with_any_value_of_another_kind_is_refused(data: st.DataObject) -> None:
    plan = {**PLAN.as_dict(), "smoke": {"body": "MQ==", "content_type": "x", "accept": ""}}
    assert Plan.read(plan).smoke is not None
    key = data.draw(st.sampled_from(sorted(plan)))
    values = [None, True, 7, "text", [1], {"a": 1}]
    value = data.draw(st.sampled_from([v for v in values if type(v) is not type(plan[key])]))
    if value is None and key in NULLABLE:
        assert Plan.read({**plan, key: None}) is not None
        return
    with pytest.raises(ValueError, match=None if key == "smoke" else key):
        Plan.read({**plan, key: value})


NULLABLE = ("version", "package_arn", "from_package", "smoke", "model_request", "config_request")
PLAN = Plan(
    release="r",
    kind="deploy",
    endpoint="e",
    version=2,
    package_arn="arn",
    artifacts=[],
    approval={},
    model="m",
    config="c",
    model_request={"ModelName": "m"},
    config_request={"EndpointConfigName": "c"},
    from_config="f",
    from_package="arn",
    update_request={"EndpointName": "e", "EndpointConfigName": "c"},
    revert_request={"EndpointName": "e", "EndpointConfigName": "f"},
    patience_seconds=3600,
    started_at="2026-11-21T12:00:00+00:00",
    started_by="arn:aws:sts::1:assumed-role/a/b",
)


# Records and journals.


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"schema": 2, "release": "x"}'])
def test_a_record_that_cannot_be_read_hides_no_other(
    cloud: Any, releases: Releases, target: Target, content: bytes
) -> None:
    releases.deploy(1)
    one = cloud.endpoint("ml-prod-churn").endpoint_config_name
    releases.deploy(2)
    write(cloud, "records/20200101T000000.000000Z-deploy-v9-000000.json", content)

    assert len(releases.trail.records()) == 2
    (problem,) = releases.status()["problems"]
    assert "records/20200101T000000.000000Z-deploy-v9-000000.json can't be read" in problem
    assert releases.rollback().outcome == "succeeded"
    assert cloud.endpoint("ml-prod-churn").endpoint_config_name == one
    # What to delete can't be known.
    with pytest.raises(Unreadable, match="Nothing was pruned"):
        pruning.prune(releases._clients, target)


def test_records_that_cannot_be_read_are_reported_while_a_rollback_goes_on(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    progress: list[str] = []
    releases = connect(target, progress.append)
    releases.deploy(1)
    write(cloud, "records/x.json", b"{")
    releases.rollback()
    assert any("records/x.json can't be read" in line for line in progress)


@pytest.mark.parametrize("step", ["smoke-failed", "update-requested", "update-accepted"])
def test_a_journal_that_cannot_be_read_is_explained(
    cloud: Any, releases: Releases, begun: dict[str, Any], step: str
) -> None:
    name = f"journal/{begun['release']}/{step}.json"
    write(cloud, name, b"{")
    with pytest.raises(Unreadable, match=f"{name} can't be read"):
        releases.resume()
    assert releases.status()["under_way"] is not None


def test_a_record_of_the_release_under_way_that_cannot_be_read_is_explained(
    cloud: Any, releases: Releases, begun: dict[str, Any]
) -> None:
    write(cloud, f"records/{begun['release']}.json", b"{")
    commands: list[Callable[[], Any]] = [lambda: releases.deploy(2), releases.rollback]
    for command in [*commands, releases.resume]:
        with pytest.raises(Unreadable, match="can't be read"):
            command()
    assert releases.status()["problems"]


# One endpoint and the others.


def test_an_unexpected_error_of_one_endpoint_stops_no_other(
    cloud: Any, releases: Releases, target: Target
) -> None:
    cloud.serve("other")
    releases.deploy(1, Smoke.of(b"1"), wait=False)

    def connect(asked: Target) -> Any:
        if asked.endpoint == "other":
            raise KeyError("anything")
        return releases._clients

    for _ in range(6):
        other = dataclasses.replace(target, endpoint="other")
        with pytest.raises(KeyError, match="anything"):
            handler.answer(HOUR, [other, target], connect)
    assert releases.trail.records()[0]["outcome"] == "succeeded"


def test_a_target_that_cannot_be_read_calls_people_and_stops_no_other(
    cloud: Any, export: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    text = json.dumps({"bad": {"endpoint": 3}, "list": [], "churn": export})
    (only,) = handler.targets({"GROUNDPLAN_TARGETS": text})
    assert only.endpoint == "ml-prod-churn"
    errors = [r for r in caplog.records if r.levelname == "ERROR"]
    assert {record.name for record in errors} == {"groundplan.release.engine.handler"}
    assert len(errors) == 2


def test_no_endpoint_is_always_the_last(target: Target) -> None:
    """What takes all of the function's time would keep the others from ever being
    looked at."""
    known = [dataclasses.replace(target, endpoint=name) for name in "abc"]
    first = set()
    for number in range(20):
        asked: list[str] = []

        def connect(each: Target, asked: list[str] = asked) -> Any:
            asked.append(each.endpoint)
            raise KeyError("no clients")

        with pytest.raises(KeyError):
            handler.answer({**HOUR, "id": f"event-{number}"}, known, connect)
        assert sorted(asked) == ["a", "b", "c"]
        first.add(asked[0])
    assert first == {"a", "b", "c"}
