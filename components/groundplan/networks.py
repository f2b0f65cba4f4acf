"""Ranges of addresses taken together: whether they are the internet."""

import ipaddress
from collections.abc import Iterable

INTERNET = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("2000::/3"))
"""All IPv4 addresses, and IPv6's global unicast addresses (RFC 4291, section 2.4)."""


def is_internet(cidrs: Iterable[str]) -> bool:
    """Returns whether ranges together are half of the internet or more: 0.0.0.0/0, the
    two halves of it, or all of it but a few networks.

    Texts that are not ranges are ignored.
    """
    listed = list(cidrs)
    return any(
        2 * sum(part.num_addresses for part in _inside(listed, whole)) >= whole.num_addresses
        for whole in INTERNET
    )


def _inside(
    cidrs: Iterable[str], whole: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Returns the parts of a range that are in one of the others, each address once."""
    parts = []
    for text in cidrs:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        if network.version == whole.version and network.overlaps(whole):
            parts.append(network if network.prefixlen >= whole.prefixlen else whole)
    return list(ipaddress.collapse_addresses(parts))  # type: ignore[type-var]
