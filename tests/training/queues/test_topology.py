"""Topology-aware scheduling: Kueue's Topology, the flavors bound to it, and the pools
that cannot have it."""

from dataclasses import replace
from typing import Any, cast

import pytest
from groundplan.training.nodes import pools
from groundplan.training.queues.topology import Topology

from tests.training.queues.test_queues import A10G, KUEUE, queues

FIXED = {"instance_type": "p5.48xlarge", "min_size": 4, "max_size": 4, "topology": True}
BLOCK = {
    "instance_type": "p5.48xlarge",
    "max_size": 4,
    "capacity_type": "capacity-block",
    "reservation_id": "cr-0123456789abcdef0",
    "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"},
    "zone": "us-east-1a",
    "topology": True,
}


def problems_of(**args: Any) -> list[str]:
    return [str(problem) for problem in pools.problems({"gpu": cast(Any, args)})]


def test_pools_with_topology_share_one_topology_object_of_the_labels_that_eks_sets() -> None:
    near = replace(A10G, topology=Topology(3))
    plan = queues(near, replace(near, name="h100", node_labels={"pool": "h100"}))

    topology = plan.one(f"{KUEUE}Topology", "ml-network-3-layers")
    assert topology.inputs["metadata"] == {"name": "network-3-layers"}
    assert topology.inputs["spec"] == {
        "levels": [
            {"nodeLabel": "topology.k8s.aws/network-node-layer-1"},
            {"nodeLabel": "topology.k8s.aws/network-node-layer-2"},
            {"nodeLabel": "topology.k8s.aws/network-node-layer-3"},
            {"nodeLabel": "kubernetes.io/hostname"},
        ]
    }
    flavor = plan.one(f"{KUEUE}ResourceFlavor", "ml-h100-flavor")
    assert flavor.inputs["spec"]["topologyName"] == "network-3-layers"
    assert flavor.inputs["spec"]["nodeLabels"] == {"pool": "h100"}


def test_without_topology_there_is_no_topology_object_and_no_flavor_names_one() -> None:
    plan = queues(A10G)

    assert not plan.all(f"{KUEUE}Topology")
    flavor = plan.one(f"{KUEUE}ResourceFlavor", "ml-a10g-flavor")
    assert "topologyName" not in flavor.inputs["spec"]


def test_instance_types_with_four_layers_have_a_topology_of_their_own() -> None:
    args: Any = {**FIXED, "instance_type": "p6-b200.48xlarge"}
    topology = pools.resolve("gpu", args).flavor.topology

    assert topology == Topology(4)
    assert topology.name == "network-4-layers"
    assert topology.levels[3] == "topology.k8s.aws/network-node-layer-4"


@pytest.mark.parametrize(
    "args",
    [
        FIXED,
        BLOCK,
        {**FIXED, "instance_type": "trn2.48xlarge"},
        {**FIXED, "instance_type": "hpc7a.96xlarge"},
        {"instance_type": "g5.xlarge", "max_size": 2, "topology": False},
    ],
)
def test_pools_whose_nodes_are_labelled_and_there_can_have_it(args: Any) -> None:
    assert problems_of(**args) == []


@pytest.mark.parametrize("type_", ["g5.48xlarge", "c7i.8xlarge", "p5.4xlarge", "inf2.48xlarge"])
def test_an_instance_type_without_the_labels_is_refused_with_the_reason(type_: str) -> None:
    (problem,) = problems_of(**{**FIXED, "instance_type": type_})

    assert "gpu.topology" in problem
    assert f"nodes of {type_} have no label topology.k8s.aws/network-node-layer-1" in problem
    assert "p5.48xlarge" in problem


@pytest.mark.parametrize("sizes", [{"max_size": 4}, {"min_size": 1, "max_size": 4}])
def test_a_pool_that_scales_is_refused_as_kueue_places_jobs_on_nodes_that_are_there(
    sizes: dict[str, int],
) -> None:
    (problem,) = problems_of(instance_type="p5.48xlarge", topology=True, **sizes)

    assert "gpu.topology" in problem
    assert "none would be started for a job that waits" in problem
    assert "set min_size to max_size, 4" in problem
