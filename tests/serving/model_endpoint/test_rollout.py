import pytest
from groundplan.problems import Problem
from groundplan.serving.model_endpoint.choices import RolloutStrategy
from groundplan.serving.model_endpoint.rollout import Fleet, problems, resolve
from groundplan.serving.model_endpoint.rollout_args import RolloutArgs

CANARY, LINEAR, ROLLING, ALL_AT_ONCE = (
    RolloutStrategy.CANARY,
    RolloutStrategy.LINEAR,
    RolloutStrategy.ROLLING,
    RolloutStrategy.ALL_AT_ONCE,
)


def by_key(result: list[Problem]) -> dict[str, Problem]:
    keyed = {problem.key: problem for problem in result}
    assert len(keyed) == len(result)
    return keyed


def test_one_instance_shifts_all_at_once_and_several_as_a_canary() -> None:
    assert resolve(Fleet(1), {}).strategy is ALL_AT_ONCE
    assert resolve(Fleet(2), {}).strategy is CANARY


@pytest.mark.parametrize(
    ("instances", "percent", "whole"),
    [
        (2, 50, None),
        (3, 33, 1),
        (4, 25, None),
        (5, 20, None),
        (6, 33, 2),
        (7, 28, 2),
        (40, 20, None),
        (41, 21, 9),
    ],
)
@pytest.mark.parametrize("strategy", [CANARY, LINEAR, ROLLING])
def test_a_first_step_is_whole_instances_and_never_too_small_for_the_alarms(
    instances: int, percent: int, whole: int | None, strategy: RolloutStrategy
) -> None:
    resolved = resolve(Fleet(instances), {"strategy": strategy})
    assert (resolved.percent, resolved.instances) == (percent, whole)


def test_variants_of_several_sizes_share_a_percentage() -> None:
    resolved = resolve(Fleet(3, variants=2), {})
    assert (resolved.percent, resolved.instances) == (33, None)


@pytest.mark.parametrize(("instances", "steps"), [(3, 3), (6, 3), (7, 4), (4, 4)])
def test_steps_of_whole_instances_are_counted_in_instances(instances: int, steps: int) -> None:
    assert resolve(Fleet(instances), {"strategy": LINEAR}).steps == steps


@pytest.mark.parametrize("instances", [1, 2, 3, 100])
@pytest.mark.parametrize("strategy", RolloutStrategy)
def test_the_defaults_have_no_problems(instances: int, strategy: RolloutStrategy) -> None:
    rollout: RolloutArgs = {} if instances == 1 else {"strategy": strategy}
    assert problems(Fleet(instances), rollout) == []


@pytest.mark.parametrize("strategy", [CANARY, LINEAR, ROLLING])
def test_one_instance_has_no_steps(strategy: RolloutStrategy) -> None:
    result = by_key(problems(Fleet(1), {"strategy": strategy}))

    assert set(result) == {"rollout.strategy"}
    assert (
        result["rollout.strategy"].fix
        == "set rollout.strategy to all-at-once, or set instance_count to 2"
    )
    assert problems(Fleet(2), {"strategy": strategy}) == []
    assert problems(Fleet(1), {"strategy": ALL_AT_ONCE}) == []


@pytest.mark.parametrize(
    ("key", "low", "high", "strategy"),
    [
        ("canary_percent", 1, 50, CANARY),
        ("step_percent", 10, 50, LINEAR),
        ("batch_percent", 10, 50, ROLLING),
        ("rollback_batch_percent", 5, 100, ROLLING),
        ("wait_seconds", 180, 1400, CANARY),
        ("termination_wait_seconds", 0, 2500, CANARY),
        ("timeout_seconds", 1000, 14400, CANARY),
    ],
)
def test_the_limits_themselves_are_allowed(
    key: str, low: int, high: int, strategy: RolloutStrategy
) -> None:
    for value in (low, high):
        assert problems(Fleet(4), {"strategy": strategy, key: value}) == []  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("canary_percent", 1, 50),
        ("step_percent", 10, 50),
        ("batch_percent", 5, 50),
        ("rollback_batch_percent", 5, 100),
        ("wait_seconds", 0, 3600),
        ("termination_wait_seconds", 0, 3600),
        ("timeout_seconds", 600, 14400),
    ],
)
def test_what_sagemaker_refuses_is_a_problem(key: str, low: int, high: int) -> None:
    strategy = {
        "step_percent": LINEAR,
        "batch_percent": ROLLING,
        "rollback_batch_percent": ROLLING,
    }.get(key, CANARY)
    for value in (low - 1, high + 1):
        result = by_key(problems(Fleet(4), {"strategy": strategy, key: value}))  # type: ignore[misc]
        assert set(result) == {f"rollout.{key}"}
        assert f"from {low} to {high}" in result[f"rollout.{key}"].allowed


def test_the_step_of_another_strategy_is_a_problem() -> None:
    result = by_key(
        problems(
            Fleet(2),
            {
                "strategy": ALL_AT_ONCE,
                "canary_percent": 20,
                "step_percent": 20,
                "batch_percent": 20,
            },
        )
    )

    for key in ("canary_percent", "step_percent", "batch_percent"):
        assert result[f"rollout.{key}"].fix == f"remove rollout.{key}"
    (alone,) = problems(Fleet(2), {"strategy": ALL_AT_ONCE, "step_percent": 20})
    assert alone.fix == "remove rollout.step_percent, or set rollout.strategy to linear"
    (single,) = problems(Fleet(1), {"step_percent": 20})
    assert single.fix == "remove rollout.step_percent"  # one instance has no linear rollout
    assert set(by_key(problems(Fleet(2), {"rollback_batch_percent": 50}))) == {
        "rollout.rollback_batch_percent"
    }


@pytest.mark.parametrize("fleet", [Fleet(4, variants=2), Fleet(4, shadow=True)])
def test_a_rolling_update_has_one_variant(fleet: Fleet) -> None:
    (result,) = problems(fleet, {"strategy": ROLLING})

    assert (result.key, result.fix) == ("rollout.strategy", "set rollout.strategy to canary")
    assert problems(fleet, {"strategy": CANARY}) == []


def test_inf1_instances_shift_all_at_once_only() -> None:
    assert resolve(Fleet(4, inf1=True), {}).strategy is ALL_AT_ONCE
    for strategy in (CANARY, LINEAR, ROLLING):
        (result,) = problems(Fleet(4, inf1=True), {"strategy": strategy})
        assert result.key == "rollout.strategy"
        assert "Inf1" in result.allowed


def test_a_rolling_update_has_no_termination_wait() -> None:
    assert resolve(Fleet(4), {"strategy": ROLLING, "wait_seconds": 200}).total_wait_seconds == 800
    (result,) = problems(Fleet(4), {"strategy": ROLLING, "termination_wait_seconds": 300})
    assert result.key == "rollout.termination_wait_seconds"


def test_the_runtime_waits_longer_than_pulumi() -> None:
    slow: RolloutArgs = {
        "strategy": LINEAR,
        "step_percent": 10,
        "wait_seconds": 900,
        "timeout_seconds": 14400,
    }

    assert set(by_key(problems(Fleet(10), slow))) == {"rollout.wait_seconds"}
    assert problems(Fleet(10), slow, limit_seconds=None) == []
    assert set(
        by_key(problems(Fleet(10), {**slow, "timeout_seconds": 9300}, limit_seconds=None))
    ) == {"rollout.timeout_seconds"}


def test_the_waits_add_up_step_by_step() -> None:
    times: RolloutArgs = {"wait_seconds": 100, "termination_wait_seconds": 30}
    assert resolve(Fleet(1), times).total_wait_seconds == 130
    assert resolve(Fleet(2), times).total_wait_seconds == 230
    assert (
        resolve(Fleet(2), {"strategy": LINEAR, "step_percent": 30, **times}).total_wait_seconds
        == 430
    )


def test_a_rollout_must_be_able_to_end_before_its_timeout() -> None:
    result = by_key(problems(Fleet(2), {"timeout_seconds": 900}))

    assert set(result) == {"rollout.timeout_seconds"}
    assert "more than 900" in result["rollout.timeout_seconds"].allowed
    assert problems(Fleet(2), {"timeout_seconds": 901}) == []


def test_a_rollout_must_be_able_to_end_while_pulumi_waits() -> None:
    steps: RolloutArgs = {
        "strategy": LINEAR,
        "step_percent": 10,
        "wait_seconds": 330,
        "timeout_seconds": 14400,
    }

    result = by_key(problems(Fleet(10), steps))
    assert set(result) == {"rollout.wait_seconds"}
    assert "less than 3600" in result["rollout.wait_seconds"].allowed
    assert "now 3600" in result["rollout.wait_seconds"].allowed
    assert result["rollout.wait_seconds"].fix == "set rollout.wait_seconds to 300"
    assert problems(Fleet(10), {**steps, "termination_wait_seconds": 299}) == []


def test_a_step_must_last_as_long_as_the_evaluation_of_an_alarm() -> None:
    assert set(by_key(problems(Fleet(2), {"wait_seconds": 179}))) == {"rollout.wait_seconds"}
    assert problems(Fleet(2), {"wait_seconds": 180, "termination_wait_seconds": 0}) == []
    assert set(by_key(problems(Fleet(2), {}, evaluation_minutes=6))) == {"rollout.wait_seconds"}


def test_the_old_fleet_of_an_all_at_once_rollout_must_last_as_long_as_well() -> None:
    assert set(by_key(problems(Fleet(1), {"termination_wait_seconds": 0}))) == {
        "rollout.termination_wait_seconds"
    }
