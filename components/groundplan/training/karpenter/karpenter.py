"""Karpenter itself, and the pools that it provisions."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import tags
from groundplan.kubernetes import charts
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.kubernetes.pod_identity import Role
from groundplan.training import versions
from groundplan.training.choices import CapacityType
from groundplan.training.karpenter import node_class, node_pool
from groundplan.training.karpenter.custom_resources import create_node_class, create_node_pool
from groundplan.training.karpenter.identity import NAMESPACE, SERVICE_ACCOUNT, KarpenterIdentity
from groundplan.training.karpenter.interruption import Interruption
from groundplan.training.nodes.placement import Places
from groundplan.training.nodes.pool import SYSTEM, Pool

REPLICAS = 2
"""One leads, the other takes over; the chart puts them on two nodes. Its default too,
said here so that it stays two."""


def values(
    cluster_name: str, interruption_queue: pulumi.Input[str], *, static: bool = False
) -> Mapping[str, pulumi.Input[Any]]:
    """Returns the values of Karpenter's chart. Its priority class is
    `system-cluster-critical` by default. `static`: whether a pool has static
    capacity."""
    return {
        "replicas": REPLICAS,
        # Pods with another account would have no role: said here, and not left to what
        # the chart derives.
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        # On nodes that it doesn't manage, beside the chart's own rule against nodes of
        # a NodePool.
        "nodeSelector": {POOL_LABEL: SYSTEM},
        "controller": {
            # Memory: what the chart proposes (charts/karpenter/values.yaml). Half of
            # its core, so that a replica fits on a node of two cores beside Kueue's
            # manager; without a limit, so that it is not held up when many jobs wait.
            "resources": {
                "requests": {"cpu": "500m", "memory": "1Gi"},
                "limits": {"memory": "1Gi"},
            },
        },
        "settings": {
            "clusterName": cluster_name,
            "interruptionQueue": interruption_queue,
            "featureGates": {
                # Capacity reservations and blocks: on by default, but a gate, which a
                # later chart may turn.
                "reservedCapacity": True,
                # Ends nodes that the node monitoring agent finds broken, as EKS does in
                # managed groups: failed accelerators after 10 minutes, the rest after
                # 30; never if more than a fifth of a pool is (v1.14 documentation).
                "nodeRepair": True,
                # An alpha gate since 1.8 (v1.14 documentation, "Settings").
                **({"staticCapacity": True} if static else {}),
            },
        },
    }


class Karpenter:
    """Karpenter, and an EC2NodeClass and a NodePool for each pool.

    On deletion, NodePools go first and wait for their instances to end, then the node
    classes, Karpenter, its CustomResourceDefinitions, and last its role and queue.

    Its nodes have the role of the managed node groups: EKS has created an access entry
    for it with the first of those, the system pool. A principal has one entry in a
    cluster; a second would be refused (`ResourceInUseException`).
    """

    identity: KarpenterIdentity
    interruption: Interruption
    custom_resource_definitions: kubernetes.helm.v3.Release
    release: kubernetes.helm.v3.Release
    node_classes: dict[str, kubernetes.apiextensions.CustomResource]
    """By the pool's name."""
    node_pools: dict[str, kubernetes.apiextensions.CustomResource]
    """By the pool's name."""

    def __init__(
        self,
        name: str,
        pools: Sequence[Pool],
        *,
        cluster: aws.eks.Cluster,
        cluster_name: str,
        node_role: Role,
        places: Places,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
        opts: pulumi.ResourceOptions,
        beside_auto_mode: bool = False,
    ) -> None:
        """`opts` has the cluster's provider, for what is in it. `beside_auto_mode`:
        whether EKS Auto Mode has CustomResourceDefinitions of the same names."""
        self.interruption = Interruption(name, resource_tags=resource_tags, parent=parent)
        self.identity = KarpenterIdentity(
            name,
            cluster_name,
            cluster=cluster,
            node_role_arn=node_role.arn,
            queue_arn=self.interruption.queue.arn,
            spot=any(pool.capacity_type is CapacityType.SPOT for pool in pools),
            resource_tags=resource_tags,
            parent=parent,
        )
        # From a chart of their own: Helm never updates nor removes those that a chart
        # brings along.
        self.custom_resource_definitions = charts.release(
            f"{name}-karpenter-crd",
            versions.KARPENTER_CRD,
            {},
            namespace=NAMESPACE,
            # Auto Mode needs those of NodePools too: without them, its nodes end.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(retain_on_delete=True if beside_auto_mode else None)
            ),
            take_ownership=beside_auto_mode,
        )
        self.release = charts.release(
            f"{name}-karpenter",
            versions.KARPENTER,
            values(
                cluster_name,
                self.interruption.queue.name,
                static=any(pool.is_static for pool in pools),
            ),
            namespace=NAMESPACE,
            depends_on=[
                self.custom_resource_definitions,
                *self.identity.resources,
                *self.interruption.resources,
                *node_role.permissions,  # nodes keep them until Karpenter has ended them
            ],
            opts=opts,
        )
        self.node_classes, self.node_pools = {}, {}
        for pool in pools:
            spec = node_class.spec(
                pool,
                role_name=node_role.role.name,
                subnet_ids=places.subnet_ids(pool),
                security_group_ids=places.security_group_ids(pool),
                placement_group=places.placement_group_name(pool),
                resource_tags={**resource_tags, "Name": f"{name}-{pool.name}"},
            )
            self.node_classes[pool.name] = create_node_class(
                f"{name}-{pool.name}-node-class",
                pool,
                api_version=node_class.API_VERSION,
                kind=node_class.KIND,
                spec=spec,
                depends_on=[self.release, *places.efa_rules],
                opts=opts,
            )
            suffix = "-static" if pool.is_static else ""
            self.node_pools[pool.name] = create_node_pool(
                f"{name}-{pool.name}-node-pool{suffix}",
                pool,
                spec=node_pool.spec(pool),
                depends_on=[self.release, self.node_classes[pool.name]],
                opts=opts,
            )
