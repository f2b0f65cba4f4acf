"""What a `Network` can be told, and the rules of it."""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.network import flow_logs, subnets
from groundplan.network.choices import NatGateways
from groundplan.network.flow_logs import FlowLogsArgs
from groundplan.problems import Problem, under

CIDR_BLOCK = "10.0.0.0/16"
ZONE_COUNT = 3
INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "sts", "logs", "sagemaker.api", "sagemaker.runtime")
"""What training and serving call all the time: images, credentials, logs, SageMaker."""

ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]")
SERVICE = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
BESIDE_EXISTING = {"existing", "tags", "deletion_protection"}
"""What an adopted network may be told besides; an environment gives all its components
the latter two."""


class ExistingNetworkArgs(TypedDict):
    """A VPC that is there already. It needs DNS support and DNS hostnames, and its
    subnets a way out, or endpoints."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. Changing it moves whatever is placed in the network."""
    private_subnet_ids: Sequence[pulumi.Input[str]]
    """IDs of its private subnets, one at least. Changing them moves whatever is placed
    in them."""
    public_subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """IDs of its public subnets. Default: none."""


class NetworkArgs(TypedDict):
    """What a `Network` can be told."""

    cidr_block: NotRequired[str]
    """The VPC's IPv4 network, of a private range: /16 to /24 for up to 3 zones, /16 to
    /22 for more. Default: 10.0.0.0/16. Changing it replaces the VPC and all that is in
    it."""
    zone_count: NotRequired[int]
    """In how many availability zones there are subnets, 1 to 6. Default: 3. Changing it
    within 1 to 3, or within 4 to 6, adds or removes subnets. Across that line all
    subnets get other addresses, which AWS refuses while the former ones stand: make a
    second network and move over."""
    availability_zones: NotRequired[Sequence[str]]
    """Names of the zones (`us-east-1a`), in place of `zone_count`. Default: the first
    zones of the region by name that are available and that EKS can use; which those are
    is settled when a subnet is created, and never moves it later. Adding one at the end
    adds subnets; changing one replaces its subnets, which AWS refuses while the former
    ones stand."""
    nat_gateways: NotRequired[NatGateways]
    """How private subnets reach the internet: `per-zone` (a gateway in each zone),
    `single` (one for all, cheaper, and down with its zone) or `none`. Default:
    per-zone. Changing it adds or removes gateways, and breaks open connections."""
    interface_endpoints: NotRequired[Sequence[str]]
    """AWS services that get an endpoint inside the VPC, by what follows
    `com.amazonaws.<region>.` in the endpoint service's name. Default: `ecr.api`,
    `ecr.dkr`, `sts`, `logs`, `sagemaker.api`, `sagemaker.runtime`. S3 has its own
    always. Changing it adds or removes endpoints."""
    flow_logs: NotRequired[FlowLogsArgs]
    """Where the VPC's traffic is logged. Default: in a CloudWatch log group under a key
    of its own, for 90 days."""
    existing: NotRequired[ExistingNetworkArgs]
    """A VPC to adopt: nothing is created then, and nothing else can be said about the
    network. Changing it from or to a network of one's own moves whatever is placed in
    it."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace the VPC, and keeps the flow logs and
    their key when the stack lets go of them. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""


def problems(args: NetworkArgs) -> list[Problem]:
    """What is wrong with the values of `args`."""
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
