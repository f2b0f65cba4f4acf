"""How many nodes a pool can have."""

from collections.abc import Mapping
from typing import Any

from groundplan.problems import Problem, whole_number
from groundplan.training.choices import CapacityType, Provisioner

MAX_NODES = 450
"""Amazon EKS service quotas: nodes per managed node group (default)."""

MAX_KARPENTER_NODES = 5000
"""Kubernetes documentation, "Considerations for large clusters": nodes of one cluster.
Karpenter itself knows no limit."""

BY_KARPENTER = (Provisioner.KARPENTER, Provisioner.AUTO_MODE)
"""Auto Mode is a Karpenter that AWS operates."""

MAX_BLOCK_NODES = 64
"""Amazon EC2 User Guide, "Find and purchase Capacity Blocks": instances of one Capacity
Block."""


def problems(args: Mapping[str, Any], lowest: int) -> list[Problem]:
    """Returns the problems of sizes; `lowest` is the lower bound of `min_size`."""
    low, high, desired = args.get("min_size"), args.get("max_size"), args.get("desired_size")
    limit = MAX_KARPENTER_NODES if args.get("provisioner") in BY_KARPENTER else MAX_NODES
    problems = [
        *whole_number("min_size", low, lowest, limit, "nodes"),
        *whole_number("max_size", high, 1, limit, "nodes"),
        *whole_number("desired_size", desired, lowest, limit, "nodes"),
    ]
    if problems or not isinstance(low, int) or not isinstance(high, int):
        return problems
    if low > high:
        return [
            Problem(
                "min_size",
                low,
                f"at most max_size, which is {high}",
                "lower min_size or raise max_size",
            )
        ]
    if isinstance(desired, int) and not low <= desired <= high:
        allowed = f"from min_size to max_size: {low} to {high}"
        return [Problem("desired_size", desired, allowed, "remove it to start at min_size")]
    return _foreign_problems(args, high)


def is_fixed(args: Mapping[str, Any]) -> bool:
    """Returns whether a pool has the same number of nodes at all times."""
    low = args.get("min_size")
    return low is not None and low > 0 and low == args.get("max_size")


def _foreign_problems(args: Mapping[str, Any], high: int) -> list[Problem]:
    """Returns the problems of sizes that the provisioner does not support."""
    problems = []
    is_block = args.get("capacity_type") == CapacityType.CAPACITY_BLOCK
    if args.get("provisioner") in BY_KARPENTER:
        problems = _karpenter_problems(args, high)
    elif is_block:
        allowed = (
            "0, or nothing: a Capacity Block has nodes in its window only, and all of them start "
            "with it"
        )
        keys = [key for key in ("min_size", "desired_size") if args.get(key)]
        problems = [Problem(key, args[key], allowed, f"remove {key}") for key in keys]
    if is_block and high > MAX_BLOCK_NODES:
        allowed = f"at most {MAX_BLOCK_NODES}, the instances of the largest Capacity Block"
        problems.append(
            Problem("max_size", high, allowed, "give each Capacity Block a pool of its own")
        )
    return problems


def _karpenter_problems(args: Mapping[str, Any], high: int) -> list[Problem]:
    """Returns the problems of the sizes of a pool of Karpenter's: it has a fixed number
    of nodes, or those that pods wait for."""
    problems = []
    if args.get("min_size") not in (0, high):
        allowed = (
            f"0, or {high}, which is max_size: Karpenter starts nodes for pods that wait, or keeps "
            "a fixed number of nodes"
        )
        fix = f"remove min_size, or set it to {high}"
        problems.append(Problem("min_size", args["min_size"], allowed, fix))
    if args.get("desired_size"):
        allowed = "nothing: Karpenter starts nodes for pods that wait, or a fixed number of nodes"
        problems.append(
            Problem("desired_size", args["desired_size"], allowed, "remove desired_size")
        )
    return problems
