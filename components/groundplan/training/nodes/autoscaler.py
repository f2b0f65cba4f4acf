"""The cluster autoscaler: adds nodes for pending pods, and removes unused ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import iam, tags
from groundplan.kubernetes import charts, pod_identity
from groundplan.kubernetes.device_resources import EFA, NEURON
from groundplan.kubernetes.pod_identity import Role
from groundplan.training import versions
from groundplan.training.nodes import disks
from groundplan.training.nodes.pool import Pool

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "cluster-autoscaler"

HINT = "k8s.io/cluster-autoscaler/node-template/resources/"
"""The prefix of tags that state a resource of nodes that do not exist yet, by its name
in Kubernetes."""

EFA_HUGE_PAGES_MIB = 5128 * 2
"""Amazon EKS User Guide, "Run machine learning training on Amazon EKS with EFA": what
the EFA driver sets aside on each node."""


def hints(pool: Pool) -> dict[str, str]:
    """Returns tags of a node group: what the autoscaler cannot know about a node that
    does not exist yet.

    EKS itself puts the tags by which the autoscaler finds a group on its Auto Scaling
    group, where tags of the node group don't get. Labels, taints and these tags the
    autoscaler reads from the node group, by eks:DescribeNodegroup; CPUs, memory and
    GPUs it knows by the instance type. Without them it takes a new node to have no
    disk, no EFA and no Neuron device, and leaves jobs that ask for some waiting.
    Source: kubernetes/autoscaler@55c37cd5, cluster-autoscaler/cloudprovider/aws,
    README.md and aws_manager.go, buildNodeFromTemplate.
    """
    found = {"ephemeral-storage": f"{disks.ephemeral_storage_gib(pool)}Gi"}
    if pool.instance.has_neuron:
        found[NEURON] = str(pool.instance.accelerator_count)
    if pool.flavor.efa:
        found |= {EFA: str(pool.flavor.efa), "hugepages-2Mi": f"{EFA_HUGE_PAGES_MIB}Mi"}
    return {HINT + resource: quantity for resource, quantity in found.items()}


def statements(cluster_name: str, opts: pulumi.InvokeOptions) -> list[iam.Statement]:
    """Returns what the autoscaler may do. Source: kubernetes/autoscaler@55c37cd5,
    cluster-autoscaler/cloudprovider/aws/README.md."""
    groups = pulumi.Output.format(
        "arn:{0}:eks:{1}:{2}:nodegroup/{3}/*/*",
        iam.partition(opts),
        iam.region(opts),
        iam.account_id(opts),
        cluster_name,
    )
    return [
        {
            # EC2 and Auto Scaling have no resource-level permissions for what
            # describes.
            "Sid": "ReadCapacity",
            "Effect": "Allow",
            "Action": [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ],
            "Resource": "*",
        },
        {
            # Labels, taints and disk of pools that have no node yet.
            "Sid": "ReadNodeGroups",
            "Effect": "Allow",
            "Action": ["eks:DescribeNodegroup"],
            "Resource": groups,
        },
        {
            # The names of Auto Scaling groups are EKS' own; EKS tags each with its
            # cluster.
            "Sid": "ScaleNodeGroups",
            "Effect": "Allow",
            "Action": [
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster_name}": "owned"
                }
            },
        },
    ]


class AutoscalerIdentity:
    """The autoscaler's role, and its association with the service account that its pods
    run as."""

    role: Role
    association: aws.eks.PodIdentityAssociation

    def __init__(
        self,
        name: str,
        cluster_name: str,
        *,
        cluster: aws.eks.Cluster,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ):
        invoke = pulumi.InvokeOptions(parent=parent)
        self.role = pod_identity.own(
            f"{name}-autoscaler-role",
            iam.pod_identity_trust(cluster_name, invoke),
            statements(cluster_name, invoke),
            parent=parent,
            resource_tags=resource_tags,
        )
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-autoscaler-identity",
            cluster_name=cluster.name,
            namespace=NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            role_arn=self.role.arn,
            tags=dict(resource_tags),
            opts=pulumi.ResourceOptions(parent=parent),
        )

    @property
    def resources(self) -> Sequence[pulumi.Resource]:
        """The resources that must exist before the autoscaler's pods start: credentials
        are injected into pods when they are created."""
        return [*self.role.permissions, self.association]


def values(cluster_name: str, image_tag: str, region: pulumi.Input[str]) -> Mapping[str, Any]:
    """Returns the values of the autoscaler's chart, whose cloud is AWS by default."""
    return {
        "awsRegion": region,
        "autoDiscovery": {"clusterName": cluster_name},
        "fullnameOverride": "cluster-autoscaler",
        "image": {"tag": image_tag},
        # Pods with another account would have no role: said here, and not left to what
        # the chart derives.
        "rbac": {"serviceAccount": {"name": SERVICE_ACCOUNT}},
        # As in its AWS example (cluster-autoscaler-autodiscover.yaml): without, it is
        # the first pod that a full node evicts. No limits, as it needs more with more
        # nodes, and more cores while many jobs wait.
        "resources": {"requests": {"cpu": "100m", "memory": "600Mi"}},
        "extraArgs": {
            # Only a node none of whose GPUs is in use may go: the default of 0.5 would
            # end a job that uses 3 GPUs of 8, to restart it elsewhere.
            # (core/scaledown/eligibility/eligibility.go; at 0 some versions would keep
            # idle nodes too, kubernetes/autoscaler pull request 8975.)
            "scale-down-gpu-utilization-threshold": "0.01",
            # The same for nodes without NVIDIA's GPUs, whose use is that of cores and
            # memory, Neuron's too (simulator/utilization/info.go): a job that asks for
            # less than half of them would be ended when another node has room. A core
            # of 192 is 0.5 %. DaemonSets run on idle nodes too. The system pool hardly
            # ever shrinks for it.
            "scale-down-utilization-threshold": "0.001",
            "ignore-daemonsets-utilization": "true",
        },
    }


def install(
    name: str,
    cluster_name: str,
    *,
    image_tag: str,
    region: pulumi.Input[str],
    cluster: aws.eks.Cluster,
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
    opts: pulumi.ResourceOptions,
) -> kubernetes.helm.v3.Release:
    """Creates the autoscaler's identity and its release, which it returns. `opts` has
    the cluster's provider."""
    identity = AutoscalerIdentity(
        name, cluster_name, cluster=cluster, resource_tags=resource_tags, parent=parent
    )
    return charts.release(
        f"{name}-cluster-autoscaler",
        versions.AUTOSCALER,
        values(cluster_name, image_tag, region),
        namespace=NAMESPACE,
        depends_on=identity.resources,
        opts=opts,
    )
