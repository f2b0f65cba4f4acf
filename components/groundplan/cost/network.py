"""What a network costs: gateways, addresses, endpoints, load balancers."""

from collections.abc import Iterator, Mapping

from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Free,
    Unknown,
    is_true,
    mappings,
)
from groundplan.manifest.model import Resource


def nat_gateway(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Hours, and data processing; its address is a resource of its own."""
    traffic = ctx.assume("nat_gb", resource)
    yield ctx.hours("nat-gateway-hour", 1, "gateway")
    yield ctx.charge("nat-gateway-gb", traffic, f"{amount_text(traffic)} GB")


def address(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A public IPv4 address, which costs the same whether it is in use or not."""
    yield ctx.hours("public-ipv4-hour", 1, "public address")


def endpoint(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A VPC endpoint: one of the type Gateway is free, the others cost an hour for each
    zone."""
    kind = resource.inputs.get("vpcEndpointType") or "Gateway"
    if kind == "Gateway":
        yield Free("gateway endpoints cost nothing")
        return
    prefix = {
        "Interface": "vpc-endpoint",
        "GatewayLoadBalancer": "gateway-load-balancer-endpoint",
    }.get(str(kind))
    subnets = resource.inputs.get("subnetIds") or resource.inputs.get("subnetConfigurations") or []
    if prefix is None or not isinstance(subnets, list):
        yield Unknown(
            f"no price for an endpoint of the type {kind}"
            if prefix is None
            else "its subnets aren't known"
        )
        return
    traffic = ctx.assume("interface_endpoint_gb", resource)
    yield ctx.hours(f"{prefix}-hour", len(subnets), f"endpoint in {len(subnets)} zones")
    yield ctx.charge(f"{prefix}-gb", traffic, f"{amount_text(traffic)} GB")


def endpoint_subnet(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    """One more zone of an interface endpoint."""
    yield ctx.hours("vpc-endpoint-hour", 1, "endpoint in 1 zone")


def load_balancer(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An application or network load balancer: hours, capacity units, and public
    addresses where it faces the internet."""
    kind = resource.inputs.get("loadBalancerType") or "application"
    units = ctx.assume("load_balancer_units", resource)
    if kind not in ("application", "network"):
        yield Unknown(f"no price for a {kind} load balancer")
        return
    yield ctx.hours(f"{kind}-load-balancer-hour", 1, "load balancer")
    yield ctx.hours(f"{kind}-load-balancer-unit-hour", units, f"{units:g} capacity units")
    mapped = mappings(resource.inputs.get("subnetMappings"))
    zones = resource.inputs.get("subnets") or mapped
    if is_true(resource.inputs.get("internal")) or any(item.get("allocationId") for item in mapped):
        return
    if isinstance(zones, list) and zones:
        yield ctx.hours("public-ipv4-hour", len(zones), f"{len(zones)} public addresses")
    else:
        yield Unknown("its subnets, and so its public addresses, aren't known")


ESTIMATORS: Mapping[str, Estimator] = {
    "public-address": address,
    "nat-gateway": nat_gateway,
    "vpc-endpoint": endpoint,
    "vpc-endpoint-subnet": endpoint_subnet,
    "load-balancer": load_balancer,
}
