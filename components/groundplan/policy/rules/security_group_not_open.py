"""Checks that security groups don't allow ingress from all of the internet."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.networks import is_internet
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import objects, texts, unknown
from groundplan.policy.relations import relations
from groundplan.policy.type_groups import LOAD_BALANCERS

GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
LEGACY_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

WEB = frozenset({80, 443})
"""The ports that a load balancer may open to the internet."""

ADMINISTRATION = {22: "SSH", 3389: (
    "remote "
    "desktop"
), 5432: "PostgreSQL", 3306: "MySQL", 6379: "Redis", 8888: "Jupyter",
                  9200: "OpenSearch", 2049: "NFS"}  # fmt: skip
"""Ports of remote access and of databases."""

WIDEST = 8
"""The prefix length up to which a range counts as all of the internet: two halves
(0.0.0.0/1, 128.0.0.0/1) are as open."""


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    for path, rule in _rules(resource):
        world = _world(rule)
        if not world or _harmless(resource, manifest, rule):
            continue
        low, high = _ports(rule)
        severe = [name for port, name in ADMINISTRATION.items() if low <= port <= high]
        reached = f" ({', '.join(severe)})" if severe and high - low < 65535 else ""
        reason = (
            f"{resource.name} allows ingress from all of the internet ({world}) on "
            f"{_port_text(low, high)}{reached}"
        )
        web = low == high and low in WEB
        yield Breach(
            resource.urn,
            reason,
            path,
            Severity.CRITICAL if severe else Severity.MEDIUM if web else None,
        )


def _rules(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if resource.type in GROUPS:
        for index, rule in enumerate(objects(resource.inputs.get("ingress"))):
            yield f"ingress[{index}]", rule
    elif resource.type == INGRESS_RULE or (
        resource.type == LEGACY_RULE and resource.inputs.get("type") == "ingress"
    ):
        yield "cidrBlocks" if resource.type == LEGACY_RULE else "cidrIpv4", resource.inputs


def _world(rule: Mapping[str, Any]) -> str:
    """Returns the range of a rule that is all of the internet; empty if there is
    none."""
    keys = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
    ranges = [text for key in keys for text in texts(rule.get(key))]
    for text in ranges:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        # 10.0.0.0/8 is as short, but is nobody's on the internet.
        if network.prefixlen <= WIDEST and not network.is_private:
            return text
    return f"{len(ranges)} ranges" if is_internet(ranges) else ""


def _ports(rule: Mapping[str, Any]) -> tuple[int, int]:
    """Returns the first and last port; all of them where the protocol has none, or the
    ports aren't known."""
    protocol = rule.get("protocol", rule.get("ipProtocol"))
    low, high = rule.get("fromPort"), rule.get("toPort")
    if (
        str(protocol) == "-1"
        or protocol == "all"
        or not isinstance(low, int)
        or not isinstance(high, int)
        or low < 0
    ):
        return 0, 65535
    return low, high


def _harmless(resource: Resource, manifest: Manifest, rule: Mapping[str, Any]) -> bool:
    low, high = rule.get("fromPort"), rule.get("toPort")
    if (
        unknown(low)
        or unknown(high)
        or str(rule.get("protocol", rule.get("ipProtocol"))).startswith("icmp")
    ):
        return True
    related = relations(manifest)
    if resource.type in GROUPS:
        groups = [resource]
    else:
        urns = resource.property_dependencies.get("securityGroupId", ())
        groups = [
            manifest.by_urn[urn]
            for urn in urns
            if urn in manifest.by_urn and manifest.by_urn[urn].type in GROUPS
        ]
    return (
        low == high
        and low in WEB
        and any(related.uses(group, LOAD_BALANCERS, "securityGroups") for group in groups)
    )


def _port_text(low: int, high: int) -> str:
    if high - low >= 65535:
        return "every port"
    return f"port {low}" if low == high else f"ports {low} to {high}"


RULE = Rule(
    name="security-group-not-open",
    severity=Severity.HIGH,
    summary=(
        "Security groups allow ingress from all of the internet for ports 80 and 443 of load "
        "balancers only."
    ),
    reason=(
        "A port that is open to all of the internet is scanned within minutes, and any "
        "vulnerability or weak password behind it is exploited."
    ),
    fix="list the CIDR ranges, or the security group, of the clients (a load balancer, a VPN)",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18",
)
