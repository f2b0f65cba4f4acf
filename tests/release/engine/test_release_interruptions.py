"""Releases that crash, that AWS throttles or leaves without an answer, and that meet
each other.

After each, the end is the same as without it: one record, the endpoint where the record
says, no lock.
"""

import dataclasses
import datetime
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy, ReleaseError, Unfinished
from groundplan.release.engine.plan import Smoke
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

FIRST = "ml-prod-churn-config"
WHEN = ("release", "started_at", "ended_at")

STEPS = """
ListModelPackages DescribeModelPackage GetObject DescribeEndpoint DescribeEndpointConfig DescribeModel GetCallerIdentity
DescribeAlarms DescribeEndpoint PutObject GetObject DescribeEndpoint GetObject CreateModel CreateEndpointConfig
GetObject DescribeEndpoint GetObject PutObject UpdateEndpoint PutObject GetObject DescribeEndpoint DescribeEndpoint
DescribeEndpoint DescribeEndpoint DescribeEndpointConfig DescribeModel InvokeEndpoint DescribeEndpoint GetCallerIdentity
PutObject GetObject DeleteObject
""".split()  # noqa: E501, SIM905
"""All calls of a release with a smoke test, in order:
`test_release_calls_are_in_order` holds it to the truth."""

WRITES = [
    "PutObject",
    "CreateModel",
    "CreateEndpointConfig",
    "PutObject",
    "UpdateEndpoint",
    "PutObject",
    "PutObject",
]


class Killed(BaseException):
    """The process ends here."""


def timeless(record: Mapping[str, Any] | None) -> dict[str, Any]:
    assert record is not None
    return {key: value for key, value in record.items() if key not in WHEN}


def keys(cloud: Any) -> list[str]:
    expected = cloud.client("s3").list_objects_v2(Bucket="artifacts").get("Contents", ())
    return [entry["Key"].removeprefix("releases/ml-prod-churn/") for entry in expected]


def state(cloud: Any) -> dict[str, Any]:
    """Returns the state that a release leaves."""
    endpoint = cloud.endpoint("ml-prod-churn")
    return {
        "live": endpoint.endpoint_config_name,
        "status": endpoint.endpoint_status,
        "models": sorted(cloud.backend._models),
        "configs": sorted(cloud.backend.endpoint_configs),
        "lock": "lock.json" in keys(cloud),
        "records": sum(key.startswith("records/") for key in keys(cloud)),
    }


def smoke() -> Smoke:
    return Smoke.of(b'{"x": 1}')


def kill(cloud: Any, index: int, after: bool) -> None:
    """Ends the process at a later call."""
    count = itertools.count()

    def ends(_operation: str) -> None:
        if next(count) == index:
            raise Killed

    cloud.before, cloud.after = (
        (lambda _operation: None, ends) if after else (ends, lambda _operation: None)
    )


def calm(cloud: Any) -> None:
    cloud.before = cloud.after = lambda _operation: None


@pytest.fixture(scope="module")
def whole(undisturbed: Callable[[], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns state and record of an uninterrupted release of version 2."""
    with undisturbed() as (cloud, releases):
        record = timeless(releases.deploy(2, smoke()).record)
        return state(cloud), record


def test_release_calls_are_in_order(cloud: Any, releases: Releases) -> None:
    releases.deploy(2, smoke())
    assert cloud.calls == STEPS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("index", "operation"), [pytest.param(i, s, id=f"{i}-{s}") for i, s in enumerate(STEPS)]
)
def test_same_command_recovers_from_a_crash_at_any_call(
    cloud: Any,
    target: Target,
    connect: Callable[..., Releases],
    whole: Any,
    index: int,
    operation: str,
    after: bool,
) -> None:
    kill(cloud, index, after)
    with pytest.raises(Killed):
        connect(target).deploy(2, smoke())
    assert cloud.calls[-1] == operation
    calm(cloud)

    result = connect(target).deploy(2, smoke())

    expected, record = whole
    assert result.outcome in ("succeeded", "unchanged")
    assert state(cloud) == expected
    assert timeless(result.record) == record
    assert cloud.calls.count("UpdateEndpoint") <= (
        2 if operation == "UpdateEndpoint" and not after else 1
    )


@pytest.mark.parametrize(
    "index",
    [i for i, step in enumerate(STEPS) if step in {*WRITES, "DescribeEndpoint"} and i >= 10],
)
def test_resume_recovers_from_a_crash_after_the_lock(
    cloud: Any, target: Target, connect: Callable[..., Releases], whole: Any, index: int
) -> None:
    kill(cloud, index, after=False)
    with pytest.raises(Killed):
        connect(target).deploy(2, smoke())
    calm(cloud)
    # By then the stack says something else, which is not what was begun.
    later = dataclasses.replace(target, environment={"LOG_LEVEL": "debug"})
    cloud.who = "assumed-role/oncall/kim"

    result = connect(later).resume()

    expected, record = whole
    assert state(cloud) == expected
    assert result.record is not None
    assert timeless(result.record) == {
        **record,
        "ended_by": "arn:aws:sts::123456789012:assumed-role/oncall/kim",
    }
    assert connect(target).resume().outcome == "unchanged"


@pytest.mark.parametrize(
    ("error", "after"), [("ThrottlingException", False), ("ReadTimeout", True)]
)
@pytest.mark.parametrize(
    ("index", "operation"),
    # A model that does not answer is another matter: see the smoke tests.
    [pytest.param(i, s, id=f"{i}-{s}") for i, s in enumerate(STEPS) if s != "InvokeEndpoint"],
)
def test_throttling_and_timeouts_at_any_call_leave_nothing_half_done(
    cloud: Any,
    target: Target,
    connect: Callable[..., Releases],
    whole: Any,
    index: int,
    operation: str,
    error: str,
    after: bool,
) -> None:
    count = itertools.count()

    def nth(_operation: str) -> None:
        if next(count) == index:
            cloud.fail(operation, error, after=after)

    cloud.before = nth
    try:
        first = connect(target).deploy(2, smoke())
    except ReleaseError:
        calm(cloud)
        cloud.faults.clear()
        first = connect(target).deploy(2, smoke())
    calm(cloud)

    expected, record = whole
    assert first.outcome in ("succeeded", "unchanged")
    connect(target).resume()  # clears the lock away if nothing but its removal was lost
    assert state(cloud) == expected
    assert timeless(first.record) == record


def test_a_lost_answer_of_the_update_is_not_asked_for_again(cloud: Any, releases: Releases) -> None:
    cloud.fail("UpdateEndpoint", "ReadTimeout", after=True)
    with pytest.raises(Unfinished, match="ReadTimeout"):
        releases.deploy(2)
    assert releases.resume().outcome == "succeeded"
    assert cloud.calls.count("UpdateEndpoint") == 1


def test_botocore_retries_throttling_and_timeouts(
    cloud: Any, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the wire: two refusals by throttling, a time-out, then an answer."""
    import botocore.awsrequest  # type: ignore[import-untyped]
    import botocore.endpoint  # type: ignore[import-untyped]
    from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]

    naps: list[float] = []
    monkeypatch.setattr(
        botocore.endpoint, "time", type("Time", (), {"sleep": staticmethod(naps.append)})
    )
    clients = Clients.connect(target.region)
    body = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()

    class Raw:
        def stream(self, *_: Any, **__: Any) -> Any:
            yield body

    tries = itertools.count()

    def answer(request: Any, **_: Any) -> Any:
        number = next(tries)
        if number == 2:
            raise ReadTimeoutError(endpoint_url=request.url)
        if number < 2:
            return botocore.awsrequest.AWSResponse(
                request.url, 400, {"content-type": "application/x-amz-json-1.1"}, Raw()
            )
        return None

    clients.sagemaker.meta.events.register_first("before-send.sagemaker.DescribeEndpoint", answer)
    expected = clients.sagemaker.describe_endpoint(EndpointName="ml-prod-churn")

    assert expected["EndpointConfigName"] == FIRST
    assert len(naps) == 3
    assert clients.sagemaker.meta.config.retries["mode"] == "standard"


# A rollback by SageMaker that nobody saw.


def test_resume_detects_a_rollback_after_the_crash(cloud: Any, releases: Releases) -> None:
    cloud.ends = ["rolled-back"]
    kill(
        cloud, STEPS.index("UpdateEndpoint"), after=True
    )  # its acceptance isn't even in the journal
    with pytest.raises(Killed):
        releases.deploy(2)
    calm(cloud)
    for _ in range(6):
        cloud.client("sagemaker").describe_endpoint(EndpointName="ml-prod-churn")

    result = releases.resume()

    assert result.outcome == "rolled-back"
    assert cloud.calls.count("UpdateEndpoint") == 1
    assert state(cloud)["live"] == FIRST
    assert state(cloud)["lock"] is False


def test_an_update_that_was_never_sent_is_sent_by_the_resume(
    cloud: Any, releases: Releases
) -> None:
    cloud.endpoint("ml-prod-churn").failure_reason = "an old story"
    kill(cloud, STEPS.index("UpdateEndpoint"), after=False)
    with pytest.raises(Killed):
        releases.deploy(2)
    calm(cloud)
    # Autoscaling was here in the meantime: the endpoint was modified, but by no update
    # of ours.
    cloud.endpoint("ml-prod-churn").last_modified_time = datetime.datetime(
        2026, 11, 21, 13, tzinfo=datetime.UTC
    )

    assert releases.resume().outcome == "succeeded"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_rollback_after_a_failed_smoke_test_resumes_after_a_crash(
    cloud: Any, releases: Releases, after: bool
) -> None:
    def breaks(operation: str) -> None:
        if operation == "InvokeEndpoint":
            cloud.broken_models.add(cloud.endpoint("ml-prod-churn").endpoint_config_name)
        if operation == "UpdateEndpoint" and cloud.broken_models and not after:
            raise Killed

    def ends(operation: str) -> None:
        if operation == "UpdateEndpoint" and cloud.broken_models and after:
            raise Killed

    cloud.before, cloud.after = breaks, ends
    with pytest.raises(Killed):
        releases.deploy(2, smoke())
    calm(cloud)
    result = releases.resume()

    assert result.outcome == "rolled-back"
    assert state(cloud)["live"] == FIRST
    assert cloud.calls.count("InvokeEndpoint") == 1


def test_an_endpoint_that_does_not_settle_is_not_waited_for_for_ever(
    cloud: Any, releases: Releases, clock: Any
) -> None:
    cloud.ticks = 10_000
    with pytest.raises(Unfinished, match="is not over after 75 minutes"):
        releases.deploy(2)
    assert state(cloud)["lock"] is True
    assert clock.seconds == pytest.approx(4500, abs=31)
    cloud.updates["ml-prod-churn"].ticks = 1
    assert releases.resume().outcome == "succeeded"


def test_a_description_that_lags_behind_is_no_rollback(cloud: Any, releases: Releases) -> None:
    """DescribeEndpoint may show the state from before for a moment."""
    before = dict(cloud.client("sagemaker").describe_endpoint(EndpointName="ml-prod-churn"))
    stale = itertools.count()
    original = cloud._sagemaker_DescribeEndpoint

    def lagging(params: Any, moto: Any) -> Any:
        if "UpdateEndpoint" in cloud.calls and next(stale) < 2:
            return before
        return original(params, moto)

    cloud._sagemaker_DescribeEndpoint = lagging
    assert releases.deploy(2).outcome == "succeeded"


# Two at once.


def meets(cloud: Any, operation: str, other: Callable[[], Any], when: str = "before") -> list[Any]:
    """Runs another release during a call and returns its outcome."""
    came: list[Any] = []

    def act(name: str) -> None:
        if name == operation and not came:
            came.append(None)
            try:
                came[0] = other()
            except ReleaseError as error:
                came[0] = error

    setattr(cloud, when, act)
    return came


@pytest.mark.parametrize(
    "operation", ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint", "DescribeModel"]
)
def test_the_second_of_two_deploys_is_refused_and_the_first_is_not_disturbed(
    cloud: Any, target: Target, connect: Callable[..., Releases], operation: str
) -> None:
    connect(target).deploy(1)
    cloud.calls.clear()
    came = meets(
        cloud,
        "CreateModel" if operation == "DescribeModel" else operation,
        lambda: connect(target).deploy(1),
    )

    result = connect(target).deploy(2)

    assert result.outcome == "succeeded"
    assert isinstance(came[0], Busy) or came[0].outcome == "unchanged"
    assert [record["version"] for record in connect(target).trail.records()] == [1, 2]
    assert cloud.calls.count("UpdateEndpoint") == 1


def test_a_deploy_while_another_holds_the_lock_says_who_and_what_to_do(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    came = meets(cloud, "CreateModel", lambda: connect(target).deploy(1))
    connect(target).deploy(2)

    assert isinstance(came[0], Busy)
    for message in (
        "the deploy of version 2 on endpoint ml-prod-churn is not over",
        "deployer/jo",
        "release resume",
    ):
        assert message in str(came[0])


def test_a_release_that_comes_between_plan_and_lock_is_not_undone(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    came = meets(cloud, "PutObject", lambda: connect(target).deploy(1))

    with pytest.raises(Busy, match="has just ended"):
        connect(target).deploy(2)

    (record,) = connect(target).trail.records()
    assert came[0].outcome == "succeeded"
    assert record["version"] == 1
    assert state(cloud)["live"] == record["to"]["config"]
    assert state(cloud)["lock"] is False
    assert connect(target).deploy(2).outcome == "succeeded"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", sorted({*WRITES, "DeleteObject"}))
def test_two_deploys_of_one_version_are_one_release(
    cloud: Any,
    target: Target,
    connect: Callable[..., Releases],
    whole: Any,
    operation: str,
    when: str,
) -> None:
    came = meets(cloud, operation, lambda: connect(target).deploy(2, smoke()), when)

    result = connect(target).deploy(2, smoke())

    expected, record = whole
    assert result.outcome in ("succeeded", "unchanged")
    assert came[0].outcome in ("succeeded", "unchanged")
    assert state(cloud) == {**expected, "records": 1}
    assert timeless(result.record) == record


def test_a_rollback_does_not_break_into_a_deploy(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    connect(target).deploy(1)
    came = meets(cloud, "UpdateEndpoint", lambda: connect(target).rollback(), "after")
    connect(target).deploy(2)

    assert isinstance(came[0], Busy)


def test_lock_does_not_expire(cloud: Any, target: Target, connect: Callable[..., Releases]) -> None:
    kill(cloud, STEPS.index("CreateModel"), after=False)
    with pytest.raises(Killed):
        connect(target).deploy(2)
    calm(cloud)
    years = Releases(
        connect(target)._clients,
        target,
        now=lambda: datetime.datetime(2036, 1, 1, tzinfo=datetime.UTC),
    )
    with pytest.raises(Busy):
        years.deploy(1)


def test_a_lock_whose_release_is_recorded_is_cleared_away_by_the_next(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    kill(cloud, STEPS.index("DeleteObject") - 1, after=False)
    with pytest.raises(Killed):
        connect(target).deploy(2)
    calm(cloud)
    assert state(cloud)["lock"] is True

    assert connect(target).deploy(1).outcome == "succeeded"
    assert state(cloud)["lock"] is False


def test_only_the_lock_of_this_release_is_deleted(cloud: Any, releases: Releases) -> None:
    mine = releases.trail.lock({"release": "one"})
    releases.trail.unlock(mine)
    other = releases.trail.lock({"release": "two"})
    releases.trail.unlock(mine)

    assert releases.trail.held() == other


def test_a_conflict_of_two_writers_is_tried_again(cloud: Any, releases: Releases) -> None:
    cloud.fail("PutObject", "ConditionalRequestConflict", times=2)
    assert releases.trail.lock({"release": "one"}).release == "one"


def test_the_trail_out_of_reach_stops_a_release_before_it_begins(
    cloud: Any, releases: Releases
) -> None:
    cloud.fail("PutObject", "AccessDenied", times=99)
    with pytest.raises(ReleaseError, match="Nothing live was changed: PutObject: AccessDenied"):
        releases.deploy(2)
    assert "CreateModel" not in cloud.calls


def test_alarms_whose_history_cannot_be_read_do_not_keep_the_record_from_being_written(
    cloud: Any, releases: Releases
) -> None:
    cloud.ends = ["rolled-back"]
    cloud.fail("DescribeAlarmHistory", "AccessDenied", times=2)
    record = releases.deploy(2).record

    assert record is not None
    assert record["outcome"] == "rolled-back"
    assert "can't be read" in record["alarms_fired"][0]["why"]


@pytest.mark.parametrize(
    "error", ["InternalFailure", "ServiceUnavailable", "ExpiredTokenException"]
)
@pytest.mark.parametrize("operation", sorted(set(WRITES)))
def test_what_may_pass_never_counts_as_failed(
    cloud: Any, releases: Releases, operation: str, error: str
) -> None:
    cloud.fail(operation, error)
    with pytest.raises(ReleaseError):
        releases.deploy(2)
    assert releases.deploy(2).outcome == "succeeded"
    assert [record["outcome"] for record in releases.trail.records()] == ["succeeded"]


def test_throttling_of_the_smoke_test_says_nothing_of_the_model(
    cloud: Any, releases: Releases
) -> None:
    cloud.fail("InvokeEndpoint", "ThrottlingException")
    with pytest.raises(Unfinished):
        releases.deploy(2, smoke())
    result = releases.resume()  # the request is in the plan

    assert result.record is not None
    assert (result.outcome, result.record["smoke"]) == ("succeeded", "passed")


def test_autoscaling_that_gets_ahead_of_the_update_is_waited_for(
    cloud: Any, releases: Releases, clock: Any
) -> None:
    endpoint, looks = cloud.endpoint("ml-prod-churn"), itertools.count()

    def scales(operation: str) -> None:
        if operation == "UpdateEndpoint" and cloud.calls.count("UpdateEndpoint") == 1:
            endpoint.endpoint_status = "Updating"
        if operation == "DescribeEndpoint" and "UpdateEndpoint" in cloud.calls and next(looks) == 2:
            endpoint.endpoint_status = "InService"

    cloud.before = scales
    assert releases.deploy(2).outcome == "succeeded"
    assert cloud.calls.count("UpdateEndpoint") == 2
    assert clock.naps > 0
