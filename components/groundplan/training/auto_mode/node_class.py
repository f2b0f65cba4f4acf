"""EKS Auto Mode's NodeClass of a pool: what an instance is started with.

Fields: Amazon EKS User Guide, "Create a Node Class for Amazon EKS".
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from groundplan import tags
from groundplan.training.karpenter.node_class import by_id
from groundplan.training.nodes.pool import Pool

GROUP = "eks.amazonaws.com"
API_VERSION = f"{GROUP}/v1"
KIND = "NodeClass"


def spec(
    pool: Pool,
    *,
    role_name: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    security_group_ids: Sequence[pulumi.Input[str]],
    resource_tags: tags.Tags,
) -> dict[str, Any]:
    """Returns the spec of a pool's NodeClass. Auto Mode decides the image, IMDSv2 and
    the use of NVMe disks by itself."""
    inputs: dict[str, Any] = {
        "role": role_name,
        "subnetSelectorTerms": by_id(subnet_ids),
        "securityGroupSelectorTerms": by_id(security_group_ids),
        # Policies isolate namespaces; where there is none, all is allowed, as on other
        # nodes. The add-on vpc-cni enables the controller of both.
        "networkPolicy": "DefaultAllow",
        "ephemeralStorage": {"size": f"{pool.disk_gib}Gi"},
        "tags": dict(resource_tags),
    }
    if pool.reservation_id is not None:
        inputs["capacityReservationSelectorTerms"] = [{"id": pool.reservation_id}]
    return inputs
