"""Approvals that come while the endpoint is moved by something else: each is released,
or calls a person."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import handler
from groundplan.release.engine.errors import Unfinished
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"
ENDPOINT = "ml-prod-churn"
FIRST = "ml-prod-churn-config"
HOUR = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
SETTLED = {
    "detail-type": "SageMaker Endpoint State Change",
    "source": "aws.sagemaker",
    "detail": {"EndpointName": ENDPOINT, "EndpointStatus": "IN_SERVICE"},
}


def approved(version: int, time: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    return {
        "detail-type": "SageMaker Model Package State Change",
        "source": "aws.sagemaker",
        "time": time,
        "detail": {
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": version,
            "ModelPackageArn": f"{ARN}{version}",
            "ModelApprovalStatus": "Approved",
        },
    }


@pytest.fixture
def send(cloud: Any, releases: Releases, target: Target) -> Callable[[Any], Any]:
    """Sends an event to the function, and returns the outcome. The registry approves
    what an event says is approved."""

    def sent(event: Any) -> str | None:
        if "ModelPackageArn" in event["detail"]:
            decide(cloud, event["detail"]["ModelPackageVersion"], "Approved")
        answers = handler.answer(event, [target], lambda _target: releases._clients)
        return answers[ENDPOINT]["outcome"] if answers else None

    return sent


def decide(cloud: Any, version: int, status: str) -> None:
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=f"{ARN}{version}", ModelApprovalStatus=status
    )


def pass_time(cloud: Any) -> None:
    for _ in range(cloud.ticks + 1):
        cloud.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)


def pulumi_up(cloud: Any) -> None:
    """Begins an update that no release knows of."""
    client, name = cloud.client("sagemaker"), "by-pulumi"
    variants = cloud.backend.endpoint_configs[FIRST].production_variants
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    client.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=name)


def outcomes(releases: Releases) -> list[tuple[Any, str]]:
    return [(record["version"], record["outcome"]) for record in releases.trail.records()]


def calls(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What calls people: the alarm counts errors of this logger."""
    name = "groundplan.release.engine.handler"
    return [
        record.getMessage()
        for record in caplog.records
        if (record.name, record.levelname) == (name, "ERROR")
    ]


@pytest.mark.parametrize("event", [SETTLED, HOUR], ids=["end", "clock"])
@pytest.mark.parametrize("ends", ["done", "rolled-back"])
def test_the_first_approval_during_an_update_by_pulumi_is_released_afterwards(
    cloud: Any, releases: Releases, send: Any, event: Any, ends: str
) -> None:
    cloud.ends, cloud.ticks = [ends], 5
    pulumi_up(cloud)
    assert send(approved(2)) == "deferred"
    assert send(event) == "deferred"
    pass_time(cloud)

    assert send(event) == "in-progress"
    pass_time(cloud)
    assert send(SETTLED) == "succeeded"
    assert outcomes(releases) == [(2, "succeeded")]
    assert send(HOUR) is None


def test_an_approval_behind_a_release_that_fails_before_it_moves_the_endpoint_follows_by_the_clock(
    cloud: Any, releases: Releases, send: Any
) -> None:
    cloud.fail("CreateModel")
    with pytest.raises(Unfinished):
        releases.deploy(1)
    assert send(approved(2)) == "deferred"
    cloud.fail("CreateModel", "AccessDenied")
    assert releases.resume().outcome == "failed"  # the endpoint did not move: no event comes

    assert send(HOUR) == "in-progress"
    assert outcomes(releases) == [(1, "failed")]
    pass_time(cloud)
    assert send(HOUR) == "succeeded"
    assert outcomes(releases) == [(1, "failed"), (2, "succeeded")]


def test_an_approval_behind_a_release_of_a_person_that_fails_follows_within_the_hour(
    cloud: Any, releases: Releases, send: Any
) -> None:
    came: list[Any] = []

    def approves(operation: str) -> None:
        if operation == "CreateModel" and not came:
            came.append(None)
            came[0] = send(approved(2))
            cloud.fail("CreateModel", "AccessDenied")

    cloud.before = approves
    releases.deploy(1)
    cloud.before = lambda _operation: None
    assert came == ["deferred"]
    assert outcomes(releases) == [(1, "failed")]
    pass_time(cloud)
    send(HOUR)
    pass_time(cloud)
    send(HOUR)
    assert releases.status()["version"] == 2


def test_a_rollback_that_another_release_follows_calls_people_too(
    cloud: Any, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.ends = ["rolled-back"]
    send(approved(1))
    assert send(approved(2)) == "deferred"
    pass_time(cloud)
    assert send(SETTLED) == "in-progress"  # of version 2
    assert [message.split(": ")[1] for message in calls(caplog)] == ["rolled-back"]


def test_of_several_approvals_that_wait_the_newest_version_is_released(
    cloud: Any, releases: Releases, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.ticks = 9
    pulumi_up(cloud)
    send(approved(1, "2026-01-01T00:00:00Z"))
    send(approved(2, "2026-01-01T00:00:01Z"))
    send(approved(3, "2026-01-01T00:00:02Z"))
    pass_time(cloud)
    for _ in range(3):
        send(SETTLED)
        pass_time(cloud)
    assert outcomes(releases) == [(3, "succeeded")]
    assert calls(caplog) == []


def test_if_the_newest_is_refused_the_next_one_that_waits_is_released(
    cloud: Any, releases: Releases, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.ticks = 9
    pulumi_up(cloud)
    send(approved(2, "2026-01-01T00:00:00Z"))
    send(approved(3, "2026-01-01T00:00:01Z"))
    decide(cloud, 3, "Rejected")
    pass_time(cloud)
    send(SETTLED)
    pass_time(cloud)
    send(SETTLED)
    assert outcomes(releases) == [(2, "succeeded")]
    assert ["Version 3 of churn is Rejected" in message for message in calls(caplog)] == [True]


def test_an_older_version_does_not_replace_a_newer_one_and_calls_a_person(
    cloud: Any, releases: Releases, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    releases.deploy(2)
    assert send(approved(1)) == "refused"
    (message,) = calls(caplog)
    assert "version 2, which serves ml-prod-churn, is newer" in message
    assert "groundplan release deploy TARGET 1" in message
    assert releases.status()["version"] == 2


def test_an_older_version_replaces_one_that_was_rejected(
    cloud: Any, releases: Releases, send: Any
) -> None:
    releases.deploy(2)
    decide(cloud, 2, "Rejected")
    assert send(approved(1)) == "in-progress"


@pytest.mark.parametrize("operation", ["CreateModel", "UpdateEndpoint", "PutObject", "GetObject"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_approval_whose_function_was_killed_is_taken_up_by_the_clock(
    cloud: Any, releases: Releases, send: Any, operation: str, after: bool
) -> None:
    class Killed(BaseException):
        pass

    def dies(name: str) -> None:
        # The approval is the first thing that is written, and before it Lambda retries.
        if name == operation and cloud.calls.count("PutObject") > (name == "PutObject"):
            raise Killed

    setattr(cloud, "after" if after else "before", dies)
    with pytest.raises(Killed):
        send(approved(2))
    cloud.before = cloud.after = lambda _operation: None

    for _ in range(3):
        send(HOUR)
        pass_time(cloud)
    assert outcomes(releases) == [(2, "succeeded")]
    assert send(HOUR) is None
    assert cloud.calls.count("UpdateEndpoint") == 1 + (operation == "UpdateEndpoint" and not after)


def test_a_release_that_does_not_end_calls_people(
    cloud: Any, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.ticks = 1000
    send(approved(2))
    send(HOUR)
    assert calls(caplog) == []
    cloud.s3_clock = datetime.timedelta(hours=2)
    assert send(HOUR) == "in-progress"
    (message,) = calls(caplog)
    assert "has not ended within 75 minutes" in message


def test_an_approval_that_waits_for_long_calls_people(
    cloud: Any, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.ticks = 1000
    pulumi_up(cloud)
    send(approved(2))
    assert calls(caplog) == []
    cloud.s3_clock = datetime.timedelta(hours=2)
    assert send(HOUR) == "deferred"
    (message,) = calls(caplog)
    assert message.startswith("ml-prod-churn: deferred: Version 2 waits for 120 minutes")
    assert "is being updated to by-pulumi" in message


def test_a_lost_event_of_an_approval_is_made_up_for_once(
    cloud: Any, releases: Releases, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Version 3 was approved, and no event said so."""
    releases.deploy(2)
    decide(cloud, 3, "Approved")
    assert send(SETTLED) == "in-progress"
    pass_time(cloud)
    send(SETTLED)
    assert outcomes(releases) == [(2, "succeeded"), (3, "succeeded")]


def test_a_refusal_is_not_repeated_by_every_event(
    cloud: Any, releases: Releases, send: Any, target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    releases.deploy(1)
    two_persons = dataclasses.replace(target, require_second_approver=True)
    for event in (approved(2), SETTLED, SETTLED, SETTLED):
        handler.answer(event, [two_persons], lambda _target: releases._clients)
    refused = [message for message in calls(caplog) if "Version 2" in message]
    assert len(refused) == 1
