"""The network of an endpoint's instances, where they are in a VPC: HTTPS out, nothing
in."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


class EndpointNetwork:
    """The security group of the instances of the endpoint `name`."""

    def __init__(
        self,
        name: str,
        vpc_id: pulumi.Input[str],
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        # Requests come through SageMaker, not through the VPC: nothing has to come in.
        self.security_group = aws.ec2.SecurityGroup(
            f"{name}-security-group",
            description=f"Endpoint {name}: HTTPS out, nothing in",
            vpc_id=vpc_id,
            tags=tags,
            opts=opts,
        )
        self.egress = aws.vpc.SecurityGroupEgressRule(
            f"{name}-egress",
            security_group_id=self.security_group.id,
            description="HTTPS, to S3 and AWS APIs",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=tags,
            opts=opts,
        )
