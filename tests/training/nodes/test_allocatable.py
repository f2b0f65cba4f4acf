"""What nodes leave for pods, and instance types that leave too little."""

from typing import Any

import pytest
from groundplan.facts import instances
from groundplan.training.nodes import allocatable, pools


def leaves(name: str) -> allocatable.Allocatable:
    instance = instances.find(name)
    assert instance is not None
    return allocatable.of(instance)


def pool(instance_type: str, **args: Any) -> dict[str, str]:
    given: Any = {"a": {"instance_type": instance_type, "max_size": 2, **args}}
    return {problem.key: str(problem) for problem in pools.problems(given)}


@pytest.mark.parametrize("name", ["t3.nano", "t3.micro", "t4g.nano", "t2.small", "m1.small"])
def test_a_node_without_room_for_a_job_is_no_pool(name: str) -> None:
    reported = pool(name)
    assert list(reported) == ["a.instance_type"]
    assert "leaves a core and a GiB for a pod" in reported["a.instance_type"]


@pytest.mark.parametrize("name", ["t3.small", "t3.medium", "m7i.large", "g5.xlarge", "p5.48xlarge"])
def test_a_node_with_room_for_a_job_is_a_pool(name: str) -> None:
    assert pool(name) == {}


@pytest.mark.parametrize("name", ["t3.nano", "t3.micro", "t3.small", "c7g.medium"])
def test_the_system_pool_has_room_for_the_clusters_own_software(name: str) -> None:
    (problem,) = pools.system_problems({"instance_type": name})
    assert problem.key == "instance_type"
    assert "at least 2 vCPUs, 4 GiB and 17 pods" in problem.allowed
    assert pools.system_problems({"instance_type": "t3.medium"}) == []


def test_what_is_reserved_is_less_for_large_nodes() -> None:
    for name in ("m7i.large", "g5.12xlarge", "p5.48xlarge"):
        instance = instances.find(name)
        assert instance is not None
        free = leaves(name)
        assert 0 < free.cores < instance.vcpus
        assert 0 < free.memory_mib < instance.memory_mib
    assert leaves("p5.48xlarge").cores > 0.99 * 192
    assert leaves("t3.small").pods == 3


def test_a_pod_cannot_have_the_whole_disk() -> None:
    given: Any = {"instance_type": "m7i.large", "max_size": 1, "disk_gib": 100}
    resolved = pools.resolve("a", given)
    assert allocatable.storage_gib(resolved) == pytest.approx(89)
