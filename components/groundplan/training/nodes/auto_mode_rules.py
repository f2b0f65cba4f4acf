"""What EKS Auto Mode decides by itself, so that a pool of it cannot set it.

Source: Amazon EKS User Guide, "Manage compute for AI/ML workloads with EKS Auto Mode
and Karpenter" and "Create a Node Class for Amazon EKS".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.problems import Problem
from groundplan.training.choices import ImageFamily, Provisioner
from groundplan.training.nodes.pool import Pool

OTHERS = "use the provisioner managed or karpenter"

REFUSED: Mapping[str, tuple[str, str]] = {
    "efa": (
        "false: AWS has published no field of Auto Mode's NodeClass that lays out EFA interfaces",
        OTHERS,
    ),
    "placement_group": ("false: Auto Mode's NodeClass has no published field for it", OTHERS),
    "placement_group_name": (
        "nothing: Auto Mode's NodeClass has no published field for a placement group",
        OTHERS,
    ),
    "snapshot_id": (
        "nothing: Auto Mode's nodes have disks of AWS's own images",
        f"remove it and set prefetch, or {OTHERS}",
    ),
    "local_storage": (
        "nothing: Auto Mode decides how its nodes use the instance store",
        f"remove it, or {OTHERS}",
    ),
}
"""Key -> what is allowed and why, and the fix."""


def is_auto(args: Mapping[str, Any]) -> bool:
    """Returns whether EKS Auto Mode starts the nodes of a pool."""
    return args.get("provisioner") == Provisioner.AUTO_MODE


def image(args: Mapping[str, Any]) -> Any:
    """Returns the image of a pool, before defaults: Auto Mode has Bottlerocket only."""
    found = args.get("image")
    return ImageFamily.BOTTLEROCKET if found is None and is_auto(args) else found


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of what Auto Mode decides by itself."""
    if not is_auto(args):
        return []
    found = [
        Problem(key, args[key], allowed, fix)
        for key, (allowed, fix) in REFUSED.items()
        if args.get(key) not in (None, False) or (key == "local_storage" and key in args)
    ]
    if args.get("image") == ImageFamily.AL2023:
        allowed = "bottlerocket, or nothing: Auto Mode's nodes run AWS's own image of it"
        found.append(Problem("image", args["image"], allowed, f"remove it, or {OTHERS}"))
    return found


def pool_problems(pools: Sequence[Pool]) -> list[Problem]:
    """Returns the problems of valid pools beside each other; keys start with the
    name."""
    found = []
    plugin = [p.name for p in pools if p.instance.has_neuron and not p.is_auto]
    for pool in pools:
        if pool.is_auto and pool.name == "default":
            allowed = "any name but default, which EKS reserves for its own NodeClass"
            found.append(Problem(pool.name, pool.name, allowed, "rename the pool"))
        if pool.is_auto and pool.instance.has_neuron and plugin:
            allowed = (
                f"managed or karpenter, as {', '.join(plugin)}: the Neuron device plugin of the "
                "cluster would run beside that of Auto Mode's nodes, and count each chip twice"
            )
            fix = "use one provisioner for all pools with Trainium or Inferentia"
            found.append(Problem(f"{pool.name}.provisioner", "auto-mode", allowed, fix))
    return found
