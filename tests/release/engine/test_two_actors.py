"""Two actors at one endpoint, the second at each AWS call of the first: people whose
clocks are off, and the function.

Every seventh call in CI; GROUNDPLAN_EXAMPLES asks for all.
"""

import datetime
import itertools
import os
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import handler, live
from groundplan.release.engine.errors import ReleaseError
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

ENDPOINT = "ml-prod-churn"
FIRST = "ml-prod-churn-config"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"
HOUR = {"detail-type": "Scheduled Event", "detail": {}}
STEP = 1 if "GROUNDPLAN_EXAMPLES" in os.environ else 7
LONGEST = 120
"""Calls of an actor, at most."""


class Actors:
    """Who acts on the endpoint, and whom the function called."""

    def __init__(self, cloud: Any, there: Releases, target: Target) -> None:
        self.cloud, self.target = cloud, target
        self._clients, self._patience = there._clients, there._machine._moving._patience
        self.calls: list[str] = []
        self.errors: list[ReleaseError] = []

    def person(self, name: str, minutes: int) -> Releases:
        """A person whose clock is off by some minutes."""
        self.cloud.who = f"assumed-role/deployer/{name}"
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        return Releases(self._clients, self.target, now=lambda: now, patience=self._patience)

    def function(self, event: dict[str, Any]) -> None:
        self.cloud.who = "assumed-role/releases-role/releases"
        handler.answer(event, [self.target], lambda _target: self._clients)

    def approves(self, version: int) -> None:
        self.cloud.client("sagemaker").update_model_package(
            ModelPackageArn=f"{ARN}{version}", ModelApprovalStatus="Approved"
        )
        detail = {
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": version,
            "ModelPackageArn": f"{ARN}{version}",
            "ModelApprovalStatus": "Approved",
        }
        kind, time = "SageMaker Model Package State Change", f"2030-01-01T00:00:0{version}Z"
        self.function({"detail-type": kind, "time": time, "detail": detail})

    def attempt(self, act: Callable[["Actors"], Any]) -> None:
        """Acts; what is refused as another is at work is refused."""
        before = self.cloud.who
        try:
            act(self)
        except ReleaseError as error:
            self.errors.append(error)
        self.cloud.who = before


Act = Callable[[Actors], Any]
DEPLOYS: Act = lambda actors: actors.person("jo", -5).deploy(1)  # noqa: E731
APPROVES: Act = lambda actors: actors.approves(2)  # noqa: E731
APPROVES_NEXT: Act = lambda actors: actors.approves(3)  # noqa: E731
ROLLS_BACK: Act = lambda actors: actors.person("jo", -5).rollback()  # noqa: E731
ROLLS_BACK_TOO: Act = lambda actors: actors.person("kim", 5).rollback()  # noqa: E731


@pytest.fixture
def actors(cloud: Any, releases: Releases, target: Target) -> Actors:
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=f"{ARN}2", ModelApprovalStatus="PendingManualApproval"
    )
    return Actors(cloud, releases, target)


def meet(actors: Actors, index: int, one: Act, two: Act) -> bool:
    """Runs the second actor before a call of the first. False if there was no such
    call."""
    count = [0]

    def interrupts(_operation: str) -> None:
        count[0] += 1
        if count[0] == index + 1:
            actors.cloud.before = lambda _operation: None
            actors.attempt(two)

    actors.cloud.before = interrupts
    actors.attempt(one)
    actors.cloud.before = lambda _operation: None
    return count[0] > index


def settle(actors: Actors) -> None:
    """Hours pass."""
    for _ in range(4):
        for _ in range(actors.cloud.ticks + 1):
            actors.cloud.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)
        actors.function(HOUR)


def serving(actors: Actors) -> int | None:
    config = live.config(actors._clients, actors.cloud.endpoint(ENDPOINT).endpoint_config_name)
    return live.version_of(live.package_of(actors._clients, live.model_of(config, "primary")))


def require_whole(actors: Actors, releases: Releases) -> None:
    """No lock, no approval that waits; the last record says what serves."""
    status = releases.status()
    assert (status["under_way"], status["problems"], status["as_recorded"]) == (None, [], True)
    records = releases.trail.records()
    assert all(record["outcome"] == "succeeded" for record in records)
    for one, two in itertools.pairwise(records):
        assert one["live"] == two["from"]["config"]


def rounds(cloud: Any) -> Any:
    """Calls of the first actor, each in an account as it is now."""
    client = cloud.client("s3")

    def keys() -> set[str]:
        contents = client.list_objects_v2(Bucket="artifacts").get("Contents", ())
        return {entry["Key"] for entry in contents}

    before, config = keys(), cloud.endpoint(ENDPOINT).endpoint_config_name
    for index in range(0, LONGEST, STEP):
        yield index
        cloud.endpoint(ENDPOINT).endpoint_config_name = config
        for key in keys() - before:
            client.delete_object(Bucket="artifacts", Key=key)
        for version in (2, 3):
            cloud.client("sagemaker").update_model_package(
                ModelPackageArn=f"{ARN}{version}", ModelApprovalStatus="PendingManualApproval"
            )


@pytest.mark.parametrize(
    ("one", "two", "newest"),
    [
        (DEPLOYS, APPROVES, 2),
        (APPROVES, DEPLOYS, 2),
        (APPROVES, APPROVES_NEXT, 3),
        (APPROVES_NEXT, APPROVES, 3),
    ],
    ids=["person-function", "function-person", "two-approvals", "two-approvals-reversed"],
)
def test_the_newest_approved_version_serves_wherever_two_actors_meet(
    cloud: Any, actors: Actors, releases: Releases, one: Act, two: Act, newest: int
) -> None:
    for index in rounds(cloud):
        met = meet(actors, index, one, two)
        settle(actors)
        require_whole(actors, releases)
        if not met:
            assert index > 20
            return
        by_hand = releases.trail.records()[-1]["why"] == ""
        assert serving(actors) == newest or by_hand, index


@pytest.mark.parametrize(
    ("one", "two"),
    [(ROLLS_BACK, ROLLS_BACK_TOO), (ROLLS_BACK_TOO, ROLLS_BACK)],
    ids=["slow-first", "fast-first"],
)
def test_two_rollbacks_that_meet_never_go_forward(
    cloud: Any, actors: Actors, releases: Releases, one: Act, two: Act
) -> None:
    way = [FIRST]
    for version in (1, 2):
        cloud.client("sagemaker").update_model_package(
            ModelPackageArn=f"{ARN}{version}", ModelApprovalStatus="Approved"
        )
        releases.deploy(version)
        way.append(cloud.endpoint(ENDPOINT).endpoint_config_name)
    for index in rounds(cloud):
        met = meet(actors, index, one, two)
        require_whole(actors, releases)
        if not met:
            assert index > 20
            return
        done = [r for r in releases.trail.records() if r["kind"] == "rollback"]
        assert 1 <= len(done) <= 2, index
        assert cloud.endpoint(ENDPOINT).endpoint_config_name == way[-1 - len(done)], index


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_rollback_that_meets_an_approval_is_the_last_word_or_is_followed_by_it(
    cloud: Any, actors: Actors, releases: Releases, minutes: int
) -> None:
    releases.deploy(1)
    one = cloud.endpoint(ENDPOINT).endpoint_config_name
    for index in rounds(cloud):
        met = meet(actors, index, lambda actors: actors.person("jo", minutes).rollback(), APPROVES)
        settle(actors)
        require_whole(actors, releases)
        if not met:
            assert index > 20
            return
        last = releases.trail.records()[-1]
        if last["kind"] == "rollback":  # the approval came first, and was taken back
            assert last["live"] in (FIRST, one), index
        else:
            assert serving(actors) == 2, index


@pytest.mark.parametrize("waits", [True, False])
def test_release_that_another_went_on_with_before_its_beginner_could_is_recorded(
    cloud: Any,
    target: Target,
    connect: Callable[..., Releases],
    waits: bool,
) -> None:
    """The beginner stops between its lock and its next look; meanwhile the function
    moves the endpoint by the plan of the lock."""
    locked = False

    def meet(operation: str) -> None:
        nonlocal locked
        if operation == "GetObject" and cloud.calls[-2:-1] == ["PutObject"] and not locked:
            locked = True
            connect(target).resume(wait=waits)
            while not waits and cloud.updates:
                live.endpoint(connect(target)._clients, ENDPOINT)

    cloud.before = meet
    result = connect(target).deploy(2)
    assert locked
    assert result.outcome == "succeeded"
    trail = connect(target).trail
    assert [record["outcome"] for record in trail.records()] == ["succeeded"]
    assert (trail.held(), cloud.calls.count("UpdateEndpoint")) == (None, 1)
