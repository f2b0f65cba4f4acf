"""The security group of a Lustre file system: Lustre's ports between its servers, and
between them and their clients.

Source: Amazon FSx for Lustre User Guide, "File system access control with Amazon VPC".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import tags

LUSTRE_PORTS = ((988, 988), (1018, 1023))
"""TCP. Servers open connections to clients too, so both ends let both ranges in."""

ITSELF = "itself"


@dataclass(frozen=True)
class Traffic:
    """What may pass."""

    name: str
    protocol: str
    ports: tuple[int, int] | None


def allowed(efa: bool) -> list[Traffic]:
    """Lustre's ports; EFA passes only where all protocols do."""
    if efa:
        return [Traffic("all", "-1", None)]
    return [Traffic(str(ports[0]), "tcp", ports) for ports in LUSTRE_PORTS]


class LustreNetwork:
    """The group and its rules."""

    group: aws.ec2.SecurityGroup
    own_rules: list[pulumi.Resource]
    """What lets the servers reach each other: FSx refuses a file system whose group
    lacks it."""
    client_rules: list[pulumi.Resource]
    """What lets clients reach them, and be reached."""

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        clients: Mapping[str, pulumi.Input[str]],
        efa: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._tags = name, resource_tags
        self._opts = pulumi.ResourceOptions(parent=parent)
        self.group = aws.ec2.SecurityGroup(
            f"{name}-security-group",
            description="Lustre servers",
            vpc_id=vpc_id,
            tags=dict(resource_tags),
            opts=self._opts,
        )
        self.own_rules, self.client_rules = [], []
        for traffic in allowed(efa):
            self.own_rules += [
                self._ingress(f"from-{ITSELF}", traffic, self.group.id, self.group.id),
                self._egress(f"to-{ITSELF}", traffic, self.group.id, self.group.id),
            ]
            for client, group_id in clients.items():
                self.client_rules += [
                    self._ingress(f"from-{client}", traffic, self.group.id, group_id),
                    self._egress(f"to-{client}", traffic, self.group.id, group_id),
                    self._ingress(f"into-{client}", traffic, group_id, self.group.id),
                ]

    def _ingress(
        self, role: str, traffic: Traffic, group_id: pulumi.Input[str], peer: pulumi.Input[str]
    ) -> aws.vpc.SecurityGroupIngressRule:
        return aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-{role}-{traffic.name}",
            description="Lustre",
            security_group_id=group_id,
            referenced_security_group_id=peer,
            ip_protocol=traffic.protocol,
            from_port=traffic.ports[0] if traffic.ports else None,
            to_port=traffic.ports[1] if traffic.ports else None,
            tags=dict(self._tags),
            opts=self._opts,
        )

    def _egress(
        self, role: str, traffic: Traffic, group_id: pulumi.Input[str], peer: pulumi.Input[str]
    ) -> aws.vpc.SecurityGroupEgressRule:
        return aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-{role}-{traffic.name}",
            description="Lustre",
            security_group_id=group_id,
            referenced_security_group_id=peer,
            ip_protocol=traffic.protocol,
            from_port=traffic.ports[0] if traffic.ports else None,
            to_port=traffic.ports[1] if traffic.ports else None,
            tags=dict(self._tags),
            opts=self._opts,
        )
