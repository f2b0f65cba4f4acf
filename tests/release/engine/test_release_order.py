"""Releases by people whose clocks are off: the order is S3's."""

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine import history, pruning
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.records import Stored, in_order
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target
from hypothesis import given
from hypothesis import strategies as st

FIRST = "ml-prod-churn-config"
MINUTE = datetime.timedelta(minutes=1)
NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


@pytest.fixture(params=[True, False], ids=["minutes-apart", "in-one-second"])
def by(
    request: pytest.FixtureRequest, cloud: Any, connect: Callable[..., Releases], target: Target
) -> Callable[[int], Releases]:
    """Returns the releases of somebody whose clock is off by some minutes."""

    def releases(minutes: int) -> Releases:
        if request.param:
            cloud.s3_clock += MINUTE
        there = connect(target)
        now = datetime.datetime.now(datetime.UTC) + minutes * MINUTE
        return Releases(
            there._clients, target, patience=there._machine._moving._patience, now=lambda: now
        )

    return releases


def live(cloud: Any) -> str:
    return str(cloud.endpoint("ml-prod-churn").endpoint_config_name)


@pytest.mark.parametrize("slow", [-5, 0, 5])
def test_a_second_rollback_goes_further_back_whatever_the_laptops_clock_says(
    cloud: Any, by: Callable[[int], Releases], slow: int
) -> None:
    decide_all(cloud)
    configs = [FIRST]
    for version in (1, 2, 3):
        by(0).deploy(version)
        configs.append(live(cloud))
    for expected in reversed(configs[:-1]):
        by(slow).rollback()
        assert live(cloud) == expected


@pytest.mark.parametrize("slow", [-5, 5])
def test_the_last_release_is_the_last_one_whatever_the_clocks_say(
    cloud: Any, by: Callable[[int], Releases], slow: int
) -> None:
    by(0).deploy(1)
    by(slow).deploy(2)
    by(0).rollback()
    status = by(slow).status()
    assert (status["last"]["kind"], status["as_recorded"]) == ("rollback", True)
    assert [record["kind"] for record in by(0).trail.records()] == ["deploy", "deploy", "rollback"]


def test_the_newest_records_are_those_of_all_that_are_newest(
    cloud: Any, by: Callable[[int], Releases]
) -> None:
    assert by(0).trail.newest(5) == []
    by(0).deploy(1)
    by(0).deploy(2)
    by(0).rollback()
    trail = by(0).trail
    records = trail.records()
    for number in (1, 2, 3, 9):
        assert trail.newest(number) == records[-number:]
        for index, record in enumerate(records):
            assert trail.newest(number, record["release"]) == records[:index][-number:]
    with pytest.raises(Refused, match="has no record of other"):
        trail.newest(1, "other")
    cloud.requests.clear()
    trail.newest(1)
    read = [more["Key"] for name, more in cloud.requests if name == "GetObject"]
    times = {entry.at for entry in trail.entries("records/")}
    assert len(read) == (3 if len(times) == 1 else 2)


def test_pruning_retains_the_last_verified_whatever_the_clocks_say(
    cloud: Any, by: Callable[[int], Releases], target: Target
) -> None:
    decide_all(cloud)
    configs = []
    for version, minutes in ((1, 30), (2, 0), (3, -30)):
        by(minutes).deploy(version)
        configs.append(live(cloud))
    gone = pruning.prune(by(0)._clients, target, keep=1)
    assert [config for config, _ in gone] == [configs[0]]


def test_a_release_begins_when_s3_stored_its_lock(
    cloud: Any, by: Callable[[int], Releases]
) -> None:
    """Alarms since then are the release's: a clock that is fast would hide them."""
    before = cloud.s3_now()
    cloud.ends = ["rolled-back"]
    record = by(600).deploy(1).record
    assert record is not None
    assert before <= datetime.datetime.fromisoformat(record["started_at"])
    assert datetime.datetime.fromisoformat(record["started_at"]) <= cloud.s3_now() + MINUTE
    (since,) = {
        params["StartDate"] for name, params in cloud.requests if name == "DescribeAlarmHistory"
    }
    assert since.isoformat() == record["started_at"]


def test_rollback_from_a_configuration_in_the_middle_goes_to_the_one_before_it(
    cloud: Any, by: Callable[[int], Releases]
) -> None:
    """A person moved the endpoint back by hand: forward again would be to the bad
    one."""
    by(0).deploy(1)
    one = live(cloud)
    by(0).deploy(2)
    cloud.endpoint("ml-prod-churn").endpoint_config_name = one
    by(0).rollback()
    assert live(cloud) == FIRST


def decide_all(cloud: Any) -> None:
    for number in (1, 2, 3):
        cloud.client("sagemaker").update_model_package(
            ModelPackageArn=f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/{number}",
            ModelApprovalStatus="Approved",
        )


# The order alone.


def record(name: str, start: str, end: str, kind: str = "deploy") -> dict[str, Any]:
    return {
        "release": name,
        "kind": kind,
        "outcome": history.SUCCEEDED,
        "version": None,
        "package_arn": None,
        "from": {"config": start},
        "to": {"config": end, "model": end},
        "live": end,
    }


@given(
    st.lists(st.sampled_from("abcde"), min_size=2, max_size=9),
    st.lists(st.integers(-600, 600), min_size=9, max_size=9),
    st.randoms(use_true_random=False),
)
def test_records_are_in_the_order_of_s3_whatever_their_names(
    way: list[str], skews: list[int], random: Any
) -> None:
    moves = list(itertools.pairwise(way))
    stored = [
        Stored(
            NOON + number * MINUTE,
            record(f"{NOON + number * MINUTE + datetime.timedelta(seconds=skew)}", *move),
        )
        for number, (move, skew) in enumerate(zip(moves, skews, strict=False))
    ]
    shuffled = random.sample(stored, len(stored))
    assert in_order(shuffled) == [each.record for each in stored]


@given(
    st.lists(st.sampled_from("abcd"), min_size=2, max_size=9),
    st.lists(st.integers(-600, 600), min_size=9, max_size=9),
)
def test_records_of_one_second_form_a_chain_to_what_is_live(
    way: list[str], skews: list[int]
) -> None:
    moves = list(itertools.pairwise(way))
    stored = [
        Stored(NOON, record(f"{skew + 1000:05}-{number}", *move))
        for number, (move, skew) in enumerate(zip(moves, skews, strict=False))
    ]
    ordered = in_order(stored)
    assert len(ordered) == len(stored)
    for one, two in itertools.pairwise(ordered):
        assert one["live"] == two["from"]["config"]
    if way[0] != way[-1]:  # else each place of a circle may be its beginning
        assert ordered[-1]["live"] == way[-1]


def test_a_circle_begins_at_what_the_stack_created() -> None:
    """Two deploys and two rollbacks in one second, by somebody whose clock is slow."""
    stored = [
        Stored(NOON, record("5", "first", "one")),
        Stored(NOON, record("6", "one", "two")),
        Stored(NOON, record("1", "two", "one", "rollback")),
        Stored(NOON, record("2", "one", "first", "rollback")),
    ]
    assert [each["release"] for each in in_order(stored)] == ["5", "6", "1", "2"]


def test_records_that_form_no_chain_are_in_the_order_of_their_names() -> None:
    stored = [Stored(NOON, record("2", "x", "y")), Stored(NOON, record("1", "a", "b"))]
    assert [each["release"] for each in in_order(stored)] == ["1", "2"]
