"""The security group of an endpoint's instances in a VPC: outbound HTTPS only."""

import pulumi
import pulumi_aws as aws

from groundplan.serving.model_endpoint.spec import EndpointSpec, VpcConfig


class EndpointNetwork:
    """The security group of an endpoint's instances, and its only rule."""

    def __init__(self, spec: EndpointSpec, network: VpcConfig, parent: pulumi.Resource) -> None:
        opts = pulumi.ResourceOptions(parent=parent)
        # Requests arrive through SageMaker, not through the VPC: no inbound rule.
        self.security_group = aws.ec2.SecurityGroup(
            f"{spec.name}-security-group",
            description=f"Endpoint {spec.name}: HTTPS out, nothing in",
            vpc_id=network.vpc_id,
            tags=spec.tags,
            opts=opts,
        )
        self.egress = aws.vpc.SecurityGroupEgressRule(
            f"{spec.name}-egress",
            security_group_id=self.security_group.id,
            description="HTTPS, to S3 and AWS APIs",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=spec.tags,
            opts=opts,
        )
