"""Validates the arguments of a Network."""

import re
from collections.abc import Sequence

from groundplan.context import Context
from groundplan.network import flow_logs, subnets
from groundplan.network.args import (
    CIDR_BLOCK,
    INTERFACE_ENDPOINTS,
    ZONE_COUNT,
    ExistingNetworkArgs,
    NetworkArgs,
)
from groundplan.network.choices import NatGateways
from groundplan.problems import Problem, under

ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]")


SERVICE = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


BESIDE_EXISTING = {"existing", "tags", "deletion_protection"}
"""What an adopted network may be told besides; an environment gives all its components
the latter two."""


def validate(args: NetworkArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    if "existing" in args:
        return _existing_problems(args, args["existing"])
    found = _zone_problems(args)
    services = args.get("interface_endpoints", INTERFACE_ENDPOINTS)
    found += _service_problems(services)
    if args.get("nat_gateways") is NatGateways.NONE and not services:
        allowed = "single, per-zone; or none with at least one of interface_endpoints"
        fix = f"list the AWS services that private subnets need, such as {', '.join(INTERFACE_ENDPOINTS)}"
        found.append(
            Problem(
                "nat_gateways",
                "none",
                f"{allowed}: private subnets could reach nothing but S3",
                fix,
            )
        )
    return found + under("flow_logs", flow_logs.problems(args.get("flow_logs", {})))


def zone_count(args: NetworkArgs) -> int:
    """In how many zones the network is."""
    return (
        len(args["availability_zones"])
        if "availability_zones" in args
        else args.get("zone_count", ZONE_COUNT)
    )


def subnet_cidr_blocks(args: NetworkArgs) -> Sequence[str]:
    """Returns the networks of the private subnets of valid arguments."""
    return subnets.layout(args.get("cidr_block", CIDR_BLOCK), zone_count(args)).private


def _zone_problems(args: NetworkArgs) -> list[Problem]:
    found = subnets.problems(args.get("cidr_block", CIDR_BLOCK), zone_count(args))
    if "availability_zones" not in args:
        return found
    zones = args["availability_zones"]
    found = [problem for problem in found if problem.key != "zone_count"]
    if not 1 <= len(zones) <= subnets.MAX_ZONES:
        found.append(
            Problem(
                "availability_zones",
                zones,
                f"1 to {subnets.MAX_ZONES} zones",
                "name as many, or leave it out",
            )
        )
    for index, zone in enumerate(zones):
        key = f"availability_zones[{index}]"
        if not ZONE.fullmatch(zone):
            fix = "give the zone's name, not its ID or that of a Local Zone"
            found.append(
                Problem(key, zone, "the name of an availability zone, such as us-east-1a", fix)
            )
        elif zone in zones[:index]:
            found.append(Problem(key, zone, "each zone once", "remove it, or name another zone"))
    return found


def _service_problems(services: Sequence[str]) -> list[Problem]:
    found = []
    for index, service in enumerate(services):
        key = f"interface_endpoints[{index}]"
        if not SERVICE.fullmatch(service) or "amazonaws" in service:
            fix = (
                "leave out com.amazonaws.<region>."
                if "amazonaws" in service
                else "write it in lower case, without spaces"
            )
            found.append(
                Problem(key, service, "what follows com.amazonaws.<region>., such as ecr.api", fix)
            )
        elif service == "s3":
            found.append(
                Problem(
                    key,
                    service,
                    "services but S3, whose gateway endpoint is always there",
                    "remove it",
                )
            )
        elif service in services[:index]:
            found.append(Problem(key, service, "each service once", "remove it"))
    return found


def _existing_problems(args: NetworkArgs, existing: ExistingNetworkArgs) -> list[Problem]:
    allowed = "nothing beside existing but tags and deletion_protection: an adopted network is left as it is"
    given = sorted(set(args) - BESIDE_EXISTING)
    found = [Problem(key, args.get(key), allowed, f"remove {key}, or existing") for key in given]
    found += _id_problems("existing.vpc_id", existing.get("vpc_id"), "vpc")
    if existing.get("private_subnet_ids") == []:
        found.append(
            Problem(
                "existing.private_subnet_ids",
                [],
                "one subnet at least",
                "name the VPC's private subnets",
            )
        )
    for index, subnet in enumerate(existing.get("private_subnet_ids", ())):
        found += _id_problems(f"existing.private_subnet_ids[{index}]", subnet, "subnet")
    for index, subnet in enumerate(existing.get("public_subnet_ids", ())):
        found += _id_problems(f"existing.public_subnet_ids[{index}]", subnet, "subnet")
    return found


def _id_problems(key: str, value: object, kind: str) -> list[Problem]:
    if not isinstance(value, str) or value.startswith(f"{kind}-"):
        return []
    return [Problem(key, value, f"an ID, {kind}-...", "give the ID, not the name or the ARN")]
