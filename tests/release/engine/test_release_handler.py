"""The Lambda function that starts and completes releases on events."""

import dataclasses
import json
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from groundplan.release.engine import handler
from groundplan.release.engine.errors import Refused, Unfinished
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"


def approved(version: int, time: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    """As in "Events that Amazon SageMaker AI sends to Amazon EventBridge", model
    package state change."""
    return {
        "version": "0",
        "id": "844e2571-85d4-695f-b930-0153b71dcb42",
        "detail-type": "SageMaker Model Package State Change",
        "source": "aws.sagemaker",
        "time": time,
        "region": "eu-west-1",
        "resources": [f"{ARN}{version}"],
        "detail": {
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": version,
            "ModelPackageArn": f"{ARN}{version}",
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": "Approved",
            **more,
        },
    }


def settled(endpoint: str = "ml-prod-churn", status: str = "IN_SERVICE") -> dict[str, Any]:
    return {
        "detail-type": "SageMaker Endpoint State Change",
        "source": "aws.sagemaker",
        "time": "2026-11-21T12:00:00Z",
        "detail": {"EndpointName": endpoint, "EndpointStatus": status},
    }


@pytest.fixture
def send(cloud: Any, releases: Releases, target: Target) -> Any:
    def sent(event: Mapping[str, Any], to: Target = target) -> dict[str, str] | None:
        return handler.answer(event, [to], lambda _target: releases._clients).get(to.endpoint)

    return sent


def pass_time(cloud: Any) -> None:
    for _ in range(cloud.ticks + 1):
        cloud.client("sagemaker").describe_endpoint(EndpointName="ml-prod-churn")


def records(releases: Releases) -> list[tuple[Any, str]]:
    return [(record["version"], record["outcome"]) for record in releases.trail.records()]


def test_approved_version_is_released_and_recorded(
    cloud: Any, releases: Releases, send: Any
) -> None:
    begun = send(approved(2))
    assert begun["outcome"] == "in-progress"
    assert cloud.endpoint("ml-prod-churn").endpoint_status == "Updating"
    assert records(releases) == []

    pass_time(cloud)
    ended = send(settled())
    assert ended["outcome"] == "succeeded"
    assert records(releases) == [(2, "succeeded")]
    assert releases.trail.records()[0]["why"] == "approved in the registry"
    assert releases.trail.held() is None


def test_a_silent_rollback_is_recorded(cloud: Any, releases: Releases, send: Any) -> None:
    cloud.ends = ["rolled-back"]
    send(approved(2))
    pass_time(cloud)
    assert send(settled())["outcome"] == "rolled-back"
    assert records(releases) == [(2, "rolled-back")]


def test_duplicate_events_have_no_effect(cloud: Any, releases: Releases, send: Any) -> None:
    send(approved(2))
    assert send(approved(2))["outcome"] == "in-progress"
    assert send(settled(status="UPDATING"))["outcome"] == "in-progress"
    pass_time(cloud)
    send(settled())
    assert send(settled())["outcome"] == "unchanged"
    assert send(approved(2))["outcome"] == "recorded"
    assert cloud.calls.count("UpdateEndpoint") == 1
    assert records(releases) == [(2, "succeeded")]


def test_a_late_twin_of_the_event_does_not_bring_a_rolled_back_version_back(
    cloud: Any, releases: Releases, send: Any
) -> None:
    cloud.ends = ["rolled-back"]
    send(approved(2))
    pass_time(cloud)
    send(settled())

    assert send(approved(2))["outcome"] == "recorded"
    assert cloud.calls.count("UpdateEndpoint") == 1
    assert (
        send(approved(2, time="2099-01-01T00:00:00Z"))["outcome"] == "in-progress"
    )  # a new approval is a new wish


def test_other_changes_of_an_approved_version_start_no_release(send: Any) -> None:
    assert send(approved(2, UpdatedModelPackageFields=["CustomerMetadataProperties"])) is None
    assert send(approved(2, ModelApprovalStatus="Rejected")) is None
    assert send(approved(2, ModelPackageGroupName="other")) is None
    assert (
        send(approved(2, UpdatedModelPackageFields=["ModelApprovalStatus"]))["outcome"]
        == "in-progress"
    )


def test_what_is_approved_during_a_release_follows_it(
    cloud: Any, releases: Releases, send: Any
) -> None:
    send(approved(1))
    assert send(approved(2))["outcome"] == "deferred"
    pass_time(cloud)
    followed = send(settled())

    assert followed["outcome"] == "in-progress"
    assert records(releases) == [(1, "succeeded")]
    pass_time(cloud)
    send(settled())
    assert records(releases) == [(1, "succeeded"), (2, "succeeded")]


def test_after_a_rollback_by_a_person_nothing_is_released_by_itself(
    cloud: Any, releases: Releases, send: Any
) -> None:
    for version in (1, 2):
        releases.deploy(version)
    releases.rollback()
    assert send(settled())["outcome"] == "unchanged"
    assert releases.status()["version"] == 1


def test_an_endpoint_that_was_never_released_to_is_left_alone(
    cloud: Any, releases: Releases, send: Any
) -> None:
    assert send(settled())["outcome"] == "unchanged"
    assert "UpdateEndpoint" not in cloud.calls
    assert send(settled("other")) is None


def test_refused_release_is_logged_and_not_retried(cloud: Any, send: Any) -> None:
    answer = send(approved(3))  # its approval was taken back
    assert answer["outcome"] == "refused"
    assert "PendingManualApproval" in answer["message"]


def test_retryable_error_is_raised_for_lambda_to_retry(cloud: Any, send: Any) -> None:
    cloud.fail("UpdateEndpoint")
    with pytest.raises(Unfinished):
        send(approved(2))
    assert send(approved(2))["outcome"] == "in-progress"


def test_a_busy_endpoint_is_not_waited_for(
    cloud: Any, releases: Releases, send: Any, clock: Any
) -> None:
    cloud.endpoint("ml-prod-churn").endpoint_status = "Updating"  # autoscaling
    assert send(approved(2))["outcome"] == "in-progress"
    cloud.endpoint("ml-prod-churn").endpoint_status = "InService"
    assert send(settled())["outcome"] == "in-progress"
    assert cloud.endpoint("ml-prod-churn").endpoint_status == "Updating"
    assert clock.naps == 0


CLOCK = {
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-11-21T12:00:00Z",
    "detail": {},
}


def test_schedule_completes_a_release_without_an_end_event(
    cloud: Any, releases: Releases, send: Any
) -> None:
    send(approved(1))
    assert send(CLOCK)["outcome"] == "in-progress"
    assert send(approved(2))["outcome"] == "deferred"
    pass_time(cloud)
    assert send(CLOCK)["outcome"] == "in-progress"  # of version 2, which waited
    assert records(releases) == [(1, "succeeded")]


def test_schedule_starts_no_release(cloud: Any, releases: Releases, send: Any) -> None:
    releases.deploy(1)
    calls = cloud.calls.count("UpdateEndpoint")
    assert (
        send(CLOCK) is None
    )  # version 2 is approved: its own event says so, and again if nobody could act on it
    assert cloud.calls.count("UpdateEndpoint") == calls


def test_group_accepts_an_arn(target: Target, send: Any) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/churn"
    assert send(approved(2), dataclasses.replace(target, model_package_group=arn)) is not None


def test_approved_version_that_is_not_live_is_logged_as_error(
    cloud: Any, send: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.ends = ["rolled-back"]
    send(approved(2))
    assert errors(caplog) == []
    pass_time(cloud)
    send(settled())
    send(approved(3))
    messages = errors(caplog)
    assert [message.split(": ")[:2] for message in messages] == [
        ["ml-prod-churn", "rolled-back"],
        ["ml-prod-churn", "refused"],
    ]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the alarm on the function's log counts
    (`groundplan.release.component.failures`)."""
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert {record.name for record in logged} <= {"groundplan.release.engine.handler"}
    return [record.getMessage() for record in logged]


def test_one_endpoint_does_not_keep_another_from_its_turn(
    releases: Releases, target: Target
) -> None:
    def connect(asked: Target) -> Any:
        if asked.endpoint == "broken":
            raise Unfinished("out of order")
        return releases._clients

    broken = dataclasses.replace(target, endpoint="broken")
    with pytest.raises(Unfinished, match="out of order"):
        handler.answer(approved(2), [broken, target], connect)
    held = releases.trail.held()
    assert held is not None
    assert held.plan["endpoint"] == "ml-prod-churn"


def test_targets_come_from_the_environment_or_a_file(
    export: dict[str, Any], tmp_path: pathlib.Path
) -> None:
    text = json.dumps({"churn": export})
    (tmp_path / "targets.json").write_text(text)

    (one,) = handler.targets({"GROUNDPLAN_TARGETS": text})
    (two,) = handler.targets({"GROUNDPLAN_TARGETS_FILE": str(tmp_path / "targets.json")})
    assert one == two
    assert one.endpoint == "ml-prod-churn"
    with pytest.raises(Refused, match="There are no release targets"):
        handler.targets({})


def test_lambda_calls_it_with_an_event_and_a_context(
    cloud: Any, export: dict[str, Any], monkeypatch: pytest.MonkeyPatch, releases: Releases
) -> None:
    monkeypatch.setenv("GROUNDPLAN_TARGETS", json.dumps({"churn": export}))
    answer = handler.handle(approved(2), None)
    assert answer["answers"]["ml-prod-churn"]["outcome"] == "in-progress"


@pytest.mark.parametrize(
    "module", ["groundplan.release.engine.handler", "groundplan.release.engine.pruning"]
)
def test_the_runtime_needs_boto3_and_the_standard_library_only(module: str) -> None:
    code = (
        f"import sys, {module}; print(sorted({{'pulumi', 'pulumi_aws', 'click', 'rich', "
        "'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
