"""Node pools from arguments: their defaults, and what is wrong with them.

Settings and the component judge by the same rules; nothing here knows Pulumi.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.facts import instances
from groundplan.facts.instances import Instance
from groundplan.problems import Problem, under
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner
from groundplan.training.nodes import capacity_window, pool_rules, sizes
from groundplan.training.nodes.pool import SYSTEM, Pool

SYSTEM_INSTANCE_TYPE = "m7i.large"
"""x86_64: monitoring and tracking servers that users add to the system pool often have
no arm64 image."""

SYSTEM_MIN_SIZE = 2
SYSTEM_MAX_SIZE = 4
SYSTEM_DISK_GIB = 50
DISK_GIB = 200
"""Training images are 10 to 30 GB each, and a node holds several beside what jobs
write."""

MAX_POOLS = 64
"""Flavors per resource group of a Kueue ClusterQueue (CRD of v0.19.2, `maxItems`). EKS'
30 node groups per cluster are a quota that AWS raises on request."""

NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
"""Within a DNS label, short enough for the name of the node group (63 characters) with
the component's before it."""


def system_pool(given: Mapping[str, Any]) -> Pool:
    """The system pool that the arguments describe, which have no problems."""
    minimum = _or(given, "min_size", SYSTEM_MIN_SIZE)
    return Pool(
        name=SYSTEM,
        instance=_instance(_or(given, "instance_type", SYSTEM_INSTANCE_TYPE)),
        min_size=minimum,
        max_size=_or(given, "max_size", SYSTEM_MAX_SIZE),
        desired_size=minimum,
        disk_gib=SYSTEM_DISK_GIB,
    )


def accelerated_pools(given: Mapping[str, Mapping[str, Any]]) -> list[Pool]:
    """The pools that the arguments describe, which have no problems, in the order of
    their names."""
    return [_pool(name, pool) for name, pool in sorted(given.items())]


def sound(given: Mapping[str, Mapping[str, Any]]) -> list[Pool]:
    """The pools of those that the arguments describe with which nothing is wrong, in
    the order of their names."""
    named = {name: pool for name, pool in given.items() if not _name_problems(name)}
    whole = {
        name: pool
        for name, pool in named.items()
        if pool.get("instance_type") and pool.get("max_size")
    }
    return accelerated_pools(
        {name: pool for name, pool in whole.items() if not pool_rules.problems(pool)}
    )


def _pool(name: str, given: Mapping[str, Any]) -> Pool:
    instance = _instance(given["instance_type"])
    minimum = _or(given, "min_size", 0)
    window = given.get("window")
    return Pool(
        name=name,
        instance=instance,
        min_size=minimum,
        max_size=given["max_size"],
        desired_size=_or(given, "desired_size", minimum),
        disk_gib=_or(given, "disk_gib", DISK_GIB),
        capacity_type=CapacityType(_or(given, "capacity_type", CapacityType.ON_DEMAND)),
        provisioner=Provisioner(_or(given, "provisioner", Provisioner.MANAGED)),
        image=ImageFamily(_or(given, "image", ImageFamily.AL2023)),
        efa=_or(given, "efa", False),
        placement_group=_or(given, "placement_group", False),
        placement_group_name=given.get("placement_group_name"),
        reservation_id=given.get("reservation_id"),
        window=None if window is None else capacity_window.read(window),
        zone=given.get("zone"),
        subnet_ids=given.get("subnet_ids"),
        local_storage=instance.local_nvme_gb > 0
        and _or(given, "local_storage", given.get("snapshot_id") is None),
        snapshot_id=given.get("snapshot_id"),
        own_labels=_or(given, "labels", {}),
        own_price=given.get("usd_per_hour"),
    )


def _or(given: Mapping[str, Any], key: str, default: Any) -> Any:
    found = given.get(key)
    return default if found is None else found


def _instance(type_: str) -> Instance:
    found = instances.find(type_)
    if found is None:
        raise ValueError(f"{type_} is no known instance type: ask `problems` first")
    return found


def system_problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a system pool."""
    type_ = given.get("instance_type")
    found = instances.ec2_problems("instance_type", type_)
    instance = instances.find(type_) if isinstance(type_, str) and not found else None
    if instance and instance.accelerator_manufacturer:
        fix = "give the accelerator a pool of its own under pools"
        found.append(
            Problem(
                "instance_type",
                type_,
                "an instance type without accelerator, such as m7i.large",
                fix,
            )
        )
    return found + sizes.problems(
        {"min_size": SYSTEM_MIN_SIZE, "max_size": SYSTEM_MAX_SIZE, **given}, lowest=1
    )


def problems(pools: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with pools; the keys are the pools' names, then their fields:
    `gpu.max_size`."""
    found = [
        p
        for name, pool in pools.items()
        for p in [*_name_problems(name), *under(name, pool_rules.problems(pool))]
    ]
    if len(pools) > MAX_POOLS:
        found.append(
            Problem(
                "",
                len(pools),
                f"at most {MAX_POOLS} pools",
                "put pools of one instance type together",
            )
        )
    return found


def _name_problems(name: str) -> list[Problem]:
    if name == SYSTEM:
        return [
            Problem(
                name,
                name,
                "any name but system, the pool that every cluster has",
                "name the pool for its use",
            )
        ]
    if not NAME.fullmatch(name):
        allowed = "a name of lower-case letters, digits and hyphens that begins with a letter, at most 30 characters"
        return [Problem(name, name, allowed, "rename the pool")]
    return []
