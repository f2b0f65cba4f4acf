"""The security group of nodes with EFA."""

import pulumi
import pulumi_aws as aws

from groundplan import tags


def security_group(
    name: str, *, vpc_id: pulumi.Input[str], resource_tags: tags.Tags, parent: pulumi.Resource
) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
    """A group within which everything may pass, in both directions, and its rules, for
    which nodes have to wait.

    EFA's traffic is no IP, so that rules of ports and addresses don't let it through:
    it needs rules of the group for itself, of all protocols, out as well as in (Amazon
    EC2 User Guide, "Get started with EFA and MPI", step 1). The cluster's own group has
    no such rule for what goes out.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-efa",
        description="EFA between nodes",
        vpc_id=vpc_id,
        tags=dict(resource_tags),
        opts=opts,
    )
    rules: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-efa-from-itself",
            description="EFA from nodes of this group",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            tags=dict(resource_tags),
            opts=opts,
        ),
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-efa-to-itself",
            description="EFA to nodes of this group",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
            tags=dict(resource_tags),
            opts=opts,
        ),
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-efa-to-all",
            description="IP to anywhere: images, AWS APIs, the control plane",
            security_group_id=group.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
            tags=dict(resource_tags),
            opts=opts,
        ),
    ]
    return group, rules
