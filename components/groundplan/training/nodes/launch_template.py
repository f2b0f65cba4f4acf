"""The launch template of a pool: the configuration of the instances of its node group.

No image: EKS takes the newest of the node group's image type, and adds its own part to
the user data.
"""

import base64
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.training.choices import CapacityType
from groundplan.training.nodes import disks, user_data
from groundplan.training.nodes.placement import Places
from groundplan.training.nodes.pool import Pool

TAGGED = ("instance", "volume", "network-interface")
"""What EC2 creates from a template. Tags of a node group do not apply to it."""


def launch_template(
    name: str,
    pool: Pool,
    *,
    places: Places,
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> aws.ec2.LaunchTemplate:
    """Creates the template of a pool."""
    named = {**resource_tags, "Name": f"{name}-{pool.name}"}
    text, placement_group = user_data.user_data(pool), places.placement_group_name(pool)
    return aws.ec2.LaunchTemplate(
        f"{name}-{pool.name}-template",
        description=f"Nodes of the pool {pool.name}",
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            # One hop ends at the node: pods, which are a hop further, can't assume the
            # node's role.
            http_put_response_hop_limit=1,
        ),
        block_device_mappings=[_block_device(device) for device in disks.block_devices(pool)],
        network_interfaces=_interfaces(pool, places),
        placement=None
        if placement_group is None
        else aws.ec2.LaunchTemplatePlacementArgs(group_name=placement_group),
        user_data=None if text is None else base64.b64encode(text.encode()).decode(),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=named)
            for kind in TAGGED
        ],
        tags=dict(resource_tags),
        opts=pulumi.ResourceOptions(parent=parent),
        **_capacity(pool),
    )


def _capacity(pool: Pool) -> Mapping[str, Any]:
    """Returns what ties the nodes to a reservation. Without one, the instance type
    belongs to the node group, whose replacement then starts new nodes before the old
    ones go."""
    if pool.reservation_id is None:
        return {}
    # A target, and so no preference beside it: where the reservation is full, nothing
    # starts at another price.
    target = aws.ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
        capacity_reservation_id=pool.reservation_id
    )
    reserved = {
        "capacity_reservation_specification": aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(  # noqa: E501
            capacity_reservation_target=target
        )
    }
    if pool.capacity_type is not CapacityType.CAPACITY_BLOCK:
        return reserved
    # EKS takes the three from the template, or refuses the group (Amazon EKS User
    # Guide, "Create a managed node group with Capacity Blocks for ML").
    market = aws.ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type="capacity-block")
    return {**reserved, "instance_market_options": market, "instance_type": pool.instance.name}


def _block_device(device: disks.BlockDevice) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgs:
    return aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=device.name,
        ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_size=device.gib,
            volume_type=disks.VOLUME_TYPE,
            # With the account's default EBS key: a key of one's own needs a grant for
            # Auto Scaling's role.
            encrypted="true",
            delete_on_termination="true",
            snapshot_id=device.snapshot_id,
        ),
    )


def _interfaces(
    pool: Pool, places: Places
) -> list[aws.ec2.LaunchTemplateNetworkInterfaceArgs] | None:
    """Creates the interfaces of a node with EFA, with its security groups: EC2 takes
    none on the instance beside them.

    The only interface of other nodes is left to EKS, which gives it the cluster's
    group.
    """
    # The provider's schema has the cluster's group as optional; EKS gives every cluster
    # one.
    groups = pulumi.Output.all(*places.security_group_ids(pool)).apply(
        lambda ids: [id_ for id_ in ids if id_]
    )
    return [
        aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            description=f"{pool.name}: card {interface.card}, {interface.kind}",
            network_card_index=interface.card,
            device_index=interface.device,
            interface_type=interface.kind,
            security_groups=groups,
            # Whatever the subnet's default is; `efa-only` ones have no address, and EC2
            # refuses the setting there (aws/karpenter-provider-aws@1d927085,
            # pkg/providers/launchtemplate/launchtemplate.go).
            associate_public_ip_address=None if interface.kind == "efa-only" else "false",
            delete_on_termination="true",
        )
        for interface in pool.interfaces
    ] or None
