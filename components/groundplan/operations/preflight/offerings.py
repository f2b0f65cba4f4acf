"""Whether the zones of a stack's subnets offer its instance types."""

from collections.abc import Iterator

from groundplan.operations.preflight import alternatives, pools, subnets
from groundplan.operations.preflight.finding import Finding, Stage, Unchecked
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.pools import Pool
from groundplan.operations.preflight.reader import Reader, Unread, entries

CHECK = "instance offerings"


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each pool whose types no zone of its subnets offers."""
    regions: dict[str, list[Pool]] = {}
    for pool in pools.of(plan):
        regions.setdefault(pool.region, []).append(pool)
    for region, members in regions.items():
        if not region:
            yield Unchecked(CHECK, members[0].resource.name, "its region isn't known")
            continue
        types = sorted({kind for pool in members for kind in pool.types})
        offered = alternatives.zones_of(account, region, types)
        for pool in members:
            yield from _of_pool(plan, account, pool, offered)


def _of_pool(
    plan: Plan, account: Reader, pool: Pool, offered: dict[str, set[str]]
) -> Iterator[Finding | Unchecked]:
    somewhere = {zone for kind in pool.types for zone in offered.get(kind, ())}
    types = " or ".join(pool.types)
    stage = Stage.UP if pool.now else Stage.SCALING
    if not somewhere:
        yield Finding(
            CHECK,
            pool.resource.urn,
            types,
            f"{pool.region} does not offer it",
            "use another instance type, or another region",
            Stage.UP,  # EKS and EC2 refuse a type that the region lacks
            pool.region,
            alternatives.of_pool(pool, account),
            source=pool.resource.source,
        )
        return
    zones = subnets.zones(plan, account, pool)
    if zones and not zones & somewhere:
        yield Finding(
            CHECK,
            pool.resource.urn,
            f"{types} in {', '.join(sorted(zones))}",
            f"{pool.region} offers it in {', '.join(sorted(somewhere))} only",
            f"add a subnet in {min(somewhere)}, or use another instance type",
            stage,
            pool.region,
            (f"{types} in {min(somewhere)}",),
            source=pool.resource.source,
        )


def check_zones(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each subnet in a zone that the account does not have."""
    known: dict[str, set[str]] = {}
    for subnet in plan.of_type(subnets.SUBNET):
        region, zone = plan.region(subnet), str(subnet.inputs.get("availabilityZone") or "")
        if not region or not zone or "${" in zone or plan.is_deployed(subnet):
            continue
        if region not in known:
            answer = account.read("ec2", "describe_availability_zones", region=region)
            known[region] = {
                str(entry["ZoneName"])
                for entry in entries(answer, "AvailabilityZones")
                if entry.get("State", "available") == "available"
            }
            if not known[region]:
                raise Unread(f"{region} lists no availability zones")
        if zone not in known[region]:
            yield Finding(
                CHECK,
                subnet.urn,
                zone,
                f"the zones of this account in {region}: {', '.join(sorted(known[region]))}",
                "name the zones of this account (its names may differ from another's)",
                region=region,
                source=subnet.source,
            )
