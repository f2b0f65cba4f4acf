"""Divides the CIDR block of a VPC into subnets.

The block is divided into equal slots: 4 for up to 3 zones, 8 for 4 to 6. Slot i is the
private subnet of zone i, which has the addresses of pods and instances. The last slot
is divided the same way once more, into the public subnets, which have only load
balancers and NAT gateways. With 10.0.0.0/16 and 3 zones, private subnets are /18 and
public ones /20. Within 1 to 3 zones, and within 4 to 6, adding a zone changes no other
subnet.
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
"""Ranges without public addresses: RFC 1918, and RFC 6598 for the last. Public
addresses in the VPC's block could not be reached from it."""


@dataclass(frozen=True)
class Layout:
    """The CIDR blocks of the subnets, in the order of the zones."""

    private: tuple[str, ...]
    public: tuple[str, ...]


def layout(cidr: str, zone_count: int) -> Layout:
    """Returns the subnets of a VPC without `problems`."""
    bits = _slot_bits(zone_count)
    slots = list(IPv4Network(cidr).subnets(bits))
    public = list(slots[-1].subnets(bits))
    return Layout(
        private=tuple(str(slot) for slot in slots[:zone_count]),
        public=tuple(str(slot) for slot in public[:zone_count]),
    )


def problems(cidr: str, zone_count: int) -> list[Problem]:
    """Returns the problems of a VPC's CIDR block and number of zones. The keys are
    `cidr_block` and `zone_count`.

    The CIDR block has one problem at most, whose fix is valid.
    """
    problems = whole_number("zone_count", zone_count, 1, MAX_ZONES, "zones")
    return problems + _cidr_problems(cidr, 1 if problems else zone_count)


def _cidr_problems(cidr: str, zone_count: int) -> list[Problem]:
    def problem(allowed: str, fix: str) -> list[Problem]:
        return [Problem("cidr_block", cidr, allowed, fix)]

    network = _parsed(cidr)
    if network is None:
        return problem(
            "an IPv4 network in CIDR notation", "write it as address/prefix, such as 10.0.0.0/16"
        )
    if isinstance(network, IPv6Network):
        return problem("an IPv4 network: the VPC has no IPv6", "use one such as 10.0.0.0/16")
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        return problem(
            f"a block in a private range: {', '.join(map(str, PRIVATE_RANGES))}",
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
        lack = f"/{network.prefixlen} is too small for subnets in {zones}, /{SMALLEST} at least"
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
    """Returns the bits of a slot's number: 4 or 8 slots, at least one more than
    zones."""
    return 2 if zone_count <= 3 else 3


def _smallest_prefix(zone_count: int) -> int:
    return SMALLEST - 2 * _slot_bits(zone_count)


def _parsed(cidr: str) -> IPv4Network | IPv6Network | None:
    _, _, prefix = cidr.partition("/")
    if not prefix.isdecimal():
        # Python accepts a netmask, or no prefix at all; AWS does not.
        return None
    for kind in (IPv4Network, IPv6Network):
        try:
            return kind(cidr, strict=False)
        except ValueError:
            continue
    return None
