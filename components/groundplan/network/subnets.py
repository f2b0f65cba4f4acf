"""How the addresses of a VPC are divided into subnets.

The VPC is cut into equal slots: 4 for up to 3 zones, 8 for 4 to 6. Slot i is the
private subnet of zone i, as pods and instances take their addresses there; the last
slot is cut the same way once more, into the public subnets, which hold no more than
load balancers and NAT gateways. 10.0.0.0/16 and 3 zones give private subnets of /18 and
public ones of /20. Within 1 to 3 zones, and within 4 to 6, no subnet moves when a zone
is added.

Nothing here knows Pulumi: settings and the component judge by the same rule.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from groundplan.problems import Problem, whole_number

MAX_ZONES = 6
"""The most zones that a region has (us-east-1)."""
LARGEST, SMALLEST = 16, 28
"""Prefixes of the largest and the smallest VPC or subnet. Source: Amazon VPC User
Guide, "VPC CIDR blocks", "Subnet CIDR blocks"."""
PRIVATE_RANGES = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""What nobody owns on the internet: RFC 1918, and RFC 6598 for the last. Other
addresses would be cut off from the VPC."""


@dataclass(frozen=True)
class Layout:
    """The networks of the subnets, zone by zone."""

    private: tuple[str, ...]
    public: tuple[str, ...]


def layout(cidr: str, zone_count: int) -> Layout:
    """The subnets of a VPC that has no `problems`."""
    bits = _slot_bits(zone_count)
    slots = list(IPv4Network(cidr).subnets(bits))
    public = list(slots[-1].subnets(bits))
    return Layout(
        private=tuple(str(slot) for slot in slots[:zone_count]),
        public=tuple(str(slot) for slot in public[:zone_count]),
    )


def problems(cidr: str, zone_count: int) -> list[Problem]:
    """What is wrong with a VPC's network and its number of zones. The keys are
    `cidr_block` and `zone_count`.

    Of the network one thing is said, the one whose fix leaves nothing else wrong.
    """
    found = whole_number("zone_count", zone_count, 1, MAX_ZONES, "zones")
    return found + _network_problems(cidr, 1 if found else zone_count)


def _network_problems(cidr: str, zone_count: int) -> list[Problem]:
    def problem(allowed: str, fix: str) -> list[Problem]:
        return [Problem("cidr_block", cidr, allowed, fix)]

    network = _parsed(cidr)
    if network is None:
        return problem(
            "an IPv4 network in CIDR notation", "write it as address/prefix, such as 10.0.0.0/16"
        )
    if isinstance(network, IPv6Network):
        return problem("an IPv4 network; the VPC has no IPv6", "use one such as 10.0.0.0/16")
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        return problem(
            f"a part of a private range: {', '.join(map(str, PRIVATE_RANGES))}",
            "use one such as 10.0.0.0/16",
        )
    smallest = _smallest_prefix(zone_count)
    if network.prefixlen < LARGEST:
        part = next(network.subnets(new_prefix=LARGEST))
        return problem(
            f"/{LARGEST} to /{smallest}, as AWS has no larger VPC",
            f"use a part of it, such as {part}",
        )
    if network.prefixlen > smallest:
        zones = "1 zone" if zone_count == 1 else f"{zone_count} zones"
        lack = f"/{network.prefixlen} has no room for subnets in {zones}, of /{SMALLEST} at least"
        fix = f"use /{smallest} or larger, such as {network.supernet(new_prefix=smallest)}"
        few = max(
            (
                count
                for count in range(1, zone_count)
                if network.prefixlen <= _smallest_prefix(count)
            ),
            default=0,
        )
        return problem(
            f"/{LARGEST} to /{smallest}: {lack}", f"{fix}, or at most {few} zones" if few else fix
        )
    if str(network) != cidr:
        return problem("a network whose host bits are zero", f"use {network}")
    return []


def _slot_bits(zone_count: int) -> int:
    """How many bits the number of a slot takes: one slot more than zones at least, 4 or
    8."""
    return 2 if zone_count <= 3 else 3


def _smallest_prefix(zone_count: int) -> int:
    return SMALLEST - 2 * _slot_bits(zone_count)


def _parsed(cidr: str) -> IPv4Network | IPv6Network | None:
    _, _, prefix = cidr.partition("/")
    if not prefix.isdecimal():  # Python takes a netmask, or none at all, for a prefix; AWS does not
        return None
    for kind in (IPv4Network, IPv6Network):
        try:
            return kind(cidr, strict=False)
        except ValueError:
            continue
    return None
