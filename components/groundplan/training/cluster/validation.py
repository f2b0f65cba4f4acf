"""Validates the arguments of a `TrainingCluster`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundplan.arguments import is_complete
from groundplan.context import Context
from groundplan.facts import regions
from groundplan.problems import MISSING, Problem, one_of, under
from groundplan.training import versions
from groundplan.training.choices import VolumeDriver
from groundplan.training.cluster import access
from groundplan.training.cluster.args import TrainingClusterArgs
from groundplan.training.cluster.spec import ClusterSpec, resolve
from groundplan.training.namespace_folders import TEAMLESS
from groundplan.training.nodes import (
    addresses,
    device_allocation,
    image_release,
    pool_rules,
    pools,
)
from groundplan.training.nodes.pool import Pool
from groundplan.training.nodes.pools import ResolvedPools
from groundplan.training.platform import shares
from groundplan.training.queues import remote_args, schedule_args
from groundplan.training.queues.spending import Share
from groundplan.training.teams import connection_args, data_args


def validate(args: TrainingClusterArgs, context: Context) -> list[Problem]:
    """Returns the problems of the arguments."""
    return examine(args, context)[0]


def examine(
    args: TrainingClusterArgs, context: Context
) -> tuple[list[Problem], ClusterSpec | None]:
    """Validates the arguments and resolves them, each pool once. Returns the problems,
    and the spec if there are none and all required values are there."""
    region = _region(args, context)
    resolved = pools.examine(args.get("pools", {}), region)
    of_system = [
        *pools.system_problems(args.get("system_pool", {})),
        *pool_rules.price_problems(args.get("system_pool", {}).get("usd_per_hour")),
    ]
    system = None if of_system else pools.resolve_system(args.get("system_pool", {}), region)
    problems = [
        *access.problems(args),
        *_name_problems(args, context),
        *_vpc_problems(args),
        *under("system_pool", of_system),
        *under("pools", resolved.problems),
        *under("pools", _version_problems(args, resolved)),
        *_release_problems(args),
        *_data_problems(args),
        *under("connections", connection_args.problems(args.get("connections", {}))),
        *_zone_problems(args),
        *_address_problems(args, resolved.pools, system),
        *_share_problems(args, resolved, system, region),
        *(
            under("schedule", schedule_args.problems(args["schedule"]))
            if "schedule" in args
            else []
        ),
        *under("remote_queue", remote_args.problems(args.get("remote_queue", {}))),
        *(_remote_name_problems(args, resolved) if "remote_queue" in args else []),
        *_subnet_problems(args),
        *_driver_problems(args.get("volume_drivers", ())),
    ]
    whole = resolved.complete and is_complete(TrainingClusterArgs, args)
    whole = whole and ("remote_queue" not in args or remote_args.is_complete(args["remote_queue"]))
    if problems or system is None or not whole:
        return problems, None
    return problems, resolve(args, context, system, resolved.pools)


def _version_problems(args: TrainingClusterArgs, resolved: ResolvedPools) -> list[Problem]:
    """Returns the problems of pools that need a newer version of Kubernetes."""
    version = args.get("kubernetes_version", versions.NEWEST)
    known = version in versions.KUBERNETES
    return device_allocation.version_problems(resolved.pools, version) if known else []


def _remote_name_problems(args: TrainingClusterArgs, resolved: ResolvedPools) -> list[Problem]:
    """Returns the problems of pools and teams with the remote queue's name."""
    named = [
        *(f"pools.{pool.name}" for pool in resolved.pools if pool.name == remote_args.NAME),
        *(f"teams.{team}" for team in args.get("teams", {}) if team == remote_args.NAME),
    ]
    allowed = f"any name but {remote_args.NAME} beside remote_queue, whose objects have it"
    return [Problem(key, remote_args.NAME, allowed, "rename it") for key in named]


def _name_problems(args: TrainingClusterArgs, context: Context) -> list[Problem]:
    """Returns the problems of the default name; `access` validates a name of the
    arguments."""
    if "cluster_name" in args:
        return []
    return access.name_problems("cluster_name", context.qualified_name)


def _release_problems(args: TrainingClusterArgs) -> list[Problem]:
    version = args.get("kubernetes_version", versions.NEWEST)
    named: dict[str, Mapping[str, Any]] = {"system_pool": args.get("system_pool", {})}
    named |= {f"pools.{name}": pool for name, pool in args.get("pools", {}).items()}
    return [
        problem
        for key, pool in named.items()
        for problem in image_release.version_problems(
            f"{key}.release_version", pool.get("release_version"), version
        )
    ]


def _vpc_problems(args: TrainingClusterArgs) -> list[Problem]:
    if not args.get("private_access_cidrs") or "vpc_id" in args:
        return []
    allowed = "the ID of the subnets' VPC, for private_access_cidrs"
    return [Problem("vpc_id", MISSING, allowed, "set it to Network.vpc_id")]


def _data_problems(args: TrainingClusterArgs) -> list[Problem]:
    """Returns the problems of the access to the artifact bucket's data."""
    datasets, models = args.get("datasets", {}), args.get("models", {})
    problems = data_args.problems(datasets, models, [TEAMLESS, *args.get("teams", {})])
    for key, shared in (("datasets", datasets), ("models", models)):
        if shared and "artifacts" not in args:
            allowed = "nothing without artifacts, the bucket that they are in"
            problems.append(
                Problem(key, sorted(shared), allowed, "set artifacts to ArtifactBucket.access")
            )
    return problems


def _driver_problems(drivers: Sequence[VolumeDriver | str]) -> list[Problem]:
    return [
        Problem(f"volume_drivers[{index}]", driver, "each driver once", "remove it")
        for index, driver in enumerate(drivers)
        if driver in drivers[:index]
    ]


def _subnet_problems(args: TrainingClusterArgs) -> list[Problem]:
    subnets = args.get("private_subnet_ids")
    if not isinstance(subnets, list) or len(subnets) >= 2:
        return []
    allowed = "at least two subnets, in different zones"
    fix = "EKS needs subnets in two zones for its control plane: add one"
    return [Problem("private_subnet_ids", len(subnets), allowed, fix)]


def _share_problems(
    args: TrainingClusterArgs,
    resolved: ResolvedPools,
    system: Pool | None,
    region: str | None,
) -> list[Problem]:
    """Returns the problems of teams, shares and ceilings. Shares can be validated only
    if all pools are valid."""
    pools = [_share(pool, f"pools.{pool.name}", region) for pool in resolved.pools]
    if system is not None:
        pools.insert(0, _share(system, "system_pool", region))
    return shares.problems(
        [pool.flavor for pool in resolved.pools] if resolved.complete else None,
        args.get("teams", {}),
        shares=pools,
        ceiling=args.get("max_usd_per_hour"),
    )


def _region(args: TrainingClusterArgs, context: Context) -> str | None:
    """Returns the region of the cluster: its zones', else the configuration's."""
    zones = args.get("zones")
    named = [
        *(zones if isinstance(zones, list) else ()),
        *(pool.get("zone") for pool in args.get("pools", {}).values()),
    ]
    found = {regions.of_zone(zone) for zone in named if isinstance(zone, str)} - {None}
    return found.pop() if len(found) == 1 else context.region


def _share(pool: Pool, key: str, region: str | None) -> Share:
    return Share(
        pool.name,
        pool.max_size,
        pool.usd_per_hour,
        size_key=f"{key}.max_size",
        price_key=f"{key}.usd_per_hour",
        fewest=max(1, pool.min_size, pool.desired_size),
        instance_type=pool.instance.name,
        region=region,
    )


def _zone_problems(args: TrainingClusterArgs) -> list[Problem]:
    """Returns the problems of pools' zones that are not among those of the cluster's
    subnets."""
    named = {
        f"pools.{name}.zone": pool["zone"]
        for name, pool in args.get("pools", {}).items()
        if "zone" in pool
    }
    zones, subnets = args.get("zones"), args.get("private_subnet_ids")
    if named and zones is None:
        allowed = f"the names of the subnets' zones, which {', '.join(named)} needs"
        fix = "set it to Network.zones, or use subnet_ids in place of the pool's zone"
        return [Problem("zones", MISSING, allowed, fix)]
    if not isinstance(zones, list):
        return []
    if isinstance(subnets, list) and len(subnets) != len(zones):
        allowed = f"one zone for each of private_subnet_ids, {len(subnets)}"
        fix = "list the zones in the order of the subnets"
        return [Problem("zones", len(zones), allowed, fix)]
    if not all(isinstance(zone, str) for zone in zones):
        return []
    return [
        problem
        for key, zone in named.items()
        if isinstance(zone, str) and pool_rules.ZONE.fullmatch(zone)
        for problem in one_of(key, zone, [str(name) for name in zones])
    ]


def _address_problems(
    args: TrainingClusterArgs, valid: Sequence[Pool], system: Pool | None
) -> list[Problem]:
    """Returns the problems of valid pools that need more addresses than their subnets
    have."""
    blocks, subnets, zones = (
        args.get("subnet_cidr_blocks"),
        args.get("private_subnet_ids"),
        args.get("zones"),
    )
    if not isinstance(blocks, list | tuple):
        return []
    if problems := addresses.block_problems(blocks):
        return problems
    if isinstance(subnets, list) and len(subnets) != len(blocks):
        allowed = f"one network for each of private_subnet_ids, {len(subnets)}"
        fix = "list the networks in the order of the subnets"
        return [Problem("subnet_cidr_blocks", len(blocks), allowed, fix)]
    known = addresses.Subnets(
        blocks,
        subnets if isinstance(subnets, list) else None,
        zones if isinstance(zones, list) else None,
    )
    of_pools = under("pools", addresses.problems(valid, known))
    of_system = addresses.problems([system], known) if system else []
    return [*of_pools, *(replace(problem, key="system_pool.max_size") for problem in of_system)]
