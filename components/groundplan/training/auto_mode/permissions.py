"""What EKS Auto Mode needs of the roles of the cluster and of its nodes.

Source: Amazon EKS User Guide, "Learn about identity and access in EKS Auto Mode".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan import iam
from groundplan.training.karpenter.permissions import CREATED, Where

CLUSTER_POLICIES = (
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""Of the cluster's role, beside AmazonEKSClusterPolicy. Its sessions are tagged with
the cluster's name, which these policies compare."""

NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")


def tagging(cluster_name: str, invoke: pulumi.InvokeOptions) -> Sequence[iam.Statement]:
    """Returns the statements of the cluster's role that let Auto Mode create what it
    starts with the tags of a NodeClass: the managed policies allow its own tags
    only."""
    where = Where.of(cluster_name, invoke)
    of_cluster: Mapping[str, Any] = {
        "StringEquals": {"aws:RequestTag/eks:eks-cluster-name": cluster_name}
    }
    statements: Sequence[iam.Statement] = [
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
            "Resource": where.ec2(*CREATED),
            "Condition": {
                **of_cluster,
                "StringLike": {
                    "aws:RequestTag/eks:kubernetes-node-class-name": "*",
                    "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
                },
            },
        },
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateVolume", "ec2:CreateSnapshot"],
            "Resource": where.ec2("volume", "snapshot"),
            "Condition": of_cluster,
        },
        {
            "Effect": "Allow",
            "Action": "ec2:CreateNetworkInterface",
            "Resource": where.ec2("network-interface"),
            "Condition": {
                **of_cluster,
                "StringLike": {"aws:RequestTag/eks:kubernetes-cni-node-name": "*"},
            },
        },
    ]
    return statements
