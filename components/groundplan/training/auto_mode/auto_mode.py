"""The pools that EKS Auto Mode starts nodes for, and the role of their nodes."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import iam, tags
from groundplan.kubernetes import pod_identity
from groundplan.training.auto_mode import node_class
from groundplan.training.auto_mode.permissions import NODE_POLICIES
from groundplan.training.karpenter import node_pool
from groundplan.training.karpenter.custom_resources import create_node_class, create_node_pool
from groundplan.training.nodes.placement import Places
from groundplan.training.nodes.pool import Pool


class AutoModeNodes:
    """The role of Auto Mode's nodes, which may join the cluster.

    Not the role of the other nodes: EKS has an access entry of another type for that,
    and a principal has one entry in a cluster.
    """

    role: pod_identity.Role
    entry: aws.eks.AccessEntry
    association: aws.eks.AccessPolicyAssociation

    def __init__(
        self,
        name: str,
        *,
        cluster: aws.eks.Cluster,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        opts = pulumi.ResourceOptions(parent=parent)
        self.role = pod_identity.managed(
            f"{name}-auto-node-role",
            iam.trust("ec2.amazonaws.com"),
            NODE_POLICIES,
            parent=parent,
            resource_tags=resource_tags,
        )
        self.entry = aws.eks.AccessEntry(
            f"{name}-auto-nodes",
            cluster_name=cluster.name,
            principal_arn=self.role.arn,
            type="EC2",
            tags=dict(resource_tags),
            opts=opts,
        )
        self.association = aws.eks.AccessPolicyAssociation(
            f"{name}-auto-nodes-policy",
            cluster_name=cluster.name,
            principal_arn=self.entry.principal_arn,
            policy_arn=pulumi.Output.format(
                "arn:{0}:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
                iam.partition(pulumi.InvokeOptions(parent=parent)),
            ),
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=opts,
        )

    @property
    def resources(self) -> Sequence[pulumi.Resource]:
        """What nodes keep until they have ended."""
        return [*self.role.permissions, self.association]


class AutoMode:
    """A NodeClass and a NodePool for each pool. On deletion, NodePools go first, and
    wait for their instances to end."""

    nodes: AutoModeNodes
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
        places: Places,
        depends_on: Sequence[pulumi.Resource],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`opts` has the cluster's provider, for what is in it."""
        self.nodes = AutoModeNodes(
            name, cluster=cluster, resource_tags=resource_tags, parent=parent
        )
        self.node_classes, self.node_pools = {}, {}
        for pool in pools:
            spec = node_class.spec(
                pool,
                role_name=self.nodes.role.role.name,
                subnet_ids=places.subnet_ids(pool),
                security_group_ids=places.security_group_ids(pool),
                resource_tags={**resource_tags, "Name": f"{name}-{pool.name}"},
            )
            self.node_classes[pool.name] = create_node_class(
                f"{name}-{pool.name}-auto-node-class",
                pool,
                api_version=node_class.API_VERSION,
                kind=node_class.KIND,
                spec=spec,
                depends_on=[*depends_on, *self.nodes.resources],
                opts=opts,
            )
            self.node_pools[pool.name] = create_node_pool(
                f"{name}-{pool.name}-auto-node-pool",
                pool,
                spec=node_pool.auto_mode_spec(pool, node_class.GROUP, node_class.KIND),
                depends_on=[self.node_classes[pool.name]],
                opts=opts,
            )
