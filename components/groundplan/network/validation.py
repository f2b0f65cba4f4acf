"""Validates the arguments of a Network."""

import re
from collections.abc import Sequence

from groundplan.arguments import known
from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.network import endpoint_services, subnets
from groundplan.network.args import (
    NETWORK_DEFAULTS,
    ExistingNetworkArgs,
    NetworkArgs,
)
from groundplan.network.choices import NatGateways
from groundplan.network.spec import NetworkSpec, resolve
from groundplan.problems import Problem

ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]")
SERVICE = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
WITH_EXISTING = {"existing", "tags", "deletion_protection"}
"""The arguments of a network with an existing VPC; the latter two are those that an
environment passes to all components."""


def validate(args: NetworkArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    if "existing" in args:
        return _existing_problems(args, args["existing"])
    spec = resolve(args, context)
    problems = [
        *_zone_problems(args, spec),
        *_service_problems(spec.interface_endpoints),
        *_reachability_problems(spec),
    ]
    retention_days = args.get("flow_logs", {}).get("retention_days")
    return problems + log_retention.problems("flow_logs.retention_days", retention_days)


def _zone_problems(args: NetworkArgs, spec: NetworkSpec) -> list[Problem]:
    problems = subnets.problems(spec.cidr_block, spec.zone_count)
    if "availability_zones" not in args:
        return problems
    zones = spec.zone_names
    problems = [problem for problem in problems if problem.key != "zone_count"]
    if not 1 <= len(zones) <= subnets.MAX_ZONES:
        allowed = f"1 to {subnets.MAX_ZONES} zones"
        fix = "name as many, or remove it"
        problems.append(Problem("availability_zones", list(zones), allowed, fix))
    for index, zone in enumerate(zones):
        key = f"availability_zones[{index}]"
        if not ZONE.fullmatch(zone):
            allowed = "the name of an availability zone, such as us-east-1a"
            fix = "use the zone's name, not its ID or the name of a Local Zone"
            problems.append(Problem(key, zone, allowed, fix))
        elif zone in zones[:index]:
            problems.append(Problem(key, zone, "each zone once", "remove it, or name another zone"))
    return problems


def _service_problems(services: Sequence[str]) -> list[Problem]:
    problems = []
    for index, service in enumerate(services):
        key = f"interface_endpoints[{index}]"
        if "amazonaws" in service:
            allowed = "the part after com.amazonaws.<region>., such as ecr.api"
            fix = "leave out com.amazonaws.<region>."
            problems.append(Problem(key, service, allowed, fix))
        elif not SERVICE.fullmatch(service):
            allowed = "the part after com.amazonaws.<region>., such as ecr.api"
            fix = "write it in lower case, without spaces"
            problems.append(Problem(key, service, allowed, fix))
        elif service == "s3":
            allowed = "services other than S3, which always has a gateway endpoint"
            problems.append(Problem(key, service, allowed, "remove it"))
        elif service in services[:index]:
            problems.append(Problem(key, service, "each service once", "remove it"))
        else:
            problems += endpoint_services.problems(key, service)
    return problems


def _reachability_problems(spec: NetworkSpec) -> list[Problem]:
    if spec.nat_gateways is not NatGateways.NONE or spec.interface_endpoints:
        return []
    allowed = (
        "single, per-zone; or none with at least one of interface_endpoints: private subnets "
        "would reach S3 only"
    )
    services = ", ".join(NETWORK_DEFAULTS["interface_endpoints"])
    fix = f"list the AWS services that private subnets need, such as {services}"
    return [Problem("nat_gateways", "none", allowed, fix)]


def _existing_problems(args: NetworkArgs, existing: ExistingNetworkArgs) -> list[Problem]:
    allowed = (
        "nothing with existing but tags and deletion_protection: an existing network is not changed"
    )
    problems = [
        Problem(key, args.get(key), allowed, f"remove {key}, or existing")
        for key in sorted(set(args) - WITH_EXISTING)
    ]
    problems += _id_problems("existing.vpc_id", existing.get("vpc_id"), "vpc")
    if existing.get("private_subnet_ids") == []:
        key = "existing.private_subnet_ids"
        problems.append(Problem(key, [], "at least one subnet", "name the VPC's private subnets"))
    private = existing.get("private_subnet_ids", ())
    public = existing.get("public_subnet_ids", ())
    problems += _subnet_problems("existing.private_subnet_ids", private)
    return problems + _subnet_problems("existing.public_subnet_ids", public)


def _subnet_problems(key: str, ids: Sequence[object]) -> list[Problem]:
    problems = []
    for index, subnet in enumerate(ids):
        problems += _id_problems(f"{key}[{index}]", subnet, "subnet")
        if isinstance(subnet, str) and subnet in [i for i in ids[:index] if isinstance(i, str)]:
            problems.append(Problem(f"{key}[{index}]", subnet, "each subnet once", "remove it"))
    return problems


def _id_problems(key: str, value: object, kind: str) -> list[Problem]:
    if not known(value) or re.fullmatch(rf"{kind}-[0-9a-f]+", str(value)):
        return []
    allowed = f"an ID: {kind}- and hexadecimal digits"
    return [Problem(key, value, allowed, "use the ID, not the name or the ARN")]
