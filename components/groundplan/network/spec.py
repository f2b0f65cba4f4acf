"""The specification of a network: its arguments, resolved once, with every default."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.network import subnets
from groundplan.network.args import (
    ExistingNetworkArgs,
    FlowLogsArgs,
    NetworkArgs,
)
from groundplan.network.choices import NatGateways
from groundplan.network.subnets import Layout
from groundplan.tags import Tags


@dataclass(frozen=True)
class FlowLogsSpec:
    """The VPC's flow logs."""

    retention_days: int
    kms_key_arn: pulumi.Input[str] | None
    """None if the component creates the key."""


@dataclass(frozen=True)
class ExistingNetwork:
    """An existing VPC."""

    vpc_id: pulumi.Input[str]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    public_subnet_ids: Sequence[pulumi.Input[str]]


@dataclass(frozen=True)
class NetworkSpec:
    """A network, complete."""

    name: str
    """The logical name of the component."""
    cidr_block: str
    zone_count: int
    zone_names: tuple[str, ...]
    """Names of the availability zones; empty if they are looked up."""
    nat_gateways: NatGateways
    interface_endpoints: tuple[str, ...]
    flow_logs: FlowLogsSpec | None
    """None if traffic is not logged."""
    existing: ExistingNetwork | None
    """The VPC that is used in place of a new one."""
    deletion_protection: bool
    tags: Tags

    @property
    def layout(self) -> Layout:
        """The CIDR blocks of the subnets of a valid network."""
        return subnets.layout(self.cidr_block, self.zone_count)


def resolve(args: NetworkArgs, context: Context) -> NetworkSpec:
    """Returns the specification of the network that `args` describe."""
    own, zone_names = with_defaults(NetworkArgs, args), args.get("availability_zones")
    return NetworkSpec(
        name=context.name,
        cidr_block=own["cidr_block"],
        zone_count=own["zone_count"] if zone_names is None else len(zone_names),
        zone_names=tuple(zone_names or ()),
        nat_gateways=NatGateways(own["nat_gateways"]),
        interface_endpoints=tuple(own["interface_endpoints"]),
        flow_logs=_flow_logs(args.get("flow_logs")),
        existing=_existing(args.get("existing")),
        deletion_protection=own["deletion_protection"],
        tags=args.get("tags", {}),
    )


def _flow_logs(args: FlowLogsArgs | None) -> FlowLogsSpec | None:
    own = with_defaults(FlowLogsArgs, args)
    if not own["enabled"]:
        return None
    return FlowLogsSpec(own["retention_days"], own.get("kms_key_arn"))


def _existing(args: ExistingNetworkArgs | None) -> ExistingNetwork | None:
    if args is None:
        return None
    # Validation resolves arguments that may lack required keys.
    own: dict[str, Any] = with_defaults(ExistingNetworkArgs, args)
    return ExistingNetwork(
        vpc_id=own.get("vpc_id", ""),
        private_subnet_ids=own.get("private_subnet_ids", ()),
        public_subnet_ids=own["public_subnet_ids"],
    )
