"""The EKS add-ons of a cluster: what a node needs before it can join, and what needs
nodes to run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.kubernetes import pod_identity
from groundplan.training.choices import VolumeDriver

AGENT = "eks-pod-identity-agent"

BEFORE_NODES = (AGENT, "kube-proxy", "vpc-cni")
"""Installed while there are no nodes. A node without a CNI never gets ready, and its
node group ends in CREATE_FAILED; the CNI gets its AWS credentials from the agent, and
reaches the API server through kube-proxy. They are DaemonSets, which are active with no
pods at all. Source: terraform-aws-modules/terraform-aws-eks@bef29c4d, main.tf,
`before_compute`."""

AFTER_NODES = ("aws-ebs-csi-driver", "coredns", "eks-node-monitoring-agent", "metrics-server")
"""Installed when the system pool is there: as Deployments they stay degraded, until
they time out, without nodes."""

FSX_CSI_DRIVER = "aws-fsx-csi-driver"
S3_CSI_DRIVER = "aws-mountpoint-s3-csi-driver"

VOLUME_DRIVERS = {VolumeDriver.LUSTRE: FSX_CSI_DRIVER, VolumeDriver.S3: S3_CSI_DRIVER}
"""Installed with `AFTER_NODES` where they are asked for. They have no AWS access, on
purpose: the first only mounts file systems that are there (`lustre_volumes`), the
second reads a bucket as the pod that mounts it (`s3_volumes`). Both tolerate all
taints."""


@dataclass(frozen=True)
class AwsAccess:
    """What an add-on may do in AWS, by EKS Pod Identity."""

    service_account: str
    policy: str


# Amazon EKS User Guide, "Retrieve IAM information about an EKS add-on". V2 of the
# driver's policy (2026-04-16) reaches only volumes that the driver tagged; its ARN has
# no `service-role/`, whatever the guide says (aws-ebs-csi-driver issue 2918).
AWS_ACCESS: Mapping[str, AwsAccess] = {
    "vpc-cni": AwsAccess("aws-node", "AmazonEKS_CNI_Policy"),
    "aws-ebs-csi-driver": AwsAccess("ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicyV2"),
}


CONFIGURATION: Mapping[str, str] = {
    # Without it network policies are accepted, and nothing comes of them (Amazon EKS
    # User Guide, "Limit pod traffic with Kubernetes network policies").
    "vpc-cni": '{"enableNetworkPolicy":"true"}',
}
"""Settings of an add-on, as JSON."""


def install(
    name: str,
    names: Sequence[str],
    versions: Mapping[str, str],
    *,
    cluster_name: str,
    cluster: aws.eks.Cluster,
    depends_on: Sequence[pulumi.Resource],
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> dict[str, aws.eks.Addon]:
    """Creates the add-ons `names`, each with its pinned version. One with AWS access
    waits for the agent, if that is among them."""
    installed: dict[str, aws.eks.Addon] = {}
    for addon in names:
        access = AWS_ACCESS.get(addon)
        first: list[pulumi.Resource] = list(depends_on)
        associations: list[aws.eks.AddonPodIdentityAssociationArgs] = []
        if access:
            role = pod_identity.managed(
                f"{name}-{addon}-role",
                iam.pod_identity_trust(cluster_name, pulumi.InvokeOptions(parent=parent)),
                [access.policy],
                parent=parent,
                resource_tags=resource_tags,
            )
            first += [*role.permissions, *([installed[AGENT]] if AGENT in installed else [])]
            associations.append(
                aws.eks.AddonPodIdentityAssociationArgs(
                    role_arn=role.arn, service_account=access.service_account
                )
            )
        installed[addon] = aws.eks.Addon(
            f"{name}-{addon}",
            cluster_name=cluster.name,
            addon_name=addon,
            addon_version=versions[addon],
            configuration_values=CONFIGURATION.get(addon),
            pod_identity_associations=associations or None,
            # The add-on's own settings win over what somebody changed by hand in the
            # cluster.
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=dict(resource_tags),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=first),
        )
    return installed
