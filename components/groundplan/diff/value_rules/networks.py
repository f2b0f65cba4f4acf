"""Rules of VPCs, interfaces, gateways, endpoints, load balancers and DNS.

Sources: terraform-provider-aws, internal/service (ec2/vpc_.go,
ec2/vpc_network_interface.go, ec2/transitgateway_.go, elbv2/load_balancer.go,
elb/load_balancer.go, networkfirewall/helpers.go, route53resolver/rule.go:
CustomizeDiff); the documentation of pulumi-aws 7.51.
"""

from groundplan.diff.value_rules.conditions import (
    added,
    all_of,
    always,
    any_of,
    becomes,
    has_value,
    loses_members,
    members,
    removed,
    shares_no_member,
    smaller,
    turned_off,
    unless,
    was,
    where,
    where_set,
)
from groundplan.diff.value_rules.rule import Rule, Sides, Table, in_place, replaced, unknown

_NETWORK = where("loadBalancerType", "network")
_GATEWAY = where("loadBalancerType", "gateway")


_BALANCER: tuple[Rule, ...] = (
    replaced("subnets", all_of(_NETWORK, loses_members)),
    replaced("subnets", _GATEWAY),
    replaced("subnetMappings", all_of(_NETWORK, loses_members)),
    replaced("subnetMappings", _GATEWAY),
    replaced("securityGroups", all_of(_NETWORK, any_of(added, removed))),
    replaced("secondaryIpsAutoAssignedPerSubnet", smaller),
)


def _keeps_primary(sides: Sides) -> bool | None:
    """A set of addresses that has the primary one: the only old one. Of several, the
    inputs don't say which is the primary one."""
    old, new = members(sides.old), members(sides.new)
    if not old:
        return None
    kept = [address for address in old if address in new]
    return True if len(kept) == len(old) else False if not kept else None


def _keeps_first(sides: Sides) -> bool | None:
    """A list of addresses with the same first one, which is the primary one."""
    old, new = members(sides.old), members(sides.new)
    return old[:1] == new[:1] if old and new else None


_LISTED = where("privateIpListEnabled", True)

_ROUTES = ("defaultRouteTableAssociation", "defaultRouteTablePropagation")
_DEFAULT_ORDER = "DEFAULT_ACTION_ORDER"


def _other_order(sides: Sides) -> bool:
    """Rules that were in the default order and are in the strict one, or the other way
    round."""
    return _is_default(sides.old) is not _is_default(sides.new)


def _is_default(value: object) -> bool:
    return not has_value(value) or value == _DEFAULT_ORDER


def _range(path: str, family: str) -> tuple[Rule, ...]:
    """An address range that IPAM chooses where a netmask is set: then the provider
    ignores another one."""
    return (
        in_place(path, where_set(f"{family}NetmaskLength")),
        unknown(path, added),
        replaced(path, unless(removed)),
    )


RULES: Table = {
    "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:elb/loadBalancer:LoadBalancer": (replaced("subnets", shares_no_member),),
    "aws:ec2/vpc:Vpc": (
        in_place("instanceTenancy", all_of(was("dedicated"), becomes("default"))),
        replaced("instanceTenancy", always),
        *_range("cidrBlock", "ipv4"),
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _range("cidrBlock", "ipv4"),
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation": _range(
        "ipv6CidrBlock", "ipv6"
    ),
    "aws:ec2/networkInterface:NetworkInterface": (
        in_place("privateIps", any_of(_LISTED, removed, _keeps_primary)),
        replaced("privateIps", always),
        in_place("privateIpLists", any_of(unless(_LISTED), removed, _keeps_first)),
        replaced("privateIpLists", always),
        replaced("enablePrimaryIpv6", turned_off),
    ),
    "aws:ec2transitgateway/transitGateway:TransitGateway": tuple(
        replaced(path, all_of(was("disable"), becomes("enable"))) for path in _ROUTES
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        replaced(
            "privateDnsEnabled", unless(where("vpcEndpointType", "Interface", default="Gateway"))
        ),
    ),
    "aws:networkfirewall/firewallPolicy:FirewallPolicy": (
        replaced("firewallPolicy.statefulEngineOptions.ruleOrder", _other_order),
    ),
    "aws:networkfirewall/ruleGroup:RuleGroup": (
        replaced("ruleGroup.statefulRuleOptions.ruleOrder", _other_order),
    ),
    "aws:route53/resolverRule:ResolverRule": (replaced("resolverEndpointId", removed),),
}
