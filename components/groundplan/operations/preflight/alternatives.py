"""What passes where capacity is short: the cheapest type, purchase option, region."""

from collections.abc import Iterator, Sequence

from groundplan.facts import instances, prices, regions, service_quotas
from groundplan.facts.instances import Instance
from groundplan.operations.preflight import ec2_usage, quota_values
from groundplan.operations.preflight.pools import Pool
from groundplan.operations.preflight.reader import Missing, Reader, Unread, entries

TYPES, REGIONS = 12, 5
"""How many of the cheapest are tried: each region is three reads, each type none but
of those that are offered."""


def of_pool(pool: Pool, account: Reader) -> tuple[str, ...]:
    """Returns what passes in place of a pool: the cheapest instance type, the other
    purchase option, the cheapest region. What can't be read is left out."""
    found: list[str] = []
    for part in (_types, _purchase, _regions):
        try:
            found += part(pool, account)
        except Unread:
            continue
    return tuple(found)


def zones_of(account: Reader, region: str, types: Sequence[str]) -> dict[str, set[str]]:
    """Instance type -> the zones of a region that offer it."""
    answer = account.read(
        "ec2",
        "describe_instance_type_offerings",
        region=region,
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": sorted(types)}],
    )
    found: dict[str, set[str]] = {kind: set() for kind in types}
    for entry in entries(answer, "InstanceTypeOfferings"):
        found.setdefault(str(entry["InstanceType"]), set()).add(str(entry["Location"]))
    return found


def similar(kind: str) -> list[Instance]:
    """Instance types that do what `kind` does: its architecture, and at least its
    vCPUs, memory, accelerators and their memory."""
    wanted = instances.find(kind)
    if wanted is None:
        return []
    return [
        other
        for other in instances.every().values()
        if other.name != kind
        and other.architecture == wanted.architecture
        and other.vcpus >= wanted.vcpus
        and other.memory_mib >= wanted.memory_mib
        and other.accelerator_manufacturer == wanted.accelerator_manufacturer
        and other.accelerator_count >= wanted.accelerator_count
        and other.accelerator_memory_mib >= wanted.accelerator_memory_mib
        and other.efa_interfaces >= wanted.efa_interfaces
    ]


def _fits(account: Reader, region: str, kind: str, spot: bool, vcpus: int) -> bool:
    quota = service_quotas.of_instance(kind, spot)
    value = quota_values.of(account, "ec2", region).get(quota.code) if quota else None
    if quota is None or value is None:
        return False
    return ec2_usage.used(account, region).get(quota.code, 0) + vcpus <= value.value


def _types(pool: Pool, account: Reader) -> Iterator[str]:
    book = prices.of(pool.region)
    count = pool.most or pool.now
    wanted = service_quotas.of_instance(pool.types[0], pool.spot)
    priced = sorted(
        (price.usd, other.name)
        for other in similar(pool.types[0])
        if service_quotas.of_instance(other.name, pool.spot) != wanted
        and (price := book.ec2_hour(other.name))
    )[:TYPES]
    offered = zones_of(account, pool.region, [name for _, name in priced]) if priced else {}
    for usd, name in priced:
        other = instances.find(name)
        if (
            other
            and offered.get(name)
            and _fits(account, pool.region, name, pool.spot, count * other.vcpus)
        ):
            yield f"{name} in {pool.region}, USD {usd:.2f} an hour"
            return


def _purchase(pool: Pool, account: Reader) -> Iterator[str]:
    if _fits(account, pool.region, pool.types[0], not pool.spot, pool.need(most=True)):
        yield f"{pool.types[0]} {'on demand' if pool.spot else 'on spot'} in {pool.region}"


def _regions(pool: Pool, account: Reader) -> Iterator[str]:
    kind = pool.types[0]
    partition = regions.partition(pool.region)
    priced = sorted(
        (price.usd, region)
        for region in prices.regions()
        if region != pool.region
        and regions.partition(region) == partition
        and (price := prices.of(region).ec2_hour(kind))
    )[:REGIONS]
    for usd, region in priced:
        try:
            fits = _fits(account, region, kind, pool.spot, pool.need(most=True))
            if fits and zones_of(account, region, [kind])[kind]:
                yield f"{kind} in {region}, USD {usd:.2f} an hour"
                return
        except (Missing, Unread):
            continue  # a region that is not enabled is no alternative
