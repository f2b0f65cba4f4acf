"""Whether Kueue can place jobs by the network topology of a pool's nodes."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.facts.instances import Instance
from groundplan.problems import Problem
from groundplan.training.choices import CapacityType, Provisioner
from groundplan.training.nodes import sizes
from groundplan.training.queues.topology import LAYER_LABEL, Topology

THREE_LAYERS = re.compile(
    r"(g6e|g7e|hpc6a|hpc6id|hpc7a|hpc7g|hpc8a)\.\w+"
    r"|p3dn\.24xlarge|p4de?\.24xlarge|p5(e|en)?\.48xlarge|p6e-gb200\.36xlarge"
    r"|trn1\.(2|32)xlarge|trn1n\.32xlarge|trn2u?\.48xlarge"
)
FOUR_LAYERS = re.compile(r"p6-b[23]00\.48xlarge")
"""Amazon EC2 User Guide, "Prerequisites for Amazon EC2 topology", read 2026-11-28: the
instance types for which `DescribeInstanceTopology` returns 3 and 4 network nodes. EKS
takes the labels of nodes from it, so that others have none."""


def of(instance: Instance) -> Topology | None:
    """Returns the topology that nodes of an instance type are labelled with; None if
    they have no such labels."""
    if FOUR_LAYERS.fullmatch(instance.name):
        return Topology(4)
    return Topology(3) if THREE_LAYERS.fullmatch(instance.name) else None


def problems(instance: Instance, args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of `topology`."""
    if not args.get("topology"):
        return []
    if of(instance) is None:
        allowed = (
            f"false: nodes of {instance.name} have no label {LAYER_LABEL}1, as EC2 reports no "
            "topology for this instance type, and Kueue would find no node"
        )
        fix = "leave it out, or use an instance type with it, such as g6e.12xlarge or p5.48xlarge"
        return [Problem("topology", True, allowed, fix)]
    if sizes.is_fixed(args) or _is_managed_block(args):
        return []
    allowed = (
        "false where the number of nodes changes: Kueue places jobs on nodes that are there, "
        "so that none would be started for a job that waits"
    )
    fix = f"set min_size to max_size, {args.get('max_size')}, or leave it out"
    return [Problem("topology", True, allowed, fix)]


def _is_managed_block(args: Mapping[str, Any]) -> bool:
    """Returns whether all nodes start with a Capacity Block; Karpenter starts them for
    pods that wait."""
    return (
        args.get("capacity_type") == CapacityType.CAPACITY_BLOCK
        and args.get("provisioner") == Provisioner.MANAGED
    )
