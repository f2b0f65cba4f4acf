import asyncio
from typing import Any

import pulumi
import pytest
from groundplan.context import Context
from groundplan.facts import instances
from groundplan.training.cluster.validation import validate
from groundplan.training.nodes import addresses, pools
from groundplan.training.nodes.addresses import Subnets

BLOCKS = ["10.0.0.0/24", "10.0.1.0/24", "10.0.4.0/22"]
IDS = ["subnet-a", "subnet-b", "subnet-c"]
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]


def later(value: Any) -> Any:
    """Returns the value as an output of another resource."""

    async def pending() -> Any:
        return pulumi.Output.from_input(value)

    return asyncio.run(pending())


def room(known: Subnets = Subnets(BLOCKS, IDS, ZONES), **overrides: Any) -> int:  # noqa: B008
    args: Any = {"instance_type": "g5.xlarge", "max_size": 1, **overrides}
    return known.room(pools.resolve("gpu", args))


@pytest.mark.parametrize(
    ("instance_type", "taken"),
    [
        ("g5.xlarge", 30),
        ("m5.8xlarge", 60),  # the example of AI on EKS
        ("p5.48xlarge", 100),
        ("hpc7a.96xlarge", 100),  # not known: as the largest
    ],
)
def test_a_node_reserves_the_addresses_of_two_interfaces(instance_type: str, taken: int) -> None:
    instance = instances.find(instance_type)

    assert instance is not None
    assert addresses.per_node(instance) == taken


def test_a_subnet_has_reserved_addresses() -> None:
    assert addresses.usable("10.0.0.0/24") == 256 - 11
    assert addresses.usable("10.0.0.0/28") == 5


def test_a_pool_has_the_addresses_of_its_subnets() -> None:
    assert room() == 245 + 245 + 1013
    assert room(subnet_ids=["subnet-b"]) == 245
    assert room(subnet_ids=["subnet-a", "subnet-c"]) == 245 + 1013
    assert room(zone="us-east-1a") == 245


def test_subnets_that_are_not_yet_known_count_as_the_largest() -> None:
    unknown = Subnets(BLOCKS)

    assert room(unknown, subnet_ids=["subnet-a"]) == room(unknown, zone="us-east-1a") == 1013
    assert room(Subnets(BLOCKS, IDS, ZONES), subnet_ids=["subnet-of-another-vpc"]) == 1013
    assert room(unknown, subnet_ids=later(["subnet-a"])) == 245 + 245 + 1013


def problems_of(**overrides: Any) -> dict[str, str]:
    args: Any = {
        "administrators": [],
        "private_subnet_ids": IDS,
        "subnet_cidr_blocks": BLOCKS,
        "zones": ZONES,
        **overrides,
    }
    kept = ("pools", "system_pool", "subnet_cidr_blocks", "zones")
    return {
        p.key: p.allowed
        for p in validate(args, Context("training", "project", "test"))
        if p.key.startswith(kept)
    }


def test_a_pool_that_is_bigger_than_its_subnets_is_refused() -> None:
    gpu = {"instance_type": "g5.xlarge", "max_size": 50}

    assert not problems_of(pools={"gpu": gpu})
    assert not problems_of(pools={"gpu": {**gpu, "max_size": 8, "zone": "us-east-1a"}})
    assert problems_of(
        pools={
            "gpu": {**gpu, "max_size": 51},
            "arm": {"instance_type": "g5g.xlarge", "max_size": 1},
        }
    ) == {
        "pools.gpu.max_size": (
            "at most 50: a g5.xlarge takes 30 addresses by the VPC CNI's defaults, and "
            "the pool's subnets have 1503"
        )
    }
    assert set(problems_of(pools={"gpu": {**gpu, "max_size": 9, "zone": "us-east-1a"}})) == {
        "pools.gpu.max_size"
    }


def test_the_system_pool_is_judged_too() -> None:
    assert set(problems_of(system_pool={"max_size": 76})) == {"system_pool.max_size"}
    assert not problems_of(system_pool={"max_size": 75})


def test_pools_that_stand_in_for_each_other_are_not_added_up() -> None:
    gpu = {"instance_type": "g5.xlarge", "max_size": 50}

    assert not problems_of(pools={"gpu": gpu, "gpu-spot": {**gpu, "capacity_type": "spot"}})


def test_other_problems_are_reported_instead() -> None:
    assert set(problems_of(pools={"gpu": {"instance_type": "g5.xlarg", "max_size": 400}})) == {
        "pools.gpu.instance_type"
    }
    assert not problems_of(pools={"gpu": {"max_size": 400}})


def test_without_the_networks_nothing_is_checked() -> None:
    assert not problems_of(
        subnet_cidr_blocks=None, pools={"gpu": {"instance_type": "g5.xlarge", "max_size": 450}}
    )


def test_networks_have_to_be_networks_one_for_each_subnet() -> None:
    assert set(problems_of(subnet_cidr_blocks=["10.0.0.0/24", "10.0.1.0", "x"])) == {
        "subnet_cidr_blocks[1]",
        "subnet_cidr_blocks[2]",
    }
    assert set(problems_of(subnet_cidr_blocks=BLOCKS[:2])) == {"subnet_cidr_blocks"}
    assert not problems_of(subnet_cidr_blocks=BLOCKS[:2], private_subnet_ids=later(IDS))
