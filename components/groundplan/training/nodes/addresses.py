"""The private addresses that nodes take, against those that their subnets have.

The VPC CNI gives pods addresses of the subnet, and fetches them ahead: by default
(WARM_ENI_TARGET=1) a node holds its first interface and a spare one, with all the
addresses that each can have, however few pods run there. An m5.8xlarge with 10 pods
holds 60 (AI on EKS, "Networking for AI"). A node of training jobs runs few pods, so two
interfaces are what it takes; one with more pods than an interface has addresses takes
more. EFA-only interfaces take none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from groundplan.facts.instances import Instance
from groundplan.problems import Problem
from groundplan.training.nodes.pool import Pool

INTERFACES = 2
"""The first one, and WARM_ENI_TARGET more."""

MOST_PER_INTERFACE = 50
"""Of the largest instance types: what is assumed where it isn't known."""

RESERVED = 5 + 6
"""Addresses of each subnet that no node gets: AWS's own (Amazon VPC User Guide, "Subnet
CIDR blocks"), and those that EKS needs for the control plane (Amazon EKS User Guide,
"Subnet requirements")."""

FIX = "lower it, or use larger subnets, or more of them"


def per_node(instance: Instance) -> int:
    """Returns the addresses that a node takes."""
    interfaces = min(INTERFACES, instance.interface_limit or INTERFACES)
    return interfaces * (instance.ipv4_per_interface or MOST_PER_INTERFACE)


def usable(cidr_block: str) -> int:
    """Returns the addresses of a subnet that nodes can have."""
    return max(0, IPv4Network(cidr_block, strict=False).num_addresses - RESERVED)


@dataclass(frozen=True)
class Subnets:
    """The cluster's subnets, as far as they are known before they exist."""

    cidr_blocks: Sequence[str]
    ids: Sequence[object] | None = None
    """In the order of `cidr_blocks`; None if they aren't known yet."""
    zones: Sequence[object] | None = None
    """In the order of `cidr_blocks`; None if they aren't known yet."""

    def room(self, pool: Pool) -> int:
        """Returns the number of addresses for a pool's nodes; if it is unknown which
        subnets these are, of the largest ones."""
        if pool.zone is not None:
            return self._of([pool.zone], self.zones)
        return (
            self._of(pool.subnet_ids, self.ids)
            if isinstance(pool.subnet_ids, list | tuple)
            else self.total
        )

    def _of(self, wanted: Sequence[object], known: Sequence[object] | None) -> int:
        if known is not None and len(known) == len(self.cidr_blocks):
            own = [
                block for block, name in zip(self.cidr_blocks, known, strict=True) if name in wanted
            ]
            if own:
                return sum(usable(block) for block in own)
        largest = sorted((usable(block) for block in self.cidr_blocks), reverse=True)
        return sum(largest[: len(wanted)])

    @property
    def total(self) -> int:
        return sum(map(usable, self.cidr_blocks))


def problems(pools: Sequence[Pool], subnets: Subnets) -> list[Problem]:
    """Returns whether there are addresses for each pool at its largest. Keys:
    `gpu.max_size`.

    Each by itself: sizes are ceilings, and pools that stand in for each other, on
    demand and spot, are never full together.
    """
    problems = []
    for pool in pools:
        each, room = per_node(pool.instance), subnets.room(pool)
        if pool.max_size * each > room:
            allowed = (
                f"at most {room // each}: a {pool.instance.name} takes {each} addresses "
                "by the VPC CNI's defaults, and the "
                f"pool's subnets have {room}"
            )
            problems.append(Problem(f"{pool.name}.max_size", pool.max_size, allowed, FIX))
    return problems


def block_problems(blocks: Sequence[str]) -> list[Problem]:
    """Returns whether networks are some, as `subnet_cidr_blocks` has them."""
    problems = []
    for index, block in enumerate(blocks):
        try:
            whole = (
                IPv4Network(block).prefixlen < 32
            )  # what has no prefix is taken for a network of one address
        except ValueError:
            whole = False
        if not whole:
            fix = "give the subnets' networks as `aws ec2 describe-subnets` shows them"
            problems.append(
                Problem(
                    f"subnet_cidr_blocks[{index}]",
                    block,
                    "an IPv4 network, such as 10.0.0.0/18",
                    fix,
                )
            )
    return problems
