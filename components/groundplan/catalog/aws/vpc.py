"""Amazon VPC security groups' rules: resource types."""

from groundplan.catalog.resource_type import NETWORK, ResourceType

TYPES = (
    ResourceType(
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",),
        "security group egress rule",
        cost=NETWORK,
        aliases=("ec2.SecurityGroupEgress", "ec2.SecurityGroupEgressRule"),
        summary=("cidrIpv4", "port=fromPort-toPort", "ipProtocol"),
    ),
    ResourceType(
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",),
        "security group ingress rule",
        cost=NETWORK,
        aliases=("ec2.SecurityGroupIngress", "ec2.SecurityGroupIngressRule"),
        summary=("cidrIpv4", "port=fromPort-toPort", "ipProtocol"),
    ),
)
