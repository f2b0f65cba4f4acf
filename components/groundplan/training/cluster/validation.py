"""Validates the arguments of a TrainingCluster."""

from groundplan.context import Context
from groundplan.problems import MISSING, Problem, one_of, under
from groundplan.training.cluster import access
from groundplan.training.cluster.args import TrainingClusterArgs
from groundplan.training.nodes import addresses, pool_rules, pools
from groundplan.training.nodes.pool import SYSTEM
from groundplan.training.platform import platform
from groundplan.training.queues import night, spending
from groundplan.training.queues.spending import Share


def validate(args: TrainingClusterArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = access.problems(args)
    if "cluster_name" not in args:
        found += access.name_problems("cluster_name", context.qualified_name)
    if args.get("private_access_cidrs") and "vpc_id" not in args:
        found.append(
            Problem(
                "vpc_id",
                MISSING,
                "the VPC of the subnets, for private_access_cidrs",
                "give Network.vpc_id",
            )
        )
    found += under("system_pool", pools.system_problems(args.get("system_pool", {})))
    found += under("pools", pools.problems(args.get("pools", {})))
    found += _zone_problems(args) + _address_problems(args) + _share_problems(args)
    found += under("night", night.problems(args["night"])) if "night" in args else []
    subnets = args.get("private_subnet_ids")
    if isinstance(subnets, list) and len(subnets) < 2:
        allowed = "at least two subnets, in different zones"
        found.append(
            Problem(
                "private_subnet_ids",
                len(subnets),
                allowed,
                "EKS places its control plane in two zones: add one",
            )
        )
    return found


def _share_problems(args: TrainingClusterArgs) -> list[Problem]:
    """Whether pools, teams and ceilings fit each other; shares can be judged only of
    pools that nothing else is wrong with."""
    given, teams = args.get("pools", {}), args.get("teams", {})
    sound = pools.sound(given)
    if len(sound) < len(given):
        return platform.team_problems(teams)
    of_system = (
        []
        if pools.system_problems(args.get("system_pool", {}))
        else [pools.system_pool(args.get("system_pool", {}))]
    )
    shares = [Share(pool.name, pool.max_size, pool.usd_per_hour) for pool in [*of_system, *sound]]
    ceiling = spending.ceiling_problems(shares, args.get("max_usd_per_hour"))
    return [*ceiling, *platform.problems([pool.flavor for pool in sound], teams)]


def _zone_problems(args: TrainingClusterArgs) -> list[Problem]:
    """Whether the zones that pools name are among those of the cluster's subnets."""
    named = {
        f"pools.{name}.zone": pool["zone"]
        for name, pool in args.get("pools", {}).items()
        if "zone" in pool
    }
    zones, subnets = args.get("zones"), args.get("private_subnet_ids")
    if named and zones is None:
        allowed = f"the names of the subnets' zones, as {', '.join(named)} asks for one of them"
        return [
            Problem(
                "zones",
                MISSING,
                allowed,
                "give Network.zones, or subnet_ids in place of the pool's zone",
            )
        ]
    if not isinstance(zones, list):
        return []
    if isinstance(subnets, list) and len(subnets) != len(zones):
        allowed = f"one zone for each of private_subnet_ids, {len(subnets)}"
        return [Problem("zones", len(zones), allowed, "name the zones in the order of the subnets")]
    if not all(isinstance(zone, str) for zone in zones):
        return []
    whole = {key: zone for key, zone in named.items() if pool_rules.ZONE.fullmatch(zone)}
    return [
        problem
        for key, zone in whole.items()
        for problem in one_of(key, zone, [str(name) for name in zones])
    ]


def _address_problems(args: TrainingClusterArgs) -> list[Problem]:
    """Whether the subnets have addresses for the pools, of those that nothing else is
    wrong with."""
    blocks, subnets, zones = (
        args.get("subnet_cidr_blocks"),
        args.get("private_subnet_ids"),
        args.get("zones"),
    )
    if blocks is None:
        return []
    if found := addresses.block_problems(blocks):
        return found
    if isinstance(subnets, list) and len(subnets) != len(blocks):
        allowed = f"one network for each of private_subnet_ids, {len(subnets)}"
        fix = "give the networks in the order of the subnets"
        return [Problem("subnet_cidr_blocks", len(blocks), allowed, fix)]
    known = addresses.Subnets(
        blocks,
        subnets if isinstance(subnets, list) else None,
        zones if isinstance(zones, list) else None,
    )
    found = under("pools", addresses.problems(pools.sound(args.get("pools", {})), known))
    system = args.get("system_pool", {})
    if not pools.system_problems(system):
        of_system = addresses.problems([pools.system_pool(system)], known)
        found += [Problem(f"{SYSTEM}_pool.max_size", p.value, p.allowed, p.fix) for p in of_system]
    return found
