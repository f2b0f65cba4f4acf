"""Whether this machine will reach the API server of a stack's cluster, which its
Kubernetes resources are created through."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from groundplan.manifest.model import Resource
from groundplan.operations.preflight import pools
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan, known, mapping, texts
from groundplan.operations.preflight.reader import Missing, Reader, Unread

CHECK = "API server"
ADDRESS = "https://checkip.amazonaws.com"
"""Answers with the public address of who asks."""

VPC = "aws:ec2/vpc:Vpc"
ANYWHERE = "0.0.0.0/0"


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each cluster whose API server can't be reached from here."""
    for cluster in plan.of_type(pools.CLUSTER):
        first = _first_object(plan, cluster)
        region = plan.region(cluster)
        if first is None or not region:
            continue
        host = _existing(plan, account, cluster)
        if host:
            if not account.connects(host, 443):
                yield _finding(
                    plan,
                    first,
                    f"a connection to {host}:443",
                    "it can't be opened from here",
                    "run `up` in the VPC or through its VPN",
                )
            continue
        settings = mapping(cluster.inputs.get("vpcConfig"))
        if settings.get("endpointPublicAccess") in (False, "false"):
            yield from _private(plan, first, cluster)
        else:
            cidrs = texts(settings.get("publicAccessCidrs")) or [ANYWHERE]
            yield from _public(plan, account, first, cidrs)


def _first_object(plan: Plan, cluster: Resource) -> Resource | None:
    """Returns the first resource that is created through the API server."""
    providers = {
        provider.urn
        for provider in plan.of_type("pulumi:providers:kubernetes")
        if cluster.urn in provider.dependencies
        or any(cluster.urn in urns for urns in provider.property_dependencies.values())
        or f"${{{cluster.name}." in str(provider.inputs)
    }
    objects = [
        resource
        for resource in plan.manifest
        if resource.type.startswith("kubernetes:") and resource.option("provider") in providers
    ]
    return min(objects, key=lambda each: (plan.steps[each.urn], each.urn), default=None)


def _existing(plan: Plan, account: Reader, cluster: Resource) -> str:
    """Returns the host of a cluster that the stack has created already."""
    if not plan.is_deployed(cluster):
        return ""
    name = known(cluster.inputs.get("name")) or plan.deployed_id(cluster)
    try:
        answer = account.read("eks", "describe_cluster", region=plan.region(cluster), name=name)
    except Missing:
        return ""
    return urlsplit(str(answer["cluster"].get("endpoint", ""))).hostname or ""


def _private(plan: Plan, first: Resource, cluster: Resource) -> Iterator[Finding | Unchecked]:
    vpcs = [vpc for vpc in plan.of_type(VPC) if not plan.is_deployed(vpc)]
    ids = texts(mapping(cluster.inputs.get("vpcConfig")).get("subnetIds"))
    if vpcs and not any(id_.startswith("subnet-") for id_ in ids):
        yield _finding(
            plan,
            first,
            "a connection to the API server",
            f"{cluster.name} has a private endpoint only, in a VPC that this `up` creates",
            "create the network first (`pulumi up --target`), connect to it, and run `up` in "
            "it; or allow your address by public_access_cidrs",
        )
        return
    yield Unchecked(
        CHECK,
        cluster.name,
        "its endpoint is private: whether this machine is in its VPC isn't known before it exists",
    )


def _public(
    plan: Plan, account: Reader, first: Resource, cidrs: list[str]
) -> Iterator[Finding | Unchecked]:
    if ANYWHERE in cidrs:
        return
    try:
        own = ipaddress.ip_address((account.web(ADDRESS) or "").strip())
        networks = [ipaddress.ip_network(cidr, strict=False) for cidr in cidrs]
    except (Unread, ValueError) as error:
        yield Unchecked(CHECK, first.name, f"the public address of this machine: {error}")
        return
    if not any(own in network for network in networks):
        yield _finding(
            plan,
            first,
            f"the API server from {own}",
            f"it answers {', '.join(cidrs)}",
            f"add {own}/32 to public_access_cidrs, or run `up` from an allowed address",
        )


def _finding(plan: Plan, resource: Resource, need: str, limit: str, fix: str) -> Finding:
    return Finding(
        CHECK,
        resource.urn,
        need,
        limit,
        fix,
        region=plan.region(resource),
        source=resource.source,
    )
