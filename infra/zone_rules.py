"""The rules of where an environment is: its region, the zones and the addresses of its
network."""

import ipaddress
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from groundplan.facts import regions
from groundplan.network import subnets
from groundplan.network.args import NETWORK_DEFAULTS
from groundplan.problems import Problem, one_of, under
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of region, zones and networks."""
    rules = (_region, _zones, _two_zones, _access)
    return chain.from_iterable(rule(settings) for rule in rules)


def of_filled(settings: Settings) -> Mapping[str, list[Problem]]:
    """Returns the problem of an argument that the wiring fills -> those of the settings
    behind it."""
    pools = settings.get("training", {}).get("pools", {})
    allowed = "nothing in an existing network: its zones are not known"
    return {
        "training.zones": [
            Problem(
                f"training.pools.{name}.zone",
                pool["zone"],
                allowed,
                "set subnet_ids in its place",
            )
            for name, pool in pools.items()
            if "zone" in pool
        ]
    }


def _region(settings: Settings) -> Iterator[Problem]:
    """The region exists, and has the zones that the network asks for."""
    region, network = settings["region"], settings.get("network", {})
    unknown = regions.problems(region, 0)
    yield from unknown
    if unknown or "existing" in network:
        return
    zones = network.get("availability_zones")
    if zones is None:
        count = network.get("zone_count", NETWORK_DEFAULTS["zone_count"])
        if 1 <= count <= subnets.MAX_ZONES:  # else the network's own rules report it
            yield from under("network", regions.problems(region, count))
        return
    for index, zone in enumerate(zones):
        yield from _in_region(f"network.availability_zones[{index}]", zone, region)


def _in_region(key: str, zone: str, region: str) -> Iterator[Problem]:
    known = regions.zones(region)
    if zone in known:
        return
    if zone.startswith(region) or not known:
        yield from one_of(key, zone, known) if known else ()
    else:
        yield Problem(key, zone, f"a zone of {region}", "name one, or set aws:region")


def _zones(settings: Settings) -> Iterator[Problem]:
    """Zones of pools and file systems are the network's, as far as these are known."""
    training = settings.get("training", {})
    sections: Mapping[str, Mapping[str, Any]] = {
        "pools": training.get("pools", {}),
        "file_systems": training.get("file_systems", {}),
    }
    for section, parts in sections.items():
        for name, part in parts.items():
            if "zone" in part:
                key = f"training.{section}.{name}.zone"
                outside = list(_in_region(key, part["zone"], settings["region"]))
                yield from outside or _in_network(key, part["zone"], settings)


def _in_network(key: str, zone: str, settings: Settings) -> Iterator[Problem]:
    network, of_pool = settings.get("network", {}), key.startswith("training.pools.")
    if "existing" in network:
        if not of_pool:  # of pools the cluster validates it: `of_filled`
            allowed = "nothing in an existing network: its zones are not known"
            fix = "remove it: the first of network.existing.private_subnet_ids is used"
            yield Problem(key, zone, allowed, fix)
    elif "availability_zones" in network:
        if not of_pool:  # of pools the cluster validates it
            yield from one_of(key, zone, network["availability_zones"])
    else:
        # The network looks its zones up while it is deployed: too late for an error.
        count = network.get("zone_count", NETWORK_DEFAULTS["zone_count"])
        known = regions.usable_zones(settings["region"])[:count]
        if known and zone not in known:
            allowed = f"{', '.join(known)}: the network has the first {count} zones by name"
            yield Problem(key, zone, allowed, f"name {zone} in network.availability_zones")


def _two_zones(settings: Settings) -> Iterator[Problem]:
    """EKS places its control plane in two zones."""
    network = settings.get("network", {})
    if "training" not in settings or "existing" in network:
        return
    zones = network.get("availability_zones")
    count = (
        network.get("zone_count", NETWORK_DEFAULTS["zone_count"]) if zones is None else len(zones)
    )
    if count == 1:
        key = "network.zone_count" if zones is None else "network.availability_zones"
        allowed = "at least two zones: EKS places the control plane of a training cluster in two"
        yield Problem(key, 1 if zones is None else zones, allowed, "use 2 zones or more")


def _access(settings: Settings) -> Iterator[Problem]:
    """Private networks that reach the API server are outside of the VPC, whose own
    addresses reach it always."""
    network = settings.get("network", {})
    if "existing" in network:
        return
    block = _network(network.get("cidr_block", NETWORK_DEFAULTS["cidr_block"]))
    networks = settings.get("training", {}).get("private_access_cidrs", ())
    for index, text in enumerate(networks):
        other = _network(text)
        if block and other and block.overlaps(other):
            key = f"training.private_access_cidrs[{index}]"
            allowed = f"a network outside of the VPC's own, {block}, which EKS lets in by itself"
            yield Problem(key, text, allowed, "remove it, or name the network of the VPN or peer")


def _network(text: object) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(str(text))
    except ValueError:
        return None
