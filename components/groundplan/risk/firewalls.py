"""Security groups that allow more: more peers, a wider range, more ports."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, Plan, number, objects, texts
from groundplan.risk.policies import resource_name
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import readable

WORLD = ("0.0.0.0/0", "::/0")
PROTOCOLS = {"-1": "all", "all": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
"""Names of the protocol numbers that EC2 accepts."""


@dataclass(frozen=True, order=True)
class Opening:
    """Traffic that a security group allows."""

    group: str
    direction: str
    """`ingress` or `egress`."""
    protocol: str
    first: int
    last: int
    peer: str
    """A range of addresses, or the name of a group or of a prefix list."""

    @property
    def ports(self) -> str:
        """The text of the protocol and the ports."""
        if self.protocol == "all":
            return "all ports"
        if (self.first, self.last) in ((0, 65535), (-1, -1)):
            return (
                f"all {self.protocol} ports" if self.protocol in ("tcp", "udp") else self.protocol
            )
        if self.first == self.last:
            return f"{self.protocol} port {self.first}"
        return f"{self.protocol} ports {self.first} to {self.last}"

    def includes(self, other: "Opening") -> bool:
        """Returns whether this opening allows all traffic of the other."""
        return (
            (self.group, self.direction) == (other.group, other.direction)
            and self.protocol in ("all", other.protocol)
            and (self.protocol == "all" or (self.first <= other.first and other.last <= self.last))
            and within(other.peer, self.peer)
        )


def opened(context: ChangeContext) -> Iterator[Risk]:
    """Traffic that a security group didn't allow before."""
    new = openings(context.type, context.name, context.new) if context.new else []
    if not new:
        return
    own = openings(context.type, context.name, context.old)
    gone = [o for o in own if o not in new]
    fresh = (
        context.owner_change("securityGroupId")
        if "securityGroupId" in context.new
        else context.kind
    ) is Kind.CREATE
    for opening in sorted(set(new)):
        if any(other.includes(opening) for other in (*own, *_known(context.plan, opening.group))):
            continue
        level = _level(opening, fresh, gone)
        if level:
            yield context.risk(level, "access", _words(opening), f"+ {opening_text(opening)}")


def _known(plan: Plan, group: str) -> list[Opening]:
    """Returns all traffic that a group and its rules allowed before."""
    if not plan.openings_before:
        plan.openings_before = {"": []}
        for resource in plan.resources_before:
            for opening in openings(catalog.key(resource.type), resource.name, resource.inputs):
                plan.openings_before.setdefault(opening.group, []).append(opening)
    return plan.openings_before.get(group, [])


def openings(type_: str, name: str, inputs: Mapping[str, Any]) -> list[Opening]:
    """Returns the traffic that a security group, or a rule of one, allows."""
    if type_ in ("ec2.SecurityGroup", "ec2.DefaultSecurityGroup"):
        return [
            o
            for way in ("ingress", "egress")
            for rule in objects(inputs.get(way))
            for o in _rule(name, way, rule)
        ]
    group = resource_name(str(inputs.get("securityGroupId") or inputs.get("groupId") or name))
    if type_ == "ec2.SecurityGroupRule":
        return list(_rule(group, str(inputs.get("type", "ingress")), inputs))
    ways = {"vpc.SecurityGroupIngressRule": "ingress", "vpc.SecurityGroupEgressRule": "egress"}
    return list(_rule(group, ways[type_], inputs)) if type_ in ways else []


def opening_text(opening: Opening) -> str:
    """Returns the text of an opening: `ingress tcp port 22 from 0.0.0.0/0`."""
    return (
        f"{opening.direction} {opening.ports} "
        f"{'from' if opening.direction == 'ingress' else 'to'} {opening.peer}"
    )


def within(narrow: str, wide: str) -> bool:
    """Returns whether one range of addresses is inside another; texts that aren't
    ranges only if they are the same."""
    if narrow == wide:
        return True
    inner, outer = network(narrow), network(wide)
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    return (
        isinstance(inner, ipaddress.IPv6Network)
        and isinstance(outer, ipaddress.IPv6Network)
        and inner.subnet_of(outer)
    )


@lru_cache(maxsize=65536)
def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A range of addresses; `None` for any other text."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _level(opening: Opening, fresh: bool, gone: list[Opening]) -> Level | None:
    if opening.peer in WORLD:
        if opening.direction == "ingress":
            return Level.HIGH
        if opening.protocol == "tcp" and opening.first == opening.last == 443:
            return None
        return (
            Level.MEDIUM if fresh else Level.HIGH
        )  # AWS itself allows all outgoing traffic of a new group
    if fresh:
        return None
    if _bits(opening.peer) < 8:
        return Level.HIGH
    same = [g for g in gone if (g.direction, g.ports) == (opening.direction, opening.ports)]
    if any(0 <= _bits(g.peer) <= _bits(opening.peer) for g in same):
        return Level.LOW  # another range of the same size, in place of a removed one
    return Level.MEDIUM if opening.direction == "ingress" else Level.LOW


def _bits(peer: str) -> int:
    """Returns the length of a range's prefix; of anything else, that of a single
    address."""
    range_ = network(peer)
    return range_.prefixlen if range_ else 128


def _words(opening: Opening) -> str:
    if opening.direction == "ingress":
        who = "Anyone on the internet" if opening.peer in WORLD else _peer(opening)
        return (
            f"{who} can now reach {opening.ports} of resources in the security group "
            f"{opening.group}."
        )
    where = "anywhere on the internet" if opening.peer in WORLD else _peer(opening)
    return (
        f"Resources in the security group {opening.group} can now connect to {where} on "
        f"{opening.ports}."
    )


def _peer(opening: Opening) -> str:
    if opening.peer == opening.group:
        return "the group itself"
    return readable(opening.peer)


def _rule(group: str, direction: str, rule: Mapping[str, Any]) -> Iterator[Opening]:
    protocol = str(rule.get("protocol") or rule.get("ipProtocol") or "-1").lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    first, last = (
        int(n) if (n := number(rule.get(key))) is not None else -1 for key in ("fromPort", "toPort")
    )
    if protocol == "all":
        first, last = -1, -1
    elif (first, last) == (-1, -1):
        first, last = 0, 65535
    keys = (
        "cidrBlocks",
        "ipv6CidrBlocks",
        "cidrIpv4",
        "cidrIpv6",
        "cidrIp",
        "prefixListIds",
        "prefixListId",
        "securityGroups",
        "sourceSecurityGroupId",
        "referencedSecurityGroupId",
        "destinationSecurityGroupId",
    )
    peers = [resource_name(text) for key in keys for text in texts(rule.get(key))]
    for peer in [*peers, *([group] if rule.get("self") else [])]:
        yield Opening(group, direction, protocol, first, last, peer)
