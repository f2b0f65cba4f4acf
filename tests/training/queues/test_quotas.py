from typing import Any

import pytest
from groundplan.training.queues import quotas
from groundplan.training.queues.flavor import Flavor, Taint
from groundplan.training.teams.team_spec import resolve, resolve_all

GPU, EFA, NEURON = "nvidia.com/gpu", "vpc.amazonaws.com/efa", "aws.amazon.com/neuron"

H100 = Flavor(
    "h100",
    nodes=4,
    cpu=192,
    memory_mib=2048 * 1024,
    accelerator=GPU,
    accelerators=8,
    efa=32,
    node_labels={"pool": "h100"},
)
CPU = Flavor(
    "spare",
    nodes=10,
    cpu=16,
    memory_mib=64 * 1024,
    node_labels={"pool": "spare"},
    taints=[Taint("groundplan/pool", "spare")],
)
TRN = Flavor("trn", nodes=2, cpu=128, memory_mib=512 * 1024, accelerator=NEURON, accelerators=16)


def amounts(spec: Any, field: str = "nominalQuota") -> dict[str, dict[str, str]]:
    """Flavor -> resource -> quantity."""
    (group,) = spec["resourceGroups"]
    return {
        f["name"]: {r["name"]: r[field] for r in f["resources"] if field in r}
        for f in group["flavors"]
    }


def problems(teams: Any, *flavors: Flavor) -> dict[str, str]:
    return {
        problem.key: str(problem)
        for problem in quotas.problems(flavors or (H100, CPU), resolve_all(teams))
    }


def test_a_team_has_the_cores_memory_and_efa_of_its_accelerators() -> None:
    queue = quotas.team_queue(
        "vision", resolve({"guaranteed": {"h100": 12, "spare": 3}}), [H100, CPU]
    )

    assert amounts(queue) == {
        "spare": {"cpu": "48", "memory": f"{3 * 65536}Mi", GPU: "0", EFA: "0"},
        "h100": {"cpu": "288", "memory": f"{3 * 1024 * 1024}Mi", GPU: "12", EFA: "48"},
    }


def test_the_whole_spec_of_a_teams_queue() -> None:
    assert quotas.team_queue(
        "vision", resolve({"guaranteed": {"spare": 1}, "weight": 3}), [CPU]
    ) == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "vision"}},
        "resourceGroups": [
            {
                "coveredResources": ["cpu", "memory"],
                "flavors": [
                    {
                        "name": "spare",
                        "resources": [
                            {"name": "cpu", "nominalQuota": "16"},
                            {"name": "memory", "nominalQuota": "65536Mi"},
                        ],
                    }
                ],
            }
        ],
        "cohortName": "training",
        "preemption": {"reclaimWithinCohort": "Any", "withinClusterQueue": "LowerPriority"},
        "fairSharing": {"weight": "3"},
    }


def test_every_flavor_has_a_quota_for_every_resource_that_any_flavor_has_in_the_same_order() -> (
    None
):
    (group,) = quotas.default_queue([H100, TRN, CPU], {})["resourceGroups"]

    assert group["coveredResources"] == ["cpu", "memory", GPU, NEURON, EFA]
    for flavor in group["flavors"]:
        assert [resource["name"] for resource in flavor["resources"]] == group["coveredResources"]


def test_pools_without_accelerators_come_first_and_the_rest_in_order() -> None:
    (group,) = quotas.default_queue([TRN, H100, CPU], {})["resourceGroups"]

    assert [flavor["name"] for flavor in group["flavors"]] == ["spare", "trn", "h100"]


def test_what_no_team_is_guaranteed_is_the_default_queues_to_the_last_core() -> None:
    uneven = Flavor("uneven", nodes=1, cpu=10, memory_mib=1000, accelerator=GPU, accelerators=3)
    teams: Any = {"a": {"guaranteed": {"uneven": 1}}, "b": {"guaranteed": {"uneven": 1}}}

    queues = [
        quotas.default_queue([uneven], resolve_all(teams)),
        *(quotas.team_queue(n, resolve(t), [uneven]) for n, t in teams.items()),
    ]
    assert [amounts(queue)["uneven"] for queue in queues] == [
        {"cpu": "4", "memory": "334Mi", GPU: "1"},
        {"cpu": "3", "memory": "333Mi", GPU: "1"},
        {"cpu": "3", "memory": "333Mi", GPU: "1"},
    ]


def test_without_teams_the_default_queue_is_in_no_cohort() -> None:
    assert set(quotas.default_queue([H100], {})) == {"namespaceSelector", "resourceGroups"}


def test_with_teams_the_default_queue_lends_and_takes_nothing_back() -> None:
    queue = quotas.default_queue([H100], resolve_all({"vision": {"guaranteed": {"h100": 32}}}))

    assert queue["cohortName"] == "training"
    assert queue["preemption"] == {
        "reclaimWithinCohort": "Never",
        "withinClusterQueue": "LowerPriority",
    }
    assert amounts(queue)["h100"] == {"cpu": "0", "memory": "0Mi", GPU: "0", EFA: "0"}


def test_a_team_may_borrow_all_idle_quota_by_default() -> None:
    assert amounts(quotas.team_queue("vision", resolve({}), [H100]), "borrowingLimit") == {
        "h100": {}
    }
    assert quotas.reach(H100, resolve({})) == 32


def test_a_limit_of_borrowing_is_for_one_pool_and_in_the_same_measure() -> None:
    team: Any = {"guaranteed": {"h100": 8}, "borrowing_limits": {"h100": 16}}

    assert amounts(quotas.team_queue("vision", resolve(team), [H100, CPU]), "borrowingLimit") == {
        "spare": {},
        "h100": {"cpu": "384", "memory": f"{4 * 1024 * 1024}Mi", GPU: "16", EFA: "64"},
    }
    assert quotas.reach(H100, resolve(team)) == 24
    team["borrowing_limits"]["h100"] = 32
    assert quotas.reach(H100, resolve(team)) == 32


def test_a_team_that_borrows_nothing_has_a_limit_of_nothing_everywhere() -> None:
    team: Any = {"guaranteed": {"h100": 8}, "borrowing": False}

    limits = amounts(quotas.team_queue("vision", resolve(team), [H100, CPU]), "borrowingLimit")
    assert limits["h100"] == limits["spare"] == {"cpu": "0", "memory": "0Mi", GPU: "0", EFA: "0"}
    assert (quotas.reach(H100, resolve(team)), quotas.reach(CPU, resolve(team))) == (8, 0)


def test_a_team_can_limit_what_it_lends() -> None:
    queue = quotas.team_queue(
        "vision", resolve({"guaranteed": {"h100": 16}, "lending_limits": {"h100": 4}}), [H100]
    )

    assert amounts(queue, "lendingLimit")["h100"] == {
        "cpu": "96",
        "memory": "1048576Mi",
        GPU: "4",
        EFA: "16",
    }


def test_a_flavor_leads_jobs_to_its_nodes_and_through_their_taints() -> None:
    assert quotas.resource_flavor(CPU) == {
        "nodeLabels": {"pool": "spare"},
        "tolerations": [
            {
                "effect": "NoSchedule",
                "key": "groundplan/pool",
                "operator": "Equal",
                "value": "spare",
            }
        ],
    }


def test_a_guarantee_of_a_pool_that_is_not_there_is_refused_with_the_nearest() -> None:
    reported = problems({"vision": {"guaranteed": {"h10": 8}, "lending_limits": {"nothing": 0}}})

    assert set(reported) == {"vision.guaranteed.h10", "vision.lending_limits.nothing"}
    assert 'did you mean "h100"' in reported["vision.guaranteed.h10"]
    assert "h100, spare" in reported["vision.lending_limits.nothing"]


@pytest.mark.parametrize(
    ("team", "key", "words"),
    [
        ({"guaranteed": {"h100": 33}}, "vision.guaranteed.h100", "from 0 to 32 (accelerators"),
        ({"guaranteed": {"spare": 11}}, "vision.guaranteed.spare", "from 0 to 10 (nodes"),
        ({"guaranteed": {"h100": -1}}, "vision.guaranteed.h100", "from 0 to 32"),
        ({"borrowing_limits": {"h100": 40}}, "vision.borrowing_limits.h100", "from 0 to 32"),
        (
            {"guaranteed": {"h100": 4}, "lending_limits": {"h100": 5}},
            "vision.lending_limits.h100",
            "which is 4",
        ),
        ({"lending_limits": {"h100": 1}}, "vision.lending_limits.h100", "which is 0"),
    ],
)
def test_shares_are_within_what_there_is(team: Any, key: str, words: str) -> None:
    reported = problems({"vision": team})

    assert set(reported) == {key}
    assert words in reported[key]


def test_guarantees_that_no_pool_can_hold_together_are_refused_with_their_sum() -> None:
    reported = problems(
        {
            "vision": {"guaranteed": {"h100": 20}},
            "speech": {"guaranteed": {"h100": 16, "spare": 10}},
        }
    )

    assert set(reported) == {"*.guaranteed.h100"}
    message = reported["*.guaranteed.h100"]
    assert "at most 32 accelerators (4 nodes of 8 each)" in message
    assert "they sum to 36: take 4 away" in message
    assert '{"speech": 16, "vision": 20}' in message


def test_guarantees_may_take_all_that_there_is() -> None:
    assert not problems(
        {
            "vision": {"guaranteed": {"h100": 16}},
            "speech": {"guaranteed": {"h100": 16, "spare": 10}},
        }
    )


def test_teams_need_pools() -> None:
    (problem,) = quotas.problems([], resolve_all({"vision": {}}))

    assert (problem.key, problem.value) == ("", ["vision"])
    assert not quotas.problems([], {})


def test_one_queue_has_no_more_pools_than_kueue_allows() -> None:
    def pools(count: int, **more: Any) -> list[Flavor]:
        return [Flavor(f"pool-{i}", nodes=1, cpu=1, memory_mib=1, **more) for i in range(count)]

    assert not quotas.flavor_problems(pools(64))
    assert "at most 64 pools" in str(quotas.flavor_problems(pools(65))[0])
    kinds = [
        Flavor(f"kind-{i}", 1, 1, 1, accelerator=f"example.com/{i}", accelerators=1)
        for i in range(22)
    ]
    assert (
        quotas.flavor_problems(kinds)[0].value == 22 * 24
    )  # each with cpu, memory and 22 kinds: more than 512


def test_twenty_teams_share_fifty_pools() -> None:
    flavors = [Flavor(f"pool-{i:02}", 100, 192, 2048 * 1024, GPU, 8, 32) for i in range(50)]
    teams: Any = {f"team-{i:02}": {"guaranteed": {f.name: 40 for f in flavors}} for i in range(20)}

    assert not quotas.problems(flavors, resolve_all(teams))
    specs = [
        quotas.default_queue(flavors, resolve_all(teams)),
        *(quotas.team_queue(n, resolve(t), flavors) for n, t in teams.items()),
    ]
    assert sum(len(amounts(spec)) for spec in specs) == 21 * 50
    assert amounts(specs[0])["pool-00"][GPU] == "0"
