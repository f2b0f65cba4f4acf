"""Validates the arguments of node pools, and resolves them to `Pool`s.

Nothing here creates resources.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.arguments import known, with_defaults
from groundplan.facts import instances, prices
from groundplan.facts.instances import Instance
from groundplan.problems import Problem, under
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner, TaintEffect
from groundplan.training.nodes import (
    allocatable,
    auto_mode_rules,
    capacity_window,
    image_release,
    pool_rules,
    sizes,
)
from groundplan.training.nodes.pool import SYSTEM, Pool
from groundplan.training.nodes.pool_args import (
    AcceleratedPoolArgs,
    CapacityWindowArgs,
    PoolTaintArgs,
    SystemPoolArgs,
)
from groundplan.training.queues.flavor import Taint

SYSTEM_DISK_GIB = 100
"""Room for the images of the cluster's own software, and for a `KubernetesEndpoint`
without a pool, which requests 60 GB for a model's archive by default."""

MAX_POOLS = 64
"""Flavors per resource group of a Kueue ClusterQueue (CRD of v0.19.2, `maxItems`). EKS'
30 node groups per cluster are a quota that AWS raises on request."""

NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
"""Within a DNS label, short enough for the name of the node group (63 characters) after
the component's."""


@dataclass(frozen=True)
class ResolvedPools:
    """Pools that are validated and resolved."""

    pools: tuple[Pool, ...]
    """The valid ones, in the order of their names."""
    problems: tuple[Problem, ...]
    """Keys start with the pool's name: `gpu.max_size`."""
    complete: bool
    """Whether all pools are valid and complete."""


def examine(args: Mapping[str, AcceleratedPoolArgs], region: str | None = None) -> ResolvedPools:
    """Validates and resolves pools, each once. Prices are those of `region`."""
    problems: list[Problem] = []
    pools: list[Pool] = []
    for name, pool in args.items():
        own = [*_name_problems(name), *under(name, pool_rules.problems(pool))]
        problems += own
        if not own and _is_complete(pool):
            pools.append(resolve(name, pool, region))
    complete = len(pools) == len(args)
    if len(args) > MAX_POOLS:
        allowed = f"at most {MAX_POOLS} pools"
        problems.append(Problem("", len(args), allowed, "merge pools of one instance type"))
    ordered = sorted(pools, key=lambda pool: pool.name)
    problems += auto_mode_rules.pool_problems(ordered)
    return ResolvedPools(tuple(ordered), tuple(problems), complete)


def problems(args: Mapping[str, AcceleratedPoolArgs]) -> list[Problem]:
    """Returns the problems of pools. Keys start with the pool's name:
    `gpu.max_size`."""
    return list(examine(args).problems)


def resolve(name: str, args: AcceleratedPoolArgs, region: str | None = None) -> Pool:
    """Returns the pool of valid arguments."""
    own = with_defaults(AcceleratedPoolArgs, args)
    instance, snapshot_id = _instance(own["instance_type"]), own.get("snapshot_id")
    local_storage = own.get("local_storage", snapshot_id is None)
    window: CapacityWindowArgs | None = own.get("window")
    is_auto = auto_mode_rules.is_auto(own)
    return Pool(
        name=name,
        instance=instance,
        min_size=own["min_size"],
        max_size=own["max_size"],
        desired_size=own.get("desired_size", own["min_size"]),
        disk_gib=own["disk_gib"],
        capacity_type=CapacityType(own["capacity_type"]),
        provisioner=Provisioner(own["provisioner"]),
        image=ImageFamily(auto_mode_rules.image(args) or own["image"]),
        release_version=own.get("release_version"),
        efa=own["efa"],
        placement_group=own["placement_group"],
        placement_group_name=own.get("placement_group_name"),
        topology=own["topology"],
        dra=own["dra"],
        reservation_id=own.get("reservation_id"),
        window=None if window is None else capacity_window.resolve(window),
        zone=own.get("zone"),
        subnet_ids=own.get("subnet_ids"),
        local_storage=instance.local_nvme_gb > 0 and local_storage and not is_auto,
        snapshot_id=snapshot_id,
        own_labels=own.get("labels", {}),
        own_taints=tuple(map(_taint, own.get("taints", ()))),
        usd_per_hour=_price(own, region),
        prefetch=tuple(own.get("prefetch", ())),
    )


def _is_complete(args: AcceleratedPoolArgs) -> bool:
    """Returns whether all required values are there; `arguments.read` reports those
    that are missing."""
    return (
        all(known(args.get(key)) for key in AcceleratedPoolArgs.__required_keys__)
        and CapacityWindowArgs.__required_keys__ <= (args.get("window") or _ANY_WINDOW).keys()
        and all(PoolTaintArgs.__required_keys__ <= t.keys() for t in args.get("taints") or ())
    )


_ANY_WINDOW: CapacityWindowArgs = {"start": "", "end": ""}


def _price(args: Mapping[str, Any], region: str | None) -> float | None:
    """Returns the price of a node per hour: the one in the arguments, else AWS's
    on-demand price in the region."""
    own = args.get("usd_per_hour")
    if own is not None:
        return float(own)
    if auto_mode_rules.is_auto(args):
        return None  # AWS's fee comes on top, by instance type
    price = prices.of(region).ec2_hour(args["instance_type"])
    return price.usd if price else None


def resolve_system(args: SystemPoolArgs, region: str | None = None) -> Pool:
    """Returns the system pool of valid arguments."""
    own = with_defaults(SystemPoolArgs, args)
    return Pool(
        name=SYSTEM,
        instance=_instance(own["instance_type"]),
        min_size=own["min_size"],
        max_size=own["max_size"],
        desired_size=own["min_size"],
        disk_gib=SYSTEM_DISK_GIB,
        release_version=own.get("release_version"),
        usd_per_hour=_price(own, region),
    )


def system_problems(args: SystemPoolArgs) -> list[Problem]:
    """Returns the problems of a system pool."""
    type_ = args.get("instance_type")
    problems = instances.ec2_problems("instance_type", type_)
    instance = instances.find(type_) if isinstance(type_, str) and not problems else None
    if instance and instance.accelerator_manufacturer:
        allowed = "an instance type without accelerator, such as m7i.large"
        fix = "add a pool with this instance type to pools"
        problems.append(Problem("instance_type", type_, allowed, fix))
    elif instance:
        problems += allocatable.system_problems("instance_type", instance)
    problems += image_release.problems(args)
    return problems + sizes.problems(with_defaults(SystemPoolArgs, args), lowest=1)


def _taint(args: PoolTaintArgs) -> Taint:
    own = with_defaults(PoolTaintArgs, args)
    return Taint(own["key"], own["value"], TaintEffect(own["effect"]))


def _instance(type_: str) -> Instance:
    instance = instances.find(type_)
    if instance is None:
        raise ValueError(f"{type_} is no known instance type: validate the arguments first")
    return instance


def _name_problems(name: str) -> list[Problem]:
    if name == SYSTEM:
        return [
            Problem(
                name,
                name,
                "any name but system, which is the name of the system pool",
                "rename the pool",
            )
        ]
    if not NAME.fullmatch(name):
        allowed = (
            "a name of lower-case letters, digits and hyphens that begins with a letter, at "
            "most 30 characters"
        )
        return [Problem(name, name, allowed, "rename the pool")]
    return []
