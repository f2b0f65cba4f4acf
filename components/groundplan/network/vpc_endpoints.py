"""The VPC's endpoints, through which subnets reach AWS services without the internet
and without charges for NAT gateways."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.tags import Tags, merged


class VpcEndpoints:
    """Creates a gateway endpoint for S3 and interface endpoints for other services, as
    children of `parent`."""

    by_service: Mapping[str, aws.ec2.VpcEndpoint]
    """By service: `s3`, `ecr.api`."""
    security_group: aws.ec2.SecurityGroup | None
    """None without interface endpoints."""
    resources: Sequence[pulumi.CustomResource]
    """The resources without which the services cannot be reached through them."""

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        services: Sequence[str],
        *,
        vpc: aws.ec2.Vpc,
        cidr_block: str,
        subnets: Sequence[aws.ec2.Subnet],
        route_tables: Sequence[aws.ec2.RouteTable],
        tags: Tags,
    ) -> None:
        self._name, self._tags = name, tags
        self._child = pulumi.ResourceOptions(parent=parent)
        region = iam.region(pulumi.InvokeOptions(parent=parent))

        endpoints = {
            "s3": aws.ec2.VpcEndpoint(
                f"{name}-endpoint-s3",
                vpc_id=vpc.id,
                service_name=_service_name(region, "s3"),
                vpc_endpoint_type="Gateway",
                route_table_ids=[table.id for table in route_tables],
                tags=self._resource_tags("endpoint-s3"),
                opts=self._child,
            )
        }
        self.security_group, rules = (
            self._create_security_group(vpc, cidr_block) if services else (None, [])
        )
        for service in services:
            role = f"endpoint-{service.replace('.', '-')}"
            endpoints[service] = aws.ec2.VpcEndpoint(
                f"{name}-{role}",
                vpc_id=vpc.id,
                service_name=_service_name(region, service),
                vpc_endpoint_type="Interface",
                # The service's usual host name resolves to the endpoint: clients need
                # no configuration.
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[self.security_group.id] if self.security_group else None,
                tags=self._resource_tags(role),
                opts=self._child,
            )
        self.by_service, self.resources = endpoints, [*endpoints.values(), *rules]

    def _create_security_group(
        self, vpc: aws.ec2.Vpc, cidr_block: str
    ) -> tuple[aws.ec2.SecurityGroup, list[aws.vpc.SecurityGroupIngressRule]]:
        """Creates the endpoints' security group: HTTPS from the VPC, and no egress, as
        an endpoint never opens a connection."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoints",
            description="HTTPS from within the VPC to its endpoints",
            vpc_id=vpc.id,
            tags=self._resource_tags("endpoints"),
            opts=self._child,
        )
        ingress = aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-endpoints-https",
            description="HTTPS from within the VPC",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=cidr_block,
            tags=self._resource_tags("endpoints-https"),
            opts=self._child,
        )
        return group, [ingress]

    def _resource_tags(self, role: str) -> dict[str, pulumi.Input[str]]:
        return merged(self._name, self._tags, Name=f"{self._name}-{role}")


def _service_name(region: pulumi.Output[str], service: str) -> pulumi.Output[str]:
    return pulumi.Output.format("com.amazonaws.{0}.{1}", region, service)
