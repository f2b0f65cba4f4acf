"""The control plane: the EKS cluster itself, its logs and role, and who may administer
it."""

import re
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.kubernetes import pod_identity
from groundplan.kubernetes.pod_identity import Role
from groundplan.training.auto_mode.permissions import CLUSTER_POLICIES, tagging

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All that EKS has (Amazon EKS API, `LogSetup`)."""


class ControlPlane:
    """The AWS resources of a control plane."""

    log_group: aws.cloudwatch.LogGroup
    role: Role
    cluster: aws.eks.Cluster

    def __init__(
        self,
        name: str,
        cluster_name: str,
        *,
        kubernetes_version: str,
        subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        public_access_cidrs: Sequence[str],
        security_group: aws.ec2.SecurityGroup | None,
        key_arn: pulumi.Input[str],
        log_retention_days: int,
        keep: bool,
        auto_mode: bool = False,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        """`auto_mode`: whether EKS Auto Mode is enabled, without node pools of its
        own."""
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-control-plane-logs",
            # EKS writes to the group of this name, and creates one without retention
            # and key if it isn't there: that is why the cluster's name is set here and
            # not left to Pulumi.
            name=f"/aws/eks/{cluster_name}/cluster",
            retention_in_days=log_retention_days,
            kms_key_id=key_arn,
            tags=dict(resource_tags),
            opts=pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep),
        )
        self.role = pod_identity.managed(
            f"{name}-cluster-role",
            iam.cluster_trust(cluster_name, pulumi.InvokeOptions(parent=parent), tagged=auto_mode),
            ["AmazonEKSClusterPolicy", *(CLUSTER_POLICIES if auto_mode else ())],
            parent=parent,
            resource_tags=resource_tags,
        )
        if auto_mode:
            self.role = _with_tagging(name, cluster_name, self.role, parent)
        self.cluster = aws.eks.Cluster(
            f"{name}-cluster",
            name=cluster_name,
            version=kubernetes_version,
            role_arn=self.role.arn,
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API",
                # Who administers the cluster is in the code, not a matter of who
                # happened to run it first.
                bootstrap_cluster_creator_admin_permissions=False,
            ),
            # All of them come as EKS add-ons, with pinned versions.
            bootstrap_self_managed_addons=False,
            deletion_protection=keep,
            enabled_cluster_log_types=list(LOG_TYPES),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key_arn),
                resources=["secrets"],
            ),
            **(_auto_mode() if auto_mode else {}),
            # EXTENDED would keep a version past its support, for six times the price of
            # the control plane (EKS pricing).
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=subnet_ids,
                endpoint_private_access=True,
                endpoint_public_access=bool(public_access_cidrs),
                public_access_cidrs=list(public_access_cidrs) or None,
                security_group_ids=[security_group.id] if security_group else None,
            ),
            tags=dict(resource_tags),
            opts=pulumi.ResourceOptions(
                parent=parent, protect=keep, depends_on=[self.log_group, *self.role.permissions]
            ),
        )


def _auto_mode() -> dict[str, Any]:
    """Returns the three switches of EKS Auto Mode, which are on together or not at all.
    Without node pools of its own: each pool has one."""
    return {
        "compute_config": aws.eks.ClusterComputeConfigArgs(enabled=True),
        "kubernetes_network_config": aws.eks.ClusterKubernetesNetworkConfigArgs(
            elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(
                enabled=True
            )
        ),
        "storage_config": aws.eks.ClusterStorageConfigArgs(
            block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
        ),
    }


def _with_tagging(name: str, cluster_name: str, role: Role, parent: pulumi.Resource) -> Role:
    """Returns the cluster's role with what Auto Mode needs to tag its instances."""
    policy = aws.iam.RolePolicy(
        f"{name}-cluster-role-auto-mode",
        role=role.role.id,
        policy=iam.document(tagging(cluster_name, pulumi.InvokeOptions(parent=parent))),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Role(role.role, [*role.permissions, policy])


def private_access(
    name: str,
    networks: Sequence[str],
    *,
    vpc_id: pulumi.Input[str],
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> tuple[aws.ec2.SecurityGroup | None, list[pulumi.Resource]]:
    """Creates a security group for the private endpoint, and its rules, one for each
    network; none without networks.

    EKS' own group lets in nothing but the control plane and nodes (Amazon EKS User
    Guide, "Cluster API server endpoint", accessing a private only API server). A rule
    there would open port 443 of the nodes too, as they carry that group.
    """
    if not networks:
        return None, []
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-api",
        description="HTTPS to the private endpoint of the Kubernetes API",
        vpc_id=vpc_id,
        tags=dict(resource_tags),
        opts=opts,
    )
    rules: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-api-from-{re.sub(r'[^0-9]+', '-', network)}",
            description="Kubernetes API",
            security_group_id=group.id,
            cidr_ipv4=network,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=dict(resource_tags),
            opts=opts,
        )
        for network in networks
    ]
    return group, rules


def administrators(
    name: str,
    arns: Sequence[pulumi.Input[str]],
    *,
    cluster: aws.eks.Cluster,
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """An access entry for each principal, with the policy of cluster administrators.
    Gives what has to be there for access."""
    partition = iam.partition(pulumi.InvokeOptions(parent=parent))
    opts = pulumi.ResourceOptions(parent=parent)
    associations: list[pulumi.Resource] = []
    for index, arn in enumerate(arns):
        # Named for the principal where it is known, so that another order of the list
        # changes nothing.
        suffix = re.sub(r"\W+", "-", arn.split("::", 1)[-1]) if isinstance(arn, str) else str(index)
        entry = aws.eks.AccessEntry(
            f"{name}-administrator-{suffix}",
            cluster_name=cluster.name,
            principal_arn=arn,
            tags=dict(resource_tags),
            opts=opts,
        )
        associations.append(
            aws.eks.AccessPolicyAssociation(
                f"{name}-administrator-{suffix}-policy",
                cluster_name=cluster.name,
                principal_arn=entry.principal_arn,
                policy_arn=pulumi.Output.format(
                    "arn:{0}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", partition
                ),
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                opts=opts,
            )
        )
    return associations
