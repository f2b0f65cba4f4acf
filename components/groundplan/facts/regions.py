"""AWS regions and their availability zones (`zones.csv`)."""

from collections.abc import Mapping
from functools import cache

from groundplan.facts import table
from groundplan.problems import Problem, one_of

NO_EKS_ZONES = ("use1-az3", "usw1-az2", "cac1-az3")
"""Zone IDs in which EKS can't place a control plane's network interfaces.

Source: Amazon EKS User Guide, "View Amazon EKS networking requirements for VPC and
subnets", subnet requirements.
"""


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in table.rows("zones.csv"):
        found.setdefault(row["region"], {})[row["zone"]] = row["zone_id"]
    return found


def names() -> list[str]:
    """Returns all known regions."""
    return sorted(_all())


def zones(region: str) -> Mapping[str, str]:
    """Zone name -> zone ID of a region; empty if the region is unknown."""
    return _all().get(region, {})


PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
)
"""The beginning of a partition's regions, the partition, and its DNS suffix.

Source: botocore/data/partitions.json (botocore 1.42), read 2026-11-28.
"""


def partition(region: str) -> str:
    """Returns the partition that a region belongs to: `aws`, `aws-cn` or
    `aws-us-gov`."""
    return next(name for start, name, _ in PARTITIONS if region.startswith(start))


def cost_explorer(region: str) -> str:
    """Returns the region of Cost Explorer's only endpoint in the partition of a region;
    the region itself where none is known (AWS General Reference, "AWS Cost Explorer
    endpoints")."""
    endpoints = {"aws": "us-east-1", "aws-cn": "cn-northwest-1"}
    return endpoints.get(partition(region), region)


def dns_suffix(partition: str) -> str:
    """Returns the DNS suffix of a partition: `amazonaws.com`."""
    return next(suffix for _, name, suffix in PARTITIONS if name == partition)


def problems(region: str, zone_count: int) -> list[Problem]:
    """Returns whether a region exists and has enough zones that EKS can use. The keys
    are `region` and `zone_count`."""
    if region not in _all():
        return one_of("region", region, names())
    usable = _usable(region)
    if zone_count <= usable:
        return []
    roomy = [
        name
        for name in names()
        if _usable(name) >= zone_count and name.split("-")[0] == region.split("-")[0]
    ]
    other = f", or a region that has {zone_count}, such as {', '.join(roomy[:3])}" if roomy else ""
    allowed = f"at most {usable}: {region} has no more zones for it"
    return [Problem("zone_count", zone_count, allowed, f"use at most {usable} zones{other}")]


def usable_zones(region: str) -> list[str]:
    """Returns the names of the zones of a region that EKS can use, by name."""
    found = zones(region).items()
    return sorted(name for name, zone_id in found if zone_id not in NO_EKS_ZONES)


def _usable(region: str) -> int:
    return len(usable_zones(region))


def of_zone(zone: str) -> str | None:
    """Returns the region of an availability zone, `eu-west-1a`; `None` if the zone is
    unknown."""
    return _of_zones().get(zone)


@cache
def _of_zones() -> Mapping[str, str]:
    return {zone: region for region, zones_ in _all().items() for zone in zones_}
