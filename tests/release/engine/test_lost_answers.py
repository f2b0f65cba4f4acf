"""Commands whose answer was lost, and that are repeated as their error advises: each
takes effect once."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import handler
from groundplan.release.engine.errors import LockRemains, ReleaseError
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

FIRST = "ml-prod-churn-config"
SETTLED = {
    "detail-type": "SageMaker Endpoint State Change",
    "detail": {"EndpointName": "ml-prod-churn", "EndpointStatus": "IN_SERVICE"},
}
HOUR = {"detail-type": "Scheduled Event", "detail": {}}
PERSON, FUNCTION = "assumed-role/deployer/jo", "assumed-role/releases-role/releases-function"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def one(cloud: Any, releases: Releases) -> str:
    """Versions 1 and 2 were released; the configuration of version 1."""
    releases.deploy(1)
    config = live(cloud)
    releases.deploy(2)
    cloud.calls.clear()
    return config


@pytest.fixture
def function(cloud: Any, releases: Releases, target: Target) -> Callable[..., None]:
    """Sends an event to the function, which has a role of its own."""

    def sent(event: Any = SETTLED) -> None:
        cloud.who = FUNCTION
        handler.answer(event, [target], lambda _target: releases._clients)
        cloud.who = PERSON

    return sent


def live(cloud: Any) -> str:
    return str(cloud.endpoint("ml-prod-churn").endpoint_config_name)


def pass_time(cloud: Any) -> None:
    for _ in range(cloud.ticks + 1):
        cloud.client("sagemaker").describe_endpoint(EndpointName="ml-prod-churn")


def calm(cloud: Any) -> None:
    cloud.before = cloud.after = lambda _operation: None
    cloud.faults.clear()


def lose(cloud: Any, index: int, error: str) -> list[str]:
    """Loses the answer of the call of this number, or the call itself."""
    count, lost = itertools.count(), list[str]()

    def nth(operation: str) -> None:
        if next(count) == index:
            lost.append(operation)
            if error == "killed":
                raise Killed
            cloud.fail(operation, error, after=error == "ReadTimeout")

    setattr(cloud, "after" if error == "killed" else "before", nth)
    return lost


def keys(cloud: Any) -> set[str]:
    contents = cloud.client("s3").list_objects_v2(Bucket="artifacts")["Contents"]
    return {entry["Key"] for entry in contents}


@pytest.mark.parametrize(
    ("error", "taken_up"),
    [("ReadTimeout", True), ("killed", False)],
)
def test_a_rollback_that_lost_any_answer_goes_one_step_back_when_it_is_repeated(
    cloud: Any,
    connect: Callable[..., Releases],
    target: Target,
    one: str,
    function: Callable[..., None],
    error: str,
    taken_up: bool,
) -> None:
    two, before = live(cloud), keys(cloud)
    for index in itertools.count():
        lost = lose(cloud, index, error)
        try:
            connect(target).rollback()
        except (ReleaseError, Killed):
            calm(cloud)
            if cloud.requests[-1][1].get("Key", "").endswith("/answered.json"):
                break  # the last call: nothing is left to do but to print the answer
            if taken_up:
                function()
                pass_time(cloud)
                function()
            connect(target).rollback()
        calm(cloud)
        assert live(cloud) == one, (index, lost)
        if not lost:
            break
        # As it was before the first try.
        cloud.endpoint("ml-prod-churn").endpoint_config_name = two
        for key in keys(cloud) - before:
            cloud.client("s3").delete_object(Bucket="artifacts", Key=key)
    assert index > 30


def test_a_rollback_that_the_function_ended_is_the_answer_of_the_next(
    cloud: Any, releases: Releases, one: str, function: Callable[..., None]
) -> None:
    cloud.fail("UpdateEndpoint", "ReadTimeout", after=True)
    with pytest.raises(ReleaseError, match="or the same command again"):
        releases.rollback()
    pass_time(cloud)
    function()

    again = releases.rollback()

    assert (again.outcome, live(cloud)) == ("succeeded", one)
    assert "nothing more was changed" in again.message
    assert releases.rollback().outcome == "succeeded"  # now another one
    assert live(cloud) == FIRST


def test_a_rollback_that_was_answered_is_followed_by_another(
    cloud: Any, releases: Releases, one: str, function: Callable[..., None]
) -> None:
    """The function may have written the record, while the command waited."""

    def ends(operation: str) -> None:
        if operation == "DescribeModel" and "UpdateEndpoint" in cloud.calls:
            cloud.after = lambda _operation: None
            function()

    cloud.after = ends
    assert releases.rollback().outcome == "succeeded"
    assert releases.trail.records()[-1]["ended_by"].endswith(FUNCTION)
    assert releases.rollback().outcome == "succeeded"
    assert live(cloud) == FIRST


def test_a_rollback_that_is_not_waited_for_is_followed_by_another(
    cloud: Any, releases: Releases, one: str, function: Callable[..., None]
) -> None:
    assert releases.rollback(wait=False).outcome == "in-progress"
    pass_time(cloud)
    function()
    assert live(cloud) == one
    releases.rollback()
    assert live(cloud) == FIRST


def test_a_rollback_that_its_caller_resumed_is_followed_by_another(
    cloud: Any, releases: Releases, one: str
) -> None:
    cloud.fail("UpdateEndpoint", "ReadTimeout", after=True)
    with pytest.raises(ReleaseError):
        releases.rollback()
    assert releases.resume().outcome == "succeeded"
    releases.rollback()
    assert live(cloud) == FIRST


def test_a_rollback_that_failed_before_it_moved_the_endpoint_is_tried_again(
    cloud: Any, releases: Releases, one: str
) -> None:
    cloud.fail("UpdateEndpoint", "AccessDenied")
    assert releases.rollback().outcome == "failed"
    assert releases.rollback().outcome == "succeeded"
    assert live(cloud) == one


def test_a_deploy_whose_answer_was_lost_gives_it_and_is_not_done_twice(
    cloud: Any, releases: Releases
) -> None:
    cloud.ends = ["rolled-back"]
    cloud.before = lambda name: cloud.fail("GetObject") if name == "DescribeAlarmHistory" else None
    with pytest.raises(ReleaseError):
        releases.deploy(2)
    calm(cloud)
    assert releases.deploy(2).outcome == "rolled-back"
    assert cloud.calls.count("UpdateEndpoint") == 1
    assert releases.deploy(2).outcome == "succeeded"


# A lock that can't be removed.


def test_a_lock_that_cannot_be_removed_is_reported_at_once_with_what_to_do(
    cloud: Any, releases: Releases, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.fail("DeleteObject", "AccessDenied", times=2)
    result = releases.deploy(1)

    assert result.outcome == "succeeded"
    for message in (
        "can't be removed: DeleteObject: AccessDenied",
        "allow s3:DeleteObject on s3://artifacts/releases/ml-prod-churn/lock.json",
        "groundplan release resume",
    ):
        assert message in result.warning
        assert message in result.message
    assert "is still there" in releases.status()["problems"][0]
    with pytest.raises(LockRemains, match="No other release of ml-prod-churn can begin"):
        releases.deploy(2)
    assert releases.resume().outcome == "succeeded"
    assert releases.status()["problems"] == []
    assert releases.deploy(2).outcome == "succeeded"


def test_a_rollback_whose_lock_cannot_be_removed_is_followed_by_another(
    cloud: Any, releases: Releases, one: str
) -> None:
    cloud.fail("DeleteObject", "AccessDenied")
    assert releases.rollback().warning
    assert releases.rollback().outcome == "succeeded"
    assert live(cloud) == FIRST


def test_a_lock_that_the_function_cannot_remove_calls_people(
    cloud: Any, releases: Releases, function: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    releases.deploy(1, wait=False)
    pass_time(cloud)
    cloud.fail("DeleteObject", "AccessDenied", times=2)
    function()
    function(HOUR)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [message.split(": ")[1] for message in errors] == ["succeeded", "blocked"]
    assert all("s3:DeleteObject" in message for message in errors)
