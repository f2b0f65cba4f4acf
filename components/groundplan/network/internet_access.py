"""Internet access of a VPC: the internet gateway of its public subnets, the NAT
gateways of its private subnets, and their routes."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan.network.choices import NatGateways
from groundplan.tags import Tags, merged

ANYWHERE = "0.0.0.0/0"


class InternetAccess:
    """Creates gateways and routes, as children of `parent`.

    Public subnets have an internet gateway even if private ones have no NAT gateway:
    for internet-facing load balancers. Routes are resources of their own, not inline in
    their tables, so that other programs can add routes (to a peered VPC).
    """

    internet_gateway: aws.ec2.InternetGateway
    nat_addresses: Sequence[aws.ec2.Eip]
    nat_gateways: Sequence[aws.ec2.NatGateway]
    public_route_table: aws.ec2.RouteTable
    private_route_tables: Sequence[aws.ec2.RouteTable]
    public: Sequence[pulumi.CustomResource]
    """The resources without which public subnets do not reach the internet."""
    private: Sequence[pulumi.CustomResource]
    """The resources without which private subnets do not."""

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        nat_gateways: NatGateways,
        *,
        vpc: aws.ec2.Vpc,
        private_subnets: Sequence[aws.ec2.Subnet],
        public_subnets: Sequence[aws.ec2.Subnet],
        tags: Tags,
    ) -> None:
        self._name, self._vpc, self._tags = name, vpc, tags
        self._child = pulumi.ResourceOptions(parent=parent)
        self.internet_gateway = aws.ec2.InternetGateway(
            f"{name}-internet-gateway",
            vpc_id=vpc.id,
            tags=self._resource_tags("internet-gateway"),
            opts=self._child,
        )
        # An Elastic IP address or a NAT gateway requires that the VPC has its internet
        # gateway (EC2 API, CreateNatGateway).
        after = pulumi.ResourceOptions(parent=parent, depends_on=[self.internet_gateway])
        count = {
            NatGateways.NONE: 0,
            NatGateways.SINGLE: 1,
            NatGateways.PER_ZONE: len(public_subnets),
        }[nat_gateways]
        self.nat_addresses = tuple(
            aws.ec2.Eip(
                f"{name}-nat-{i}-address",
                domain="vpc",
                tags=self._resource_tags(f"nat-{i}"),
                opts=after,
            )
            for i in range(1, count + 1)
        )
        # An Elastic IP address is in one NAT gateway at a time
        # (Resource.AlreadyAssociated): the replacement can only be created when the old
        # one is gone.
        first = pulumi.ResourceOptions(delete_before_replace=True)
        self.nat_gateways = tuple(
            aws.ec2.NatGateway(
                f"{name}-nat-{i}",
                subnet_id=public_subnets[i - 1].id,
                allocation_id=address.id,
                tags=self._resource_tags(f"nat-{i}"),
                opts=pulumi.ResourceOptions.merge(after, first),
            )
            for i, address in enumerate(self.nat_addresses, 1)
        )
        self.public_route_table = self._route_table("public-routes")
        self.public = [
            self._route("public", self.public_route_table, gateway_id=self.internet_gateway.id),
            *(
                self._associate(f"public-{i}", s, self.public_route_table)
                for i, s in enumerate(public_subnets, 1)
            ),
        ]
        self.private_route_tables = tuple(
            self._route_table(f"private-{i + 1}-routes") for i in range(len(private_subnets))
        )
        self.private = [
            *(
                self._route(
                    f"private-{i}", table, nat_gateway_id=self.nat_gateways[min(i, count) - 1].id
                )
                for i, table in enumerate(self.private_route_tables, 1)
                if count
            ),
            *(
                self._associate(f"private-{i}", subnet, table)
                for i, (subnet, table) in enumerate(
                    zip(private_subnets, self.private_route_tables, strict=True), 1
                )
            ),
        ]

    def _route_table(self, role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._name}-{role}",
            vpc_id=self._vpc.id,
            tags=self._resource_tags(role),
            opts=self._child,
        )

    def _route(
        self,
        role: str,
        table: aws.ec2.RouteTable,
        gateway_id: pulumi.Output[str] | None = None,
        nat_gateway_id: pulumi.Output[str] | None = None,
    ) -> aws.ec2.Route:
        return aws.ec2.Route(
            f"{self._name}-{role}-internet-route",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self._child,
        )

    def _associate(
        self, role: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._name}-{role}-association",
            subnet_id=subnet.id,
            route_table_id=table.id,
            opts=self._child,
        )

    def _resource_tags(self, role: str) -> dict[str, pulumi.Input[str]]:
        return merged(self._name, self._tags, Name=f"{self._name}-{role}")
