"""Network: a VPC with private and public subnets in several zones, its ways out, its
endpoints and its flow logs."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.facts import regions
from groundplan.network import subnets
from groundplan.network.args import CIDR_BLOCK, INTERFACE_ENDPOINTS
from groundplan.network.args import ExistingNetworkArgs as ExistingNetworkArgs
from groundplan.network.args import NetworkArgs as NetworkArgs
from groundplan.network.choices import NatGateways as NatGateways
from groundplan.network.flow_logs import FlowLogs
from groundplan.network.flow_logs import FlowLogsArgs as FlowLogsArgs
from groundplan.network.internet_access import WaysOut
from groundplan.network.validation import validate, zone_count
from groundplan.network.vpc_endpoints import VpcEndpoints
from groundplan.problems import Problem
from groundplan.storage.encryption_key.encryption_key import EncryptionKey


class Network(Component):
    """A VPC whose private subnets are large, whose public ones hold gateways and load
    balancers only, and whose traffic is logged; or a VPC that is there already, under
    the same outputs."""

    vpc_id: pulumi.Output[str]
    """ID of the VPC."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """IDs of the private subnets, one for each zone. They are told once the subnets'
    ways out stand, so that what is placed in them can pull its images at once."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """IDs of the public subnets, one for each zone, told once their way out stands."""
    zones: pulumi.Output[Sequence[str]]
    """Names of the availability zones, in the order of the subnets; empty if the VPC
    was adopted."""
    nat_gateway_ids: pulumi.Output[Sequence[str]]
    """IDs of the NAT gateways; empty if there are none."""

    def __init__(
        self,
        name: str,
        args: NetworkArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:Network", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated("Network", NetworkArgs, args, validate, context)

        self.vpc: aws.ec2.Vpc | None = None
        self.default_security_group: aws.ec2.DefaultSecurityGroup | None = None
        self.private_subnets: Sequence[aws.ec2.Subnet] = ()
        self.public_subnets: Sequence[aws.ec2.Subnet] = ()
        self.internet_gateway: aws.ec2.InternetGateway | None = None
        self.nat_addresses: Sequence[aws.ec2.Eip] = ()
        self.nat_gateways: Sequence[aws.ec2.NatGateway] = ()
        self.public_route_table: aws.ec2.RouteTable | None = None
        self.private_route_tables: Sequence[aws.ec2.RouteTable] = ()
        self.endpoints: Mapping[str, aws.ec2.VpcEndpoint] = {}
        """By service: `s3`, `ecr.api`."""
        self.endpoint_security_group: aws.ec2.SecurityGroup | None = None
        self.flow_log: aws.ec2.FlowLog | None = None
        self.flow_log_role: aws.iam.Role | None = None
        self.flow_log_key: EncryptionKey | None = None
        self.log_group: aws.cloudwatch.LogGroup | None = None
        if "existing" in checked:
            self._adopt(checked["existing"])
        else:
            self._create(name, checked)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "privateSubnetIds": self.private_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
                "zones": self.zones,
                "natGatewayIds": self.nat_gateway_ids,
            }
        )

    def _adopt(self, existing: ExistingNetworkArgs) -> None:
        self.vpc_id = pulumi.Output.from_input(existing["vpc_id"])
        self.private_subnet_ids = pulumi.Output.all(*existing["private_subnet_ids"])
        self.public_subnet_ids = pulumi.Output.all(*existing.get("public_subnet_ids", ()))
        self.zones = pulumi.Output.from_input([])
        self.nat_gateway_ids = pulumi.Output.from_input([])

    def _create(self, name: str, args: NetworkArgs) -> None:
        given: tags.Tags = args.get("tags", {})
        keep = args.get("deletion_protection", True)
        cidr_block = args.get("cidr_block", CIDR_BLOCK)
        self.vpc = vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=cidr_block,
            # Private DNS of endpoints, and EKS, need both.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags.merged(name, given, Name=f"{name}-vpc"),
            # The VPC holds no data, so it is not retained. It alone is protected, and
            # that is enough: one protected resource stops a whole `destroy` (whose
            # preview fails), or a replacement of the VPC, while gateways, routes and
            # endpoints stay free to come and go with the arguments.
            opts=pulumi.ResourceOptions(parent=self, protect=keep),
        )
        # AWS makes this group with every VPC and gives it to whatever names none: it
        # lets nothing in and nothing out. Empty lists rather than none, so that a rule
        # that somebody adds is a difference.
        self.default_security_group = aws.ec2.DefaultSecurityGroup(
            f"{name}-default-security-group",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=tags.merged(name, given, Name=f"{name}-default"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.private_subnets, self.public_subnets = self._subnets(name, vpc, cidr_block, args)
        ways = WaysOut(
            name,
            self,
            args.get("nat_gateways", NatGateways.PER_ZONE),
            vpc=vpc,
            private_subnets=self.private_subnets,
            public_subnets=self.public_subnets,
            tags=given,
        )
        self.internet_gateway, self.public_route_table = (
            ways.internet_gateway,
            ways.public_route_table,
        )
        self.nat_addresses, self.nat_gateways = ways.nat_addresses, ways.nat_gateways
        self.private_route_tables = ways.private_route_tables
        endpoints = VpcEndpoints(
            name,
            self,
            args.get("interface_endpoints", INTERFACE_ENDPOINTS),
            vpc=vpc,
            cidr_block=cidr_block,
            subnets=self.private_subnets,
            route_tables=self.private_route_tables,
            tags=given,
        )
        self.endpoints, self.endpoint_security_group = (
            endpoints.by_service,
            endpoints.security_group,
        )
        if args.get("flow_logs", {}).get("enabled", True):
            made = FlowLogs(
                name, self, args.get("flow_logs", {}), vpc_id=vpc.id, keep=keep, tags=given
            )
            self.flow_log, self.log_group = made.flow_log, made.log_group
            self.flow_log_role, self.flow_log_key = made.role, made.key

        self.vpc_id = vpc.id
        self.private_subnet_ids = _once([*ways.private, *endpoints.standing], self.private_subnets)
        self.public_subnet_ids = _once(ways.public, self.public_subnets)
        self.zones = pulumi.Output.all(
            *(subnet.availability_zone for subnet in self.private_subnets)
        )
        self.nat_gateway_ids = pulumi.Output.all(*(gateway.id for gateway in self.nat_gateways))

    def _subnets(
        self, name: str, vpc: aws.ec2.Vpc, cidr_block: str, args: NetworkArgs
    ) -> tuple[tuple[aws.ec2.Subnet, ...], tuple[aws.ec2.Subnet, ...]]:
        zones: Sequence[pulumi.Input[str]] = args.get(
            "availability_zones"
        ) or self._available_zones(name, zone_count(args))
        # Zones that were looked up are settled when a subnet is created: one that AWS
        # opens, or takes out of service for an hour, must not replace subnets.
        settled = None if "availability_zones" in args else ["availabilityZone"]
        layout = subnets.layout(cidr_block, len(zones))

        def subnet(kind: str, index: int, network: str, role_tag: str) -> aws.ec2.Subnet:
            role = f"{kind}-{index + 1}"
            return aws.ec2.Subnet(
                f"{name}-{role}",
                vpc_id=vpc.id,
                cidr_block=network,
                availability_zone=zones[index],
                map_public_ip_on_launch=False,  # what needs a public address there, asks for it
                # By these tags the AWS load balancer controller and EKS find the
                # subnets (EKS User Guide, "Network requirements").
                tags=tags.merged(name, args.get("tags"), Name=f"{name}-{role}", **{role_tag: "1"}),
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=settled),
            )

        return (
            tuple(
                subnet("private", i, n, "kubernetes.io/role/internal-elb")
                for i, n in enumerate(layout.private)
            ),
            tuple(
                subnet("public", i, n, "kubernetes.io/role/elb")
                for i, n in enumerate(layout.public)
            ),
        )

    def _available_zones(self, name: str, count: int) -> list[pulumi.Output[str]]:
        found = aws.get_availability_zones_output(
            state="available",
            exclude_zone_ids=list(regions.NO_EKS_ZONES),
            # Local Zones and Wavelength Zones have to be opted in to; a region's own
            # zones have not.
            filters=[
                aws.GetAvailabilityZonesFilterArgs(
                    name="opt-in-status", values=["opt-in-not-required"]
                )
            ],
            opts=pulumi.InvokeOptions(parent=self),
        )

        def first(available: Sequence[str]) -> list[str]:
            if len(available) < count:
                allowed = f"at most {len(available)}: the region has no more zones ({', '.join(sorted(available))})"
                fix = (
                    f"use {len(available)}, another region, or name the zones in availability_zones"
                )
                arguments.require("Network", name, [Problem("zone_count", count, allowed, fix)])
            return sorted(available)[:count]

        chosen = found.names.apply(first)
        return [chosen[index] for index in range(count)]


def _once(
    standing: Sequence[pulumi.CustomResource], of: Sequence[aws.ec2.Subnet]
) -> pulumi.Output[Sequence[str]]:
    """The subnets' IDs, for which whoever uses them waits until all of `standing` is
    there."""
    ids = pulumi.Output.all(*(subnet.id for subnet in of))
    return pulumi.Output.all(ids, *(resource.id for resource in standing)).apply(
        lambda told: told[0]
    )
