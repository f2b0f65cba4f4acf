"""The spending ceilings of a platform and its teams, enforced by queues and refused
where they can't be."""

from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.platform.training_platform import TrainingPlatform
from groundplan.training.queues.flavor import Flavor
from groundplan.training.teams import team_ceiling
from groundplan.training.teams.team_spec import resolve

QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue"

POOLS: Any = {
    "gpu": {
        "nodes": 4,
        "cpu": 96,
        "memory_gib": 1000,
        "accelerator": "nvidia.com/gpu",
        "accelerators": 8,
        "node_labels": {"pool": "gpu"},
        "usd_per_hour": 40.0,
    },
}


def build(**args: Any) -> Plan:
    overrides: Any = {"kubeconfig": "{}", "pools": POOLS, **args}
    return deploy(lambda: TrainingPlatform("ml", overrides))


def refused(**args: Any) -> list[str]:
    with pytest.raises(InvalidArguments) as caught:
        build(**args)
    return [problem.key for problem in caught.value.problems]


def test_a_team_borrows_no_more_than_its_ceiling_has_room_for() -> None:
    plan = build(teams={"vision": {"guaranteed": {"gpu": 4}, "max_usd_per_hour": 60}})

    spec = plan.one(QUEUE, "ml-team-vision-cluster-queue").inputs["spec"]
    (flavor,) = spec["resourceGroups"][0]["flavors"]
    gpus = {r["name"]: r for r in flavor["resources"]}["nvidia.com/gpu"]
    # 5 USD an accelerator and hour: 12 of them are 60.
    assert (gpus["nominalQuota"], gpus["borrowingLimit"]) == ("4", "8")


def test_its_namespace_is_bounded_by_the_same_ceiling() -> None:
    plan = build(teams={"vision": {"guaranteed": {"gpu": 4}, "max_usd_per_hour": 60}})

    quota = plan.one("kubernetes:core/v1:ResourceQuota").inputs["spec"]["hard"]
    assert quota["requests.nvidia.com/gpu"] == "12"


def test_a_limit_that_is_lower_than_the_ceiling_stays() -> None:
    flavor = Flavor("gpu", 4, 96, 1000, "nvidia.com/gpu", 8, usd_per_hour=40.0)
    team = resolve({"borrowing_limits": {"gpu": 2}, "max_usd_per_hour": 60})
    limited = team_ceiling.enforced([flavor], {"vision": team})

    assert limited["vision"].borrowing_limits == {"gpu": 2}


def test_a_team_that_borrows_nothing_goes_on_to_borrow_nothing() -> None:
    plan = build(
        teams={"vision": {"guaranteed": {"gpu": 4}, "borrowing": False, "max_usd_per_hour": 60}}
    )

    (flavor,) = plan.one(QUEUE, "ml-team-vision-cluster-queue").inputs["spec"]["resourceGroups"][0][
        "flavors"
    ]
    assert {r["borrowingLimit"] for r in flavor["resources"]} == {"0", "0Mi"}


def test_a_guarantee_above_the_ceiling_is_refused() -> None:
    assert refused(teams={"vision": {"guaranteed": {"gpu": 16}, "max_usd_per_hour": 60}}) == [
        "teams.vision.max_usd_per_hour"
    ]


def test_pools_above_the_environments_ceiling_are_refused() -> None:
    assert build(max_usd_per_hour=160.0)
    assert refused(max_usd_per_hour=100.0) == ["max_usd_per_hour"]


def test_a_ceiling_needs_the_prices_of_the_pools() -> None:
    unpriced = {"gpu": {key: value for key, value in POOLS["gpu"].items() if key != "usd_per_hour"}}
    assert refused(pools=unpriced, max_usd_per_hour=100.0) == ["pools.gpu.usd_per_hour"]
    assert refused(pools=unpriced, teams={"vision": {"max_usd_per_hour": 60}}) == [
        "teams.vision.max_usd_per_hour"
    ]


def test_the_schedule_closes_the_queues_of_all_teams() -> None:
    plan = build(teams={"vision": {}, "speech": {}}, schedule={"close": "20:00", "open": "08:00"})

    job = plan.one("kubernetes:batch/v1:CronJob", "ml-night")
    (container,) = job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["args"][2:5] == ["default", "speech", "vision"]
    assert {"ml-cluster-queue", "ml-team-vision-cluster-queue"} <= plan.dependencies(job)


def test_a_schedule_with_an_invalid_time_is_refused() -> None:
    assert refused(schedule={"close": "8 pm", "open": "08:00"}) == ["schedule.close"]
