"""The arguments of a `TrainingCluster`, and the rules that they have to keep."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.problems import MISSING, Problem, one_of, under
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.training.choices import VolumeDriver
from groundplan.training.cluster import access
from groundplan.training.frameworks import FrameworksArgs
from groundplan.training.nodes import addresses, pool_rules, pools
from groundplan.training.nodes.pool import SYSTEM
from groundplan.training.nodes.pool_args import AcceleratedPoolArgs, SystemPoolArgs
from groundplan.training.platform import platform
from groundplan.training.queues import night, spending
from groundplan.training.queues.night import NightArgs
from groundplan.training.queues.spending import Share
from groundplan.training.teams.team_args import TeamArgs


class TrainingClusterArgs(TypedDict):
    """What a `TrainingCluster` can be told."""

    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets for nodes and for the control plane's network interfaces, in at least two
    zones. Updates in place; other subnets replace the node groups."""
    zones: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Names of the availability zones of `private_subnet_ids`, in their order, for
    pools that name their `zone`. Default: none."""
    subnet_cidr_blocks: NotRequired[Sequence[str]]
    """Networks of `private_subnet_ids`, in their order: pools that have more nodes than
    these have addresses for are refused. Default: none, and nothing is checked."""
    administrators: Sequence[pulumi.Input[str]]
    """ARNs of the IAM roles and users that administer the cluster. The one that runs
    `pulumi up` has to be among them: EKS would admit the cluster's creator only by a
    flag that can't be changed later without a new cluster. Updates in place."""
    cluster_name: NotRequired[str]
    """The cluster's name in AWS. Default: `<project>-<stack>-<name>`. Changing it
    replaces the cluster."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, one of `versions.KUBERNETES`. Default: the newest
    there. Raise it by one at a time: control plane, add-ons and nodes are updated in
    place, nodes one by one; EKS never goes back."""
    public_access_cidrs: NotRequired[Sequence[str]]
    """Networks that may reach the API server over the internet, at most 40. Default:
    none; then Pulumi has to run in one of `private_access_cidrs`. Updates in place."""
    private_access_cidrs: NotRequired[Sequence[str]]
    """Networks inside the VPC, or connected to it, that may reach the API server's
    private endpoint beside the nodes. Needs `vpc_id`. Default: none. Updates in
    place."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """ID of the subnets' VPC, for `private_access_cidrs`. A cluster can't move to
    another one."""
    system_pool: NotRequired[SystemPoolArgs]
    """The nodes that carry the cluster's own software. Default: two to four m7i.large."""
    pools: NotRequired[Mapping[str, AcceleratedPoolArgs]]
    """Pools of nodes for jobs, by name, up to 64. Default: none. AWS grants 30 managed
    node groups per cluster, the system pool's among them, and more on request. Jobs go
    to the first pool, in the order of their names, that has room for them, those
    without accelerators first."""
    teams: NotRequired[Mapping[str, TeamArgs]]
    """Teams by name, which is also that of the namespace. Default: none; all jobs are
    in the namespace `training`."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, `ArtifactBucket.access`: each team's jobs read and write
    `teams/<team>/` there, those of no team `models/` and `checkpoints/`; all read
    `datasets/`. Default: no access."""
    volume_drivers: NotRequired[Sequence[VolumeDriver]]
    """What pods can mount beside EBS volumes: `lustre` (file systems, see
    `TrainingCluster.mount`) and `s3` (with `artifacts`, each team has the claim
    `datasets`, read-only). Default: none. Updates in place."""
    frameworks: NotRequired[FrameworksArgs]
    """What jobs of several pods are written for. Default: none but Kubernetes' own Job."""
    max_usd_per_hour: NotRequired[float]
    """The most that all nodes may cost in an hour with every pool at its largest, in US
    dollars at on-demand prices; more is refused. Default: no ceiling."""
    night: NotRequired[NightArgs]
    """When the queues are closed, so that idle nodes go. Default: never."""
    log_retention_days: NotRequired[int]
    """Days that the control plane's logs are kept, one of the values that CloudWatch
    Logs has. Default: 90. In place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for Kubernetes secrets and the logs, in place of an own one. CloudWatch
    Logs has to be allowed to use it. Changing it replaces the cluster."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the cluster, and its logs and key stay in
    AWS when the stack lets go of them. Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children, of instances, volumes and network interfaces too.
    Updates in place; nodes one by one."""


def problems(args: TrainingClusterArgs) -> list[Problem]:
    """What is wrong with the values of `args`."""
    found = access.problems(args)
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
