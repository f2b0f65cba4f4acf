"""Whether the quotas of things that are counted have room: addresses, VPCs, gateways,
clusters, node groups, roles, and Lambda's concurrency."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from groundplan.facts import service_quotas
from groundplan.manifest.model import Resource
from groundplan.operations.preflight import pools, quota_values
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan, mapping, whole
from groundplan.operations.preflight.reader import Missing, Reader, entries

CHECK = "quotas of what is counted"

UNRESERVED = 100
"""The concurrency that Lambda leaves unreserved in each account (Lambda Developer
Guide, "Configuring reserved concurrency")."""


@dataclass(frozen=True)
class Counted:
    """Resources of a type that count one each against a quota."""

    token: str
    use: str
    unit: str
    used: Callable[[Reader, str], int]


def _listed(service: str, operation: str, key: str) -> Callable[[Reader, str], int]:
    def used(account: Reader, region: str) -> int:
        return len(account.read(service, operation, region=region).get(key) or [])

    return used


COUNTED = (
    Counted(
        "aws:ec2/eip:Eip",
        "addresses",
        "addresses",
        _listed("ec2", "describe_addresses", "Addresses"),
    ),
    Counted("aws:ec2/vpc:Vpc", "vpcs", "VPCs", _listed("ec2", "describe_vpcs", "Vpcs")),
    Counted(
        "aws:ec2/internetGateway:InternetGateway",
        "internet-gateways",
        "internet gateways",
        _listed("ec2", "describe_internet_gateways", "InternetGateways"),
    ),
    Counted(pools.CLUSTER, "clusters", "clusters", _listed("eks", "list_clusters", "clusters")),
)


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each quota that is too small for what is created."""
    for counted in COUNTED:
        for region, created in _created(plan, counted.token).items():
            used = counted.used(account, region)
            yield from _short(account, counted.use, region, created, used=used, unit=counted.unit)


def check_nat_gateways(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each zone that has no room for the stack's NAT gateways."""
    token, subnet_token = "aws:ec2/natGateway:NatGateway", "aws:ec2/subnet:Subnet"
    for region, created in _created(plan, token).items():
        subnets = {
            str(entry["SubnetId"]): str(entry.get("AvailabilityZone"))
            for entry in entries(account.read("ec2", "describe_subnets", region=region), "Subnets")
        }
        answer = account.read("ec2", "describe_nat_gateways", region=region)
        used = Counter(
            subnets.get(str(entry.get("SubnetId")), "")
            for entry in entries(answer, "NatGateways")
            if entry.get("State") in ("pending", "available")
        )
        zones: dict[str, list[Resource]] = {}
        for gateway in created:
            subnet = plan.referenced(gateway.inputs.get("subnetId"), subnet_token)
            zone = subnet.inputs.get("availabilityZone") if subnet else None
            known = subnets.get(str(gateway.inputs.get("subnetId")))
            zones.setdefault(str(zone or known or ""), []).append(gateway)
        for zone, gateways in zones.items():
            if zone:
                yield from _short(
                    account,
                    "nat-gateways",
                    region,
                    gateways,
                    used=used[zone],
                    unit=f"NAT gateways in {zone}",
                )


def check_node_groups(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each cluster that would have too many node groups."""
    for region, groups in _created(plan, pools.NODE_GROUP).items():
        of_cluster: dict[str, list[Resource]] = {}
        for group in groups:
            cluster = plan.referenced(group.inputs.get("clusterName"), pools.CLUSTER)
            name = (cluster or group).inputs.get("name" if cluster else "clusterName")
            of_cluster.setdefault(str(name), []).append(group)
        for owner, members in of_cluster.items():
            try:
                answer = account.read("eks", "list_nodegroups", region=region, clusterName=owner)
                used = len(answer.get("nodegroups") or [])
            except Missing:
                used = 0
            yield from _short(
                account,
                "node-groups",
                region,
                members,
                used=used,
                unit=f"node groups of {owner}",
            )


def check_concurrency(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding where Lambda has no room for the concurrency that functions
    reserve."""
    for region, created in _created(plan, "aws:lambda/function:Function").items():
        reserving = [
            function
            for function in created
            if (whole(function.inputs.get("reservedConcurrentExecutions")) or 0) > 0
        ]
        if not reserving:
            continue
        needed = sum(whole(f.inputs["reservedConcurrentExecutions"]) or 0 for f in reserving)
        answer = account.read("lambda", "get_account_settings", region=region)
        limits = mapping(answer.get("AccountLimit"))
        total = whole(limits.get("ConcurrentExecutions")) or 0
        free = whole(limits.get("UnreservedConcurrentExecutions")) or 0
        yield from _short(
            account,
            "lambda-concurrency",
            region,
            reserving,
            needed=needed,
            used=total - free + UNRESERVED,
            unit="concurrent executions",
            limit=float(total),
        )


def check_roles(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding where IAM has no room for the stack's roles."""
    created = [r for r in plan.of_type("aws:iam/role:Role") if not plan.is_deployed(r)]
    if created:
        answer = account.read("iam", "get_account_summary", region="us-east-1")
        summary = mapping(answer.get("SummaryMap"))
        yield from _short(
            account,
            "roles",
            "us-east-1",
            created,
            used=whole(summary.get("Roles")) or 0,
            unit="roles",
            limit=float(summary["RolesQuota"]) if "RolesQuota" in summary else None,
        )


def _created(plan: Plan, token: str) -> dict[str, list[Resource]]:
    """Region -> the resources of a type that `up` creates there."""
    found: dict[str, list[Resource]] = {}
    for resource in plan.of_type(token):
        if not plan.is_deployed(resource) and plan.region(resource):
            found.setdefault(plan.region(resource), []).append(resource)
    return found


def _short(
    account: Reader,
    use: str,
    region: str,
    created: Sequence[Resource],
    *,
    used: int,
    unit: str,
    needed: int | None = None,
    limit: float | None = None,
) -> Iterator[Finding | Unchecked]:
    wanted = service_quotas.of_use(use)
    quota = quota_values.of(account, wanted.service, region).get(wanted.code)
    if quota is None and limit is None:
        yield Unchecked(CHECK, wanted.name, f"Service Quotas does not list it in {region}")
        return
    value = limit if limit is not None else (quota.value if quota else 0)
    count = needed if needed is not None else len(created)
    if used + count <= value:
        return
    room = max(0, int(value) - used)
    first = created[min(room, len(created) - 1)] if needed is None else created[0]
    known = quota or quota_values.QuotaValue(
        wanted.service, wanted.code, wanted.name, value, True, region
    )
    yield quota_values.short(CHECK, first, known, needed=count, used=used, unit=unit)
