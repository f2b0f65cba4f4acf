"""What stops, what starts again, and why."""

import pytest
from groundplan.cost_guard.engine.decision import (
    Kind,
    Level,
    Reason,
    Situation,
    Start,
    Stop,
    Target,
    after,
    decide,
)

POOL = Target(Kind.POOL, "gpu-1", "gpu", was={"minSize": 1, "desiredSize": 4})
ENDPOINT = Target(Kind.ENDPOINT, "churn-1", "churn", was={"config": "c-1", "tags": []})
NOTEBOOK = Target(Kind.NOTEBOOK, "nb", "nb", team="search")
JOB = Target(Kind.TRAINING_JOB, "job", "job", team="search")
ALL = (POOL, ENDPOINT, NOTEBOOK, JOB)


def stops(situation: Situation) -> dict[Kind, tuple[Reason, Level]]:
    return {
        step.target.kind: (step.reason, step.level)
        for step in decide(ALL, situation, {})
        if isinstance(step, Stop)
    }


def test_nothing_stops_without_a_reason() -> None:
    assert list(decide(ALL, Situation(), {})) == []


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (Situation(expired=True, open=False), Reason.EXPIRED),
        (Situation(near_ceiling=True, open=False), Reason.CEILING),
        (Situation(over=frozenset({"environment"})), Reason.BUDGET),
    ],
)
def test_the_strongest_reason_stops_everything(situation: Situation, reason: Reason) -> None:
    assert stops(situation) == {target.kind: (reason, Level.STOPPED) for target in ALL}


def test_a_closed_pool_and_a_job_let_what_runs_finish() -> None:
    assert stops(Situation(open=False)) == {
        Kind.POOL: (Reason.CLOSED, Level.CLOSED),
        Kind.ENDPOINT: (Reason.CLOSED, Level.STOPPED),
        Kind.NOTEBOOK: (Reason.CLOSED, Level.STOPPED),
    }


def test_a_teams_budget_stops_what_is_the_teams() -> None:
    over = Situation(over=frozenset({"team:search"}))
    assert stops(over).keys() == {Kind.NOTEBOOK, Kind.TRAINING_JOB}


def test_a_models_budget_stops_its_endpoint() -> None:
    assert stops(Situation(over=frozenset({"model:churn"}))).keys() == {Kind.ENDPOINT}
    assert stops(Situation(over=frozenset({"model:other"}))) == {}


def test_what_idles_stops_alone() -> None:
    assert stops(Situation(idle=frozenset({NOTEBOOK.key}))) == {
        Kind.NOTEBOOK: (Reason.IDLE, Level.STOPPED)
    }


def test_a_pool_that_is_closed_is_stopped_when_the_ceiling_is_near() -> None:
    closed = Target(Kind.POOL, "gpu-1", "gpu", Level.CLOSED)
    assert [s.level for s in decide([closed], Situation(near_ceiling=True), {})] == [Level.STOPPED]  # type: ignore[union-attr]
    assert list(decide([closed], Situation(open=False), {})) == []


def test_what_the_guard_stopped_starts_with_the_sizes_of_before() -> None:
    stopped = after(list(decide(ALL, Situation(open=False), {})), ALL, {})
    closed = Target(Kind.POOL, "gpu-1", "gpu", Level.CLOSED, was={"minSize": 0, "desiredSize": 2})
    # Stopped harder meanwhile: the sizes stay those of the beginning.
    stopped = after(list(decide([closed], Situation(expired=True), stopped)), [closed], stopped)
    gone = Target(Kind.POOL, "gpu-1", "gpu", Level.STOPPED)
    deleted = Target(Kind.ENDPOINT, "churn-1", "churn", Level.STOPPED)
    steps = list(decide([gone, deleted], Situation(), stopped))
    assert steps == [
        Start(gone, {"minSize": 1, "desiredSize": 4}),
        Start(deleted, {"config": "c-1", "tags": []}),
    ]
    # Until it is seen to run, a start is tried again.
    assert after(steps, [gone, deleted], stopped).keys() >= {gone.key, deleted.key}
    assert POOL.key not in after([], ALL, stopped)


def test_what_somebody_else_stopped_stays_stopped() -> None:
    deleted = Target(Kind.ENDPOINT, "churn-1", "churn", Level.STOPPED)
    assert list(decide([deleted], Situation(), {})) == []


def test_an_endpoint_that_idled_waits_for_a_person() -> None:
    stopped = after(
        list(decide([ENDPOINT], Situation(idle=frozenset({ENDPOINT.key})), {})), [ENDPOINT], {}
    )
    deleted = Target(Kind.ENDPOINT, "churn-1", "churn", Level.STOPPED)
    assert list(decide([deleted], Situation(), stopped)) == []
