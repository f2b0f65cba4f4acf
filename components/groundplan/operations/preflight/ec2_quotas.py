"""Whether the quotas of EC2 have the vCPUs that a stack's pools need."""

from collections.abc import Iterator, Sequence

from groundplan.facts import service_quotas
from groundplan.operations.preflight import alternatives, ec2_usage, pools, quota_values
from groundplan.operations.preflight.finding import Finding, Stage, Unchecked
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.pools import Pool
from groundplan.operations.preflight.reader import Reader

CHECK = "quotas of EC2"
UNIT = "vCPUs"

Group = tuple[str, str]
"""A region, and the code of a quota."""


def needs(plan: Plan) -> dict[Group, list[Pool]]:
    """Region and quota -> the pools that count against it, in the order of `up`.

    Not those in reservations, which count from when they are created, and in Capacity
    Blocks, which count against none of these (EC2 User Guide, "Capacity Blocks").
    """
    found: dict[Group, list[Pool]] = {}
    for pool in pools.of(plan):
        if pool.reservation or pool.block:
            continue
        codes = {
            quota.code
            for kind in pool.types
            if (quota := service_quotas.of_instance(kind, pool.spot))
        }
        for code in sorted(codes):
            found.setdefault((pool.region, code), []).append(pool)
    return found


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each quota that is too small."""
    own = _own(plan)
    yield from _unknown(plan)
    for (region, code), members in needs(plan).items():
        if not region:
            yield Unchecked(CHECK, members[0].resource.name, "its region isn't known")
            continue
        quota = quota_values.of(account, "ec2", region).get(code)
        if quota is None:
            yield Unchecked(CHECK, code, f"Service Quotas does not list it in {region}")
            continue
        used = ec2_usage.used(account, region, own).get(code, 0)
        finding = _short(account, members, quota, used)
        if finding:
            yield finding


def _unknown(plan: Plan) -> Iterator[Unchecked]:
    """Yields the pools with types of which no quota is known: mac, which has one of
    hosts, and P6 on Spot."""
    for pool in pools.of(plan):
        if pool.reservation or pool.block:
            continue
        for kind in pool.types:
            if not service_quotas.of_instance(kind, pool.spot):
                bought = "on Spot" if pool.spot else "on demand"
                why = f"the quota that {kind} {bought} counts against isn't known"
                yield Unchecked(CHECK, pool.resource.name, why)


def _short(
    account: Reader,
    members: Sequence[Pool],
    quota: quota_values.QuotaValue,
    used: int,
) -> Finding | None:
    room = quota.value - used
    most = sum(pool.need(most=True) for pool in members)
    for stage, at_most in ((Stage.UP, False), (Stage.SCALING, True)):
        total = 0
        for pool in members:
            total += pool.need(most=at_most)
            if total > room:
                return quota_values.short(
                    CHECK,
                    pool.resource,
                    quota,
                    needed=sum(each.need(most=at_most) for each in members),
                    used=used,
                    unit=UNIT,
                    most=most,
                    stage=stage,
                    why=_arithmetic(members, at_most),
                    other=f"lower the size of {pool.resource.name}",
                    alternatives=alternatives.of_pool(pool, account),
                )
    return None


def _arithmetic(members: Sequence[Pool], most: bool) -> str:
    """Returns how the need is computed: `: training-gpu 2 x 4, training-burst 8 x
    4`."""
    parts = [
        f"{pool.resource.name} {(pool.most or pool.now) if most else pool.now} x {pool.vcpus}"
        for pool in members
        if pool.need(most=most)
    ]
    return f": {', '.join(parts)}" if parts else ""


def _own(plan: Plan) -> set[str]:
    """Names and IDs of what is deployed of the stack and runs instances."""
    clusters = {
        str(cluster.inputs.get("name") or plan.deployed_id(cluster))
        for cluster in plan.of_type(pools.CLUSTER)
        if plan.is_deployed(cluster)
    }
    others = {
        plan.deployed_id(resource)
        for resource in plan.of_type(pools.SCALING_GROUP, pools.INSTANCE)
        if plan.is_deployed(resource)
    }
    return (clusters | others) - {""}
