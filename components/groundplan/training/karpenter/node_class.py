"""Karpenter's EC2NodeClass of a pool: what an instance is started with.

Fields: CustomResourceDefinition ec2nodeclasses.karpenter.k8s.aws,
aws/karpenter-provider-aws@1d927085 (v1.14.1).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan import tags
from groundplan.training import versions
from groundplan.training.nodes import disks, interfaces
from groundplan.training.nodes.pool import Pool

GROUP = "karpenter.k8s.aws"
API_VERSION = f"{GROUP}/v1"
KIND = "EC2NodeClass"


def spec(
    pool: Pool,
    *,
    role_name: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    security_group_ids: Sequence[pulumi.Input[str]],
    placement_group: pulumi.Input[str] | None,
    resource_tags: tags.Tags,
) -> dict[str, Any]:
    """Returns the spec of a pool's EC2NodeClass. `placement_group` is the name of one;
    None without."""
    inputs: dict[str, Any] = {
        "amiSelectorTerms": [{"alias": image(pool)}],
        # Karpenter creates an instance profile of the role by itself, and removes it
        # with the node class.
        "role": role_name,
        "subnetSelectorTerms": by_id(subnet_ids),
        "securityGroupSelectorTerms": by_id(security_group_ids),
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpTokens": "required",
            # One hop ends at the node: pods, which are a hop further, can't assume the
            # node's role.
            "httpPutResponseHopLimit": 1,
        },
        "blockDeviceMappings": disks.block_device_mappings(pool),
        # Whatever the subnet's default is.
        "associatePublicIPAddress": False,
        "tags": dict(
            resource_tags
        ),  # of instances, volumes, network interfaces and launch templates
    }
    if policy := disks.instance_store_policy(pool):
        inputs["instanceStorePolicy"] = policy
    if pool.efa:
        inputs["networkInterfaces"] = [
            _interface(found) for found in interfaces.karpenter_layout(pool.instance)
        ]
    if pool.reservation_id is not None:
        # A Capacity Block is a reservation too. Karpenter knows no others than these,
        # not even open ones.
        inputs["capacityReservationSelectorTerms"] = [{"id": pool.reservation_id}]
    if placement_group is not None:
        inputs["placementGroupSelector"] = {"name": placement_group}
    return inputs


def image(pool: Pool) -> str:
    """Karpenter's alias of the image: it takes the one of the cluster's minor version
    that has the instance type's drivers.

    By release, never `latest`, by which a release of AWS would replace all nodes.
    """
    return f"{pool.image.value}@{versions.NODE_IMAGES[pool.image]}"


def by_id(ids: pulumi.Input[Sequence[pulumi.Input[str]]]) -> Any:
    """Returns the selector terms of resources by their IDs."""

    def terms(known: Sequence[pulumi.Input[str]]) -> list[Mapping[str, pulumi.Input[str]]]:
        return [{"id": one} for one in known]

    return (
        terms(ids) if isinstance(ids, list | tuple) else pulumi.Output.from_input(ids).apply(terms)
    )


def _interface(found: interfaces.Interface) -> dict[str, Any]:
    return {
        "networkCardIndex": found.card,
        "deviceIndex": found.device,
        "interfaceType": found.kind,
    }
