"""What a `Network` can be told, and the rules of it."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.network.choices import NatGateways
from groundplan.network.flow_logs import FlowLogsArgs

CIDR_BLOCK = "10.0.0.0/16"
ZONE_COUNT = 3
INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "sts", "logs", "sagemaker.api", "sagemaker.runtime")
"""What training and serving call all the time: images, credentials, logs, SageMaker."""


class ExistingNetworkArgs(TypedDict):
    """A VPC that is there already. It needs DNS support and DNS hostnames, and its
    subnets a way out, or endpoints."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. Changing it moves whatever is placed in the network."""
    private_subnet_ids: Sequence[pulumi.Input[str]]
    """IDs of its private subnets, one at least. Changing them moves whatever is placed
    in them."""
    public_subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """IDs of its public subnets. Default: none."""


class NetworkArgs(TypedDict):
    """What a `Network` can be told."""

    cidr_block: NotRequired[str]
    """The VPC's IPv4 network, of a private range: /16 to /24 for up to 3 zones, /16 to
    /22 for more. Default: 10.0.0.0/16. Changing it replaces the VPC and all that is in
    it."""
    zone_count: NotRequired[int]
    """In how many availability zones there are subnets, 1 to 6. Default: 3. Changing it
    within 1 to 3, or within 4 to 6, adds or removes subnets. Across that line all
    subnets get other addresses, which AWS refuses while the former ones stand: make a
    second network and move over."""
    availability_zones: NotRequired[Sequence[str]]
    """Names of the zones (`us-east-1a`), in place of `zone_count`. Default: the first
    zones of the region by name that are available and that EKS can use; which those are
    is settled when a subnet is created, and never moves it later. Adding one at the end
    adds subnets; changing one replaces its subnets, which AWS refuses while the former
    ones stand."""
    nat_gateways: NotRequired[NatGateways]
    """How private subnets reach the internet: `per-zone` (a gateway in each zone),
    `single` (one for all, cheaper, and down with its zone) or `none`. Default:
    per-zone. Changing it adds or removes gateways, and breaks open connections."""
    interface_endpoints: NotRequired[Sequence[str]]
    """AWS services that get an endpoint inside the VPC, by what follows
    `com.amazonaws.<region>.` in the endpoint service's name. Default: `ecr.api`,
    `ecr.dkr`, `sts`, `logs`, `sagemaker.api`, `sagemaker.runtime`. S3 has its own
    always. Changing it adds or removes endpoints."""
    flow_logs: NotRequired[FlowLogsArgs]
    """Where the VPC's traffic is logged. Default: in a CloudWatch log group under a key
    of its own, for 90 days."""
    existing: NotRequired[ExistingNetworkArgs]
    """A VPC to adopt: nothing is created then, and nothing else can be said about the
    network. Changing it from or to a network of one's own moves whatever is placed in
    it."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace the VPC, and keeps the flow logs and
    their key when the stack lets go of them. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
