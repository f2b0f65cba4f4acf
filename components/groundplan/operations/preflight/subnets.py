"""Whether the subnets of a stack exist and have the addresses that its nodes need."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groundplan.facts import instances
from groundplan.manifest.model import Resource
from groundplan.operations.preflight import pools
from groundplan.operations.preflight.finding import Finding, Stage, Unchecked
from groundplan.operations.preflight.plan import Plan, mapping, texts
from groundplan.operations.preflight.pools import Pool
from groundplan.operations.preflight.reader import Missing, Reader, entries

CHECK = "subnets"
SUBNET = "aws:ec2/subnet:Subnet"

RESERVED = 5
"""Addresses of a subnet that AWS uses (VPC User Guide, "Subnet CIDR blocks")."""

OF_CLUSTER = 6
"""Free addresses that EKS requires in each of a cluster's subnets (EKS User Guide,
"View Amazon EKS networking requirements for VPC and subnets")."""

WARM_INTERFACES = 2
"""Network interfaces whose addresses the VPC CNI takes on a node with few pods: the one
in use and WARM_ENI_TARGET more, 1 by default (aws/amazon-vpc-cni-k8s, README)."""


@dataclass(frozen=True)
class Subnet:
    """A subnet, existing or not yet."""

    id: str
    """Its ID, or its symbol in the plan."""
    zone: str
    free: int


def known(
    plan: Plan, account: Reader, region: str, ids: tuple[str, ...]
) -> Mapping[str, Subnet | None]:
    """ID or symbol -> the subnet; `None` where there is none."""
    existing = [id_ for id_ in ids if id_.startswith("subnet-")]
    described: dict[str, Subnet] = {}
    if existing:
        answer = account.read("ec2", "describe_subnets", region=region)
        for entry in entries(answer, "Subnets"):
            described[str(entry["SubnetId"])] = Subnet(
                str(entry["SubnetId"]),
                str(entry.get("AvailabilityZone", "")),
                int(entry.get("AvailableIpAddressCount") or 0),
            )
    found: dict[str, Subnet | None] = {}
    for id_ in ids:
        planned = plan.referenced(id_, SUBNET)
        if planned is not None:
            found[id_] = _planned(id_, planned)
        elif id_ in existing:
            found[id_] = described.get(id_)
    return found


def _planned(id_: str, subnet: Resource) -> Subnet:
    zone = subnet.inputs.get("availabilityZone")
    try:
        size = ipaddress.ip_network(str(subnet.inputs.get("cidrBlock"))).num_addresses
    except ValueError:
        size = 1 << 16  # the block comes from a pool of addresses: nothing is known of it
    return Subnet(id_, zone if isinstance(zone, str) and "${" not in zone else "", size - RESERVED)


def zones(plan: Plan, account: Reader, pool: Pool) -> set[str]:
    """Returns the zones of a pool's subnets; empty where one isn't known."""
    found = known(plan, account, pool.region, pool.subnets)
    names = {subnet.zone for subnet in found.values() if subnet}
    return names if names and "" not in names and len(found) == len(set(pool.subnets)) else set()


def addresses(instance_type: str) -> int:
    """Returns the addresses that a node takes from its subnet before it runs many
    pods."""
    kind = instances.find(instance_type)
    if kind is None or not kind.ipv4_per_interface:
        return 1
    interfaces = min(WARM_INTERFACES, kind.interface_limit or WARM_INTERFACES)
    return interfaces * kind.ipv4_per_interface


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each subnet that does not exist, and for each pool that its
    subnets have no addresses for."""
    yield from _clusters(plan, account)
    short: set[str] = set()
    for stage, most in ((Stage.UP, False), (Stage.SCALING, True)):
        taken: dict[tuple[str, ...], int] = {}
        for pool in pools.of(plan):
            if not pool.region or not pool.subnets:
                continue
            found = known(plan, account, pool.region, pool.subnets)
            if not found or any(subnet is None for subnet in found.values()):
                continue  # reported with the resource that names it
            finding = _short(pool, found, taken, stage, most)
            if finding and pool.resource.urn not in short:
                short.add(pool.resource.urn)
                yield finding


def check_existing(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each resource that names a subnet which does not exist."""
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        ids = tuple(dict.fromkeys(_ids(resource)))
        if not ids or not plan.region(resource):
            continue
        found = known(plan, account, plan.region(resource), ids)
        for id_, subnet in found.items():
            if subnet is None:
                yield _missing(plan, resource, id_)


def check_vpcs(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each VPC that is named and does not exist."""
    seen: set[str] = set()
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        id_ = resource.inputs.get("vpcId")
        if not isinstance(id_, str) or not id_.startswith("vpc-") or id_ in seen:
            continue
        seen.add(id_)
        region = plan.region(resource)
        try:
            answer = account.read("ec2", "describe_vpcs", region=region)
            listed = {str(entry["VpcId"]) for entry in entries(answer, "Vpcs")}
        except Missing:
            listed = set()
        if id_ not in listed:
            yield Finding(
                CHECK,
                resource.urn,
                id_,
                f"{region} of this account has no such VPC",
                "name an existing VPC, or use its account and region",
                region=region,
                source=resource.source,
            )


def _ids(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    for value in (inputs.get("subnetIds"), mapping(inputs.get("vpcConfig")).get("subnetIds")):
        yield from (id_ for id_ in texts(value) if id_.startswith("subnet-"))
    one = inputs.get("subnetId")
    if isinstance(one, str) and one.startswith("subnet-"):
        yield one


def _missing(plan: Plan, resource: Resource, id_: str) -> Finding:
    region = plan.region(resource)
    return Finding(
        CHECK,
        resource.urn,
        id_,
        f"{region} of this account has no such subnet",
        "name existing subnets, or use their account and region",
        region=region,
        source=resource.source,
    )


def _clusters(plan: Plan, account: Reader) -> Iterator[Finding]:
    for cluster in plan.of_type(pools.CLUSTER):
        region = plan.region(cluster)
        if plan.is_deployed(cluster) or not region:
            continue
        ids = tuple(texts(mapping(cluster.inputs.get("vpcConfig")).get("subnetIds")))
        found = known(plan, account, region, ids)
        for subnet in found.values():
            if subnet and subnet.free < OF_CLUSTER:
                yield Finding(
                    CHECK,
                    cluster.urn,
                    f"{OF_CLUSTER} free addresses in each subnet for the control plane",
                    f"{subnet.id} has {subnet.free}",
                    "use larger subnets, or free addresses",
                    region=region,
                    source=cluster.source,
                )
        names = {subnet.zone for subnet in found.values() if subnet}
        if len(found) == len(ids) and "" not in names and len(names) == 1:
            yield Finding(
                CHECK,
                cluster.urn,
                "subnets in at least two zones",
                f"all are in {min(names)}",
                "add a subnet in another zone",
                region=region,
                source=cluster.source,
            )


def _short(
    pool: Pool,
    found: Mapping[str, Subnet | None],
    taken: dict[tuple[str, ...], int],
    stage: Stage,
    most: bool,
) -> Finding | None:
    free = sum(subnet.free for subnet in found.values() if subnet)
    key = tuple(sorted(found))
    count = (pool.most or pool.now) if most else pool.now
    each = max(addresses(kind) for kind in pool.types)
    needed = count * each
    taken[key] = taken.get(key, 0) + needed
    if not needed or taken[key] <= free:
        return None
    return Finding(
        CHECK,
        pool.resource.urn,
        f"{needed} addresses: {count} nodes x {each}, and {taken[key] - needed} of other pools",
        f"{free} free in {', '.join(sorted(found))}",
        "use larger subnets, fewer nodes, or prefix delegation of the VPC CNI",
        stage,
        pool.region,
        source=pool.resource.source,
    )
