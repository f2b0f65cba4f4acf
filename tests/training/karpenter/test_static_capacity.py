"""Static capacity: a pool of Karpenter's with a fixed number of nodes."""

from typing import Any

import pytest
from groundplan.training.karpenter import node_pool
from groundplan.training.nodes import pools

from tests.training.karpenter.test_karpenter_release import (
    NODE_CLASS,
    NODE_POOL,
    RELEASE,
    karpenter,
)

STATIC: Any = {
    "instance_type": "g6e.12xlarge",
    "provisioner": "karpenter",
    "min_size": 2,
    "max_size": 2,
}


def test_a_static_pool_has_replicas_and_no_limit_but_the_number_of_nodes() -> None:
    spec = node_pool.spec(pools.resolve("gpu", STATIC))

    assert spec["replicas"] == 2
    assert spec["limits"] == {"nodes": "2"}
    assert "weight" not in spec


def test_static_and_dynamic_node_pools_have_other_names_as_one_can_not_become_the_other() -> None:
    static = karpenter({"gpu": STATIC})
    dynamic = karpenter({"gpu": {**STATIC, "min_size": 0}})

    pool = static.one(NODE_POOL, "training-gpu-node-pool-static")
    assert pool.inputs["metadata"]["name"] == "gpu.static"
    assert dynamic.one(NODE_POOL, "training-gpu-node-pool").inputs["metadata"]["name"] == "gpu"
    for plan in (static, dynamic):
        assert plan.one(NODE_CLASS, "training-gpu-node-class").inputs["metadata"]["name"] == "gpu"
        (found,) = plan.all(NODE_POOL).values()
        assert found.inputs["spec"]["template"]["spec"]["nodeClassRef"]["name"] == "gpu"


@pytest.mark.parametrize(
    ("more", "gates"),
    [
        ({}, {"reservedCapacity": True, "nodeRepair": True}),
        (
            {"fixed": STATIC},
            {"reservedCapacity": True, "nodeRepair": True, "staticCapacity": True},
        ),
    ],
)
def test_the_alpha_gate_is_on_only_where_a_pool_needs_it(more: Any, gates: Any) -> None:
    plan = karpenter({"gpu": {"instance_type": "g5.xlarge", "max_size": 2}, **more})

    values = plan.one(RELEASE, "training-karpenter").inputs["values"]
    assert values["settings"]["featureGates"] == gates


@pytest.mark.parametrize(
    ("sizes", "key"),
    [
        ({"min_size": 1}, "gpu.min_size"),
        ({"desired_size": 2}, "gpu.desired_size"),
        ({"min_size": 1, "max_size": 4}, "gpu.min_size"),
    ],
)
def test_sizes_between_none_and_all_are_refused(sizes: dict[str, int], key: str) -> None:
    (problem,) = pools.problems({"gpu": {**STATIC, **sizes}})  # type: ignore[typeddict-item]

    assert problem.key == key
    assert "a fixed number of nodes" in str(problem)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"topology": True},
        {"capacity_type": "reservation", "reservation_id": "cr-01234567", "zone": "us-east-1a"},
        {
            "instance_type": "p5.48xlarge",
            "capacity_type": "capacity-block",
            "reservation_id": "cr-01234567",
            "zone": "us-east-1a",
            "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"},
        },
    ],
)
def test_static_capacity_may_be_reserved_and_placed_by_the_network(more: Any) -> None:
    pool: Any = {**STATIC, **more}
    assert pools.problems({"gpu": pool}) == []


def test_a_capacity_block_of_karpenter_without_static_capacity_has_no_topology() -> None:
    block: Any = {
        "instance_type": "p5.48xlarge",
        "max_size": 4,
        "provisioner": "karpenter",
        "capacity_type": "capacity-block",
        "reservation_id": "cr-01234567",
        "zone": "us-east-1a",
        "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"},
        "topology": True,
    }
    (problem,) = pools.problems({"gpu": block})

    assert problem.key == "gpu.topology"
