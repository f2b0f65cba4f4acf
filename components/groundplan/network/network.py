"""Network: a VPC with private and public subnets in several zones, its internet access,
its endpoints and its flow logs."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.facts import regions
from groundplan.network.args import NetworkArgs
from groundplan.network.flow_logs import FlowLogs
from groundplan.network.internet_access import InternetAccess
from groundplan.network.spec import ExistingNetwork, NetworkSpec, resolve
from groundplan.network.validation import validate
from groundplan.network.vpc_endpoints import VpcEndpoints
from groundplan.problems import Problem
from groundplan.storage.encryption_key.encryption_key import EncryptionKey


class Network(Component):
    """A VPC with large private subnets, small public subnets for gateways and load
    balancers, and flow logs; or an existing VPC, with the same outputs."""

    vpc_id: pulumi.Output[str]
    """ID of the VPC."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """IDs of the private subnets, one for each zone. They resolve after the subnets'
    routes and endpoints are created, so that resources in them can pull images."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """IDs of the public subnets, one for each zone. They resolve after the subnets'
    routes are created."""
    zones: pulumi.Output[Sequence[str]]
    """Names of the availability zones, in the order of the subnets; empty for an
    existing VPC."""
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
        valid = arguments.validated("Network", NetworkArgs, args, validate, context)
        spec = resolve(valid, context)

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
        if spec.existing:
            self._use_existing(spec.existing)
        else:
            self._create(spec)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "privateSubnetIds": self.private_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
                "zones": self.zones,
                "natGatewayIds": self.nat_gateway_ids,
            }
        )

    def _use_existing(self, existing: ExistingNetwork) -> None:
        self.vpc_id = pulumi.Output.from_input(existing.vpc_id)
        self.private_subnet_ids = pulumi.Output.all(*existing.private_subnet_ids)
        self.public_subnet_ids = pulumi.Output.all(*existing.public_subnet_ids)
        self.zones = pulumi.Output.from_input([])
        self.nat_gateway_ids = pulumi.Output.from_input([])

    def _create(self, spec: NetworkSpec) -> None:
        name = spec.name
        self.vpc = vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=spec.cidr_block,
            # Private DNS of endpoints, and EKS, require both.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags.merged(name, spec.tags, Name=f"{name}-vpc"),
            # The VPC holds no data, so it is not retained. It is the only network
            # resource that is protected: one protected resource stops a `destroy` (its
            # preview fails) and a replacement of the VPC, while gateways, routes and
            # endpoints can be created and deleted as the arguments change.
            opts=pulumi.ResourceOptions(parent=self, protect=spec.deletion_protection),
        )
        # AWS creates this group with every VPC, and resources without a security group
        # use it: it allows no traffic. Empty lists rather than none, so that a rule
        # that is added outside Pulumi is a difference.
        self.default_security_group = aws.ec2.DefaultSecurityGroup(
            f"{name}-default-security-group",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=tags.merged(name, spec.tags, Name=f"{name}-default"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.private_subnets, self.public_subnets = self._create_subnets(spec, vpc)
        access = InternetAccess(
            name,
            self,
            spec.nat_gateways,
            vpc=vpc,
            private_subnets=self.private_subnets,
            public_subnets=self.public_subnets,
            tags=spec.tags,
        )
        self.internet_gateway = access.internet_gateway
        self.public_route_table = access.public_route_table
        self.nat_addresses, self.nat_gateways = access.nat_addresses, access.nat_gateways
        self.private_route_tables = access.private_route_tables
        endpoints = VpcEndpoints(
            name,
            self,
            spec.interface_endpoints,
            vpc=vpc,
            cidr_block=spec.cidr_block,
            subnets=self.private_subnets,
            route_tables=self.private_route_tables,
            tags=spec.tags,
        )
        self.endpoints = endpoints.by_service
        self.endpoint_security_group = endpoints.security_group
        if spec.flow_logs:
            flow_logs = FlowLogs(
                name,
                self,
                spec.flow_logs,
                vpc_id=vpc.id,
                deletion_protection=spec.deletion_protection,
                tags=spec.tags,
            )
            self.flow_log, self.log_group = flow_logs.flow_log, flow_logs.log_group
            self.flow_log_role, self.flow_log_key = flow_logs.role, flow_logs.key

        self.vpc_id = vpc.id
        required = [*access.private, *endpoints.resources]
        self.private_subnet_ids = _ids_after(required, self.private_subnets)
        self.public_subnet_ids = _ids_after(access.public, self.public_subnets)
        self.zones = pulumi.Output.all(
            *(subnet.availability_zone for subnet in self.private_subnets)
        )
        self.nat_gateway_ids = pulumi.Output.all(*(gateway.id for gateway in self.nat_gateways))

    def _create_subnets(
        self, spec: NetworkSpec, vpc: aws.ec2.Vpc
    ) -> tuple[tuple[aws.ec2.Subnet, ...], tuple[aws.ec2.Subnet, ...]]:
        zones: Sequence[pulumi.Input[str]] = spec.zone_names or self._look_up_zones(spec)
        # Zones that are looked up are used when a subnet is created and ignored later:
        # a zone that AWS adds, or that is unavailable for an hour, must not replace
        # subnets.
        ignored = None if spec.zone_names else ["availabilityZone"]

        def subnet(kind: str, index: int, cidr_block: str, role_tag: str) -> aws.ec2.Subnet:
            role = f"{kind}-{index + 1}"
            return aws.ec2.Subnet(
                f"{spec.name}-{role}",
                vpc_id=vpc.id,
                cidr_block=cidr_block,
                availability_zone=zones[index],
                map_public_ip_on_launch=False,  # resources request public addresses explicitly
                # The AWS Load Balancer Controller and EKS discover subnets by these
                # tags (EKS User Guide, "Network requirements").
                tags=tags.merged(
                    spec.name, spec.tags, Name=f"{spec.name}-{role}", **{role_tag: "1"}
                ),
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=ignored),
            )

        return (
            tuple(
                subnet("private", index, cidr_block, "kubernetes.io/role/internal-elb")
                for index, cidr_block in enumerate(spec.layout.private)
            ),
            tuple(
                subnet("public", index, cidr_block, "kubernetes.io/role/elb")
                for index, cidr_block in enumerate(spec.layout.public)
            ),
        )

    def _look_up_zones(self, spec: NetworkSpec) -> list[pulumi.Output[str]]:
        """Returns the first zones of the region by name.

        Raises `InvalidArguments` during deployment if the region has too few.
        """
        result = aws.get_availability_zones_output(
            state="available",
            exclude_zone_ids=list(regions.NO_EKS_ZONES),
            # Local Zones and Wavelength Zones require an opt-in; the availability zones
            # of a region do not.
            filters=[
                aws.GetAvailabilityZonesFilterArgs(
                    name="opt-in-status", values=["opt-in-not-required"]
                )
            ],
            opts=pulumi.InvokeOptions(parent=self),
        )
        count = spec.zone_count

        def first(available: Sequence[str]) -> list[str]:
            if len(available) < count:
                names = ", ".join(sorted(available))
                allowed = f"at most {len(available)}: the region has the zones {names}"
                fix = (
                    f"use {len(available)}, another region, or name the zones in availability_zones"
                )
                problem = Problem("zone_count", count, allowed, fix)
                arguments.require("Network", spec.name, [problem])
            return sorted(available)[:count]

        zones = result.names.apply(first)
        return [zones[index] for index in range(count)]


def _ids_after(
    required: Sequence[pulumi.CustomResource], subnets: Sequence[aws.ec2.Subnet]
) -> pulumi.Output[Sequence[str]]:
    """Returns the IDs of subnets, resolved after the required resources are created."""
    ids = pulumi.Output.all(*(subnet.id for subnet in subnets))
    return pulumi.Output.all(ids, *(resource.id for resource in required)).apply(
        lambda resolved: resolved[0]
    )
