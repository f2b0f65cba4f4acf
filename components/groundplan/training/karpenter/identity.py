"""Karpenter's role: what it may do, and the service account that its pods take it on
as."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.kubernetes.pod_identity import Role
from groundplan.training.karpenter import permissions

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "karpenter"


class KarpenterIdentity:
    """Karpenter's role, with a policy for each of its concerns, and its association
    with the service account."""

    role: Role
    association: aws.eks.PodIdentityAssociation

    def __init__(
        self,
        name: str,
        cluster_name: str,
        *,
        cluster: aws.eks.Cluster,
        node_role_arn: pulumi.Input[str],
        queue_arn: pulumi.Input[str],
        spot: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        opts = pulumi.ResourceOptions(parent=parent)
        invoke = pulumi.InvokeOptions(parent=parent)
        role = aws.iam.Role(
            f"{name}-karpenter-role",
            assume_role_policy=iam.pod_identity_trust(cluster_name, invoke),
            tags=dict(resource_tags),
            opts=opts,
        )
        where = permissions.Where.of(cluster_name, invoke)
        split: Mapping[str, Sequence[iam.Statement]] = {
            "node-lifecycle": permissions.node_lifecycle(where),
            "iam-integration": permissions.iam_integration(where, node_role_arn, spot=spot),
            "eks-integration": permissions.eks_integration(where),
            "interruption": permissions.interruption(queue_arn),
            "resource-discovery": permissions.resource_discovery(where),
        }
        policies = [
            aws.iam.RolePolicy(
                f"{name}-karpenter-role-{concern}",
                role=role.id,
                policy=iam.document(statements),
                opts=opts,
            )
            for concern, statements in split.items()
        ]
        self.role = Role(role, policies)
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-karpenter-identity",
            cluster_name=cluster.name,
            namespace=NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            role_arn=role.arn,
            tags=dict(resource_tags),
            opts=opts,
        )

    @property
    def resources(self) -> Sequence[pulumi.Resource]:
        """What has to be there before Karpenter's pods start: credentials are given to
        pods when they are created."""
        return [*self.role.permissions, self.association]
