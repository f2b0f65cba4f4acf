"""The arguments of a Network."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.network.choices import NatGateways, NatGatewaysValue


class FlowLogsArgs(TypedDict):
    """The VPC's flow logs."""

    enabled: NotRequired[bool]
    """Whether the VPC's traffic is logged. Default: true. Changing it creates or
    deletes the flow log; a log group with `deletion_protection` blocks the deletion."""
    retention_days: NotRequired[int]
    """Days that CloudWatch Logs retains a record, one of its retention periods
    (`groundplan.facts.log_retention.DAYS`). Default: 90. Updates in place; a shorter
    period deletes older records."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key that encrypts the records; its policy must allow
    CloudWatch Logs to use it. Default: a new `EncryptionKey`. Updates in place, for
    records from then on."""


FLOW_LOGS_DEFAULTS = defaults(FlowLogsArgs, enabled=True, retention_days=90)


class ExistingNetworkArgs(TypedDict):
    """An existing VPC, with DNS support and DNS hostnames enabled. Its private subnets
    reach the internet, or have VPC endpoints."""

    vpc_id: pulumi.Input[str]
    """ID of the VPC. Changing it replaces the resources that are placed in it."""
    private_subnet_ids: Sequence[pulumi.Input[str]]
    """IDs of its private subnets, at least one. Changing them replaces the resources
    that are placed in them."""
    public_subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """IDs of its public subnets. Default: none. Changing them replaces the resources
    that are placed in them."""


EXISTING_NETWORK_DEFAULTS = defaults(ExistingNetworkArgs, public_subnet_ids=())


class NetworkArgs(TypedDict):
    """The arguments of a Network."""

    cidr_block: NotRequired[str]
    """The VPC's IPv4 CIDR block, in a private range: /16 to /24 for up to 3 zones, /16
    to /22 for more. Default: 10.0.0.0/16. Changing it replaces the VPC and all
    resources in it."""
    zone_count: NotRequired[int]
    """Number of availability zones that have subnets, 1 to 6. Default: 3. A change
    within 1 to 3, or within 4 to 6, adds or removes subnets. A change from one of these
    ranges to the other replaces all subnets, which AWS refuses while the old ones
    exist: create a second network and migrate to it."""
    availability_zones: NotRequired[Sequence[str]]
    """Names of the availability zones (`us-east-1a`), in place of `zone_count`.
    Default: the region's first available zones by name that EKS supports, chosen when a
    subnet is created; they never change later. A zone that is added at the end adds
    subnets; a zone that changes replaces its subnets, which AWS refuses while the old
    ones exist."""
    nat_gateways: NotRequired[NatGatewaysValue]
    """How private subnets reach the internet: `per-zone` (a NAT gateway in each zone),
    `single` (one for all zones: cheaper, and unavailable if its zone is) or `none`.
    Default: per-zone. Changing it creates or deletes NAT gateways, and interrupts open
    connections."""
    interface_endpoints: NotRequired[Sequence[str]]
    """AWS services that have an interface endpoint in the VPC, each by the part of the
    endpoint service's name after `com.amazonaws.<region>.`. S3 always has a gateway
    endpoint. Default: ecr.api, ecr.dkr, sts, logs, sagemaker.api, sagemaker.runtime.
    Changing it creates or deletes endpoints."""
    flow_logs: NotRequired[FlowLogsArgs]
    """The VPC's flow logs. Default: enabled, in an encrypted CloudWatch log group.
    Updates in place."""
    existing: NotRequired[ExistingNetworkArgs]
    """An existing VPC to use. The component creates no resources then, and of the other
    arguments only `tags` and `deletion_protection` are allowed. Default: none. Adding
    or removing it replaces the resources that are placed in the network."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace the VPC, the flow logs' log group and
    its KMS key, and retains the latter two on delete. Default: true. Updates in
    place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


NETWORK_DEFAULTS = defaults(
    NetworkArgs,
    cidr_block="10.0.0.0/16",
    zone_count=3,
    nat_gateways=NatGateways.PER_ZONE,
    # The services that training and serving call continually: images, credentials,
    # logs, SageMaker.
    interface_endpoints=(
        "ecr.api",
        "ecr.dkr",
        "sts",
        "logs",
        "sagemaker.api",
        "sagemaker.runtime",
    ),
    deletion_protection=True,
)
