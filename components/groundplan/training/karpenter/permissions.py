"""What Karpenter may do in AWS, by concern.

Source: aws/karpenter-provider-aws@1d927085 (v1.14.1),
website/content/en/v1.14/getting-started/getting-started-with-karpenter/
cloudformation.yaml, split as there; its sixth part is for zonal shifts, which need a
setting that is off. Narrower than there where its code allows: instance profiles by the
path that it creates them under, images' SSM parameters. Where ids or names can't be
known beforehand (instances, templates, volumes), the tags decide that Karpenter gives
to all that it creates. Subnets, security groups, reservations and placement groups are
not named: 50 pools of them exceed the 10,240 characters of a role's own policies (IAM
quotas).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan import iam

CREATED = (
    "fleet",
    "instance",
    "volume",
    "network-interface",
    "launch-template",
    "spot-instances-request",
)
"""What EC2 creates for Karpenter when it starts a node."""

EXISTING = ("security-group", "subnet", "capacity-reservation", "placement-group")
"""What is there for nodes to start in or with, of any account: subnets and reservations
can be shared."""


@dataclass(frozen=True)
class Where:
    """The cluster that permissions are for, and where it is."""

    cluster_name: str
    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account_id: pulumi.Output[str]

    @staticmethod
    def of(cluster_name: str, opts: pulumi.InvokeOptions) -> "Where":
        return Where(cluster_name, iam.partition(opts), iam.region(opts), iam.account_id(opts))

    @property
    def owner_tag(self) -> str:
        """The key of the tag that says whose a resource is; its value is `owned`."""
        return f"kubernetes.io/cluster/{self.cluster_name}"

    def ec2(self, *kinds: str, account: str = "*") -> list[pulumi.Output[str]]:
        return [
            pulumi.Output.format(
                "arn:{0}:ec2:{1}:{2}:{3}/*", self.partition, self.region, account, k
            )
            for k in kinds
        ]

    def instance_profiles(self, path: pulumi.Input[str] = "") -> pulumi.Output[str]:
        return pulumi.Output.format(
            "arn:{0}:iam::{1}:instance-profile/{2}*", self.partition, self.account_id, path
        )


def node_lifecycle(where: Where) -> Sequence[iam.Statement]:
    """Starting, tagging and ending instances, and their launch templates."""
    start = ["ec2:RunInstances", "ec2:CreateFleet"]
    of_a_pool = {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    requested = {
        f"aws:RequestTag/{where.owner_tag}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": where.cluster_name,
    }
    own: dict[str, Any] = {
        "StringEquals": {f"aws:ResourceTag/{where.owner_tag}": "owned"},
        "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
    }
    return [
        iam.allow(
            "AllowScopedEC2InstanceAccessActions",
            start,
            [*where.ec2("image", "snapshot", account=""), *where.ec2(*EXISTING)],
        ),
        iam.allow(
            "AllowScopedEC2LaunchTemplateAccessActions", start, where.ec2("launch-template"), own
        ),
        iam.allow(
            "AllowScopedEC2InstanceActionsWithTags",
            [*start, "ec2:CreateLaunchTemplate"],
            where.ec2(*CREATED),
            {"StringEquals": requested, "StringLike": of_a_pool},
        ),
        iam.allow(
            "AllowScopedResourceCreationTagging",
            "ec2:CreateTags",
            where.ec2(*CREATED),
            {
                "StringEquals": {
                    **requested,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
                "StringLike": of_a_pool,
            },
        ),
        iam.allow(
            "AllowScopedResourceTagging",
            "ec2:CreateTags",
            where.ec2("instance"),
            {
                **own,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": where.cluster_name},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
                },
            },
        ),
        iam.allow(
            "AllowScopedDeletion",
            ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            where.ec2("instance", "launch-template"),
            own,
        ),
    ]


def iam_integration(
    where: Where, node_role_arn: pulumi.Input[str], *, spot: bool
) -> Sequence[iam.Statement]:
    """Giving nodes their role, by instance profiles that Karpenter creates, and with
    `spot` EC2's role for spot instances."""
    # pkg/controllers/nodeclass/instanceprofile.go: the path is the region's, the
    # cluster's and the node class' own.
    profiles = where.instance_profiles(
        pulumi.Output.format("karpenter/{0}/{1}/", where.region, where.cluster_name)
    )
    region_tag, class_tag = "topology.kubernetes.io/region", "karpenter.k8s.aws/ec2nodeclass"
    requested = {
        f"aws:RequestTag/{where.owner_tag}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": where.cluster_name,
        f"aws:RequestTag/{region_tag}": where.region,
    }
    own = {
        f"aws:ResourceTag/{where.owner_tag}": "owned",
        f"aws:ResourceTag/{region_tag}": where.region,
    }
    statements: list[iam.Statement] = [
        iam.allow(
            "AllowPassingInstanceRole",
            "iam:PassRole",
            node_role_arn,
            {
                "StringEquals": {
                    "iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
                }
            },
        ),
        iam.allow(
            "AllowScopedInstanceProfileCreationActions",
            "iam:CreateInstanceProfile",
            profiles,
            {
                "StringEquals": requested,
                "StringLike": {f"aws:RequestTag/{class_tag}": "*"},
            },
        ),
        iam.allow(
            "AllowScopedInstanceProfileTagActions",
            "iam:TagInstanceProfile",
            profiles,
            {
                "StringEquals": {**own, **requested},
                "StringLike": {
                    f"aws:ResourceTag/{class_tag}": "*",
                    f"aws:RequestTag/{class_tag}": "*",
                },
            },
        ),
        iam.allow(
            "AllowScopedInstanceProfileActions",
            [
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DeleteInstanceProfile",
            ],
            profiles,
            {"StringEquals": own, "StringLike": {f"aws:ResourceTag/{class_tag}": "*"}},
        ),
    ]
    if spot:
        # Who asks for the first spot instance of an account has to be allowed to create
        # EC2's role for it (v1.14 documentation, "Troubleshooting":
        # ServiceLinkedRoleCreationNotPermitted; EC2 User Guide, "Service-linked role
        # for EC2 Spot").
        service = "spot.amazonaws.com"
        role = pulumi.Output.format(
            "arn:{0}:iam::{1}:role/aws-service-role/{2}/AWSServiceRoleForEC2Spot",
            where.partition,
            where.account_id,
            service,
        )
        statements.append(
            iam.allow(
                "AllowSpotServiceLinkedRole",
                "iam:CreateServiceLinkedRole",
                role,
                {"StringEquals": {"iam:AWSServiceName": service}},
            )
        )
    return statements


def eks_integration(where: Where) -> Sequence[iam.Statement]:
    """Reading the cluster's endpoint, for nodes to join."""
    cluster = pulumi.Output.format(
        "arn:{0}:eks:{1}:{2}:cluster/{3}",
        where.partition,
        where.region,
        where.account_id,
        where.cluster_name,
    )
    return [iam.allow("AllowAPIServerEndpointDiscovery", "eks:DescribeCluster", cluster)]


def interruption(queue_arn: pulumi.Input[str]) -> Sequence[iam.Statement]:
    """Reading the queue of warnings."""
    return [
        iam.allow(
            "AllowInterruptionQueueActions",
            ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            queue_arn,
        )
    ]


def resource_discovery(where: Where) -> Sequence[iam.Statement]:
    """Reading what EC2 has, and for how much."""
    parameters = [
        pulumi.Output.format(
            "arn:{0}:ssm:{1}::parameter/aws/service/{2}/*", where.partition, where.region, images
        )
        for images in ("eks/optimized-ami", "bottlerocket")
    ]
    return [
        {
            # EC2 has no resource-level permissions for what describes.
            "Sid": "AllowRegionalReadActions",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": where.region}},
        },
        iam.allow("AllowSSMReadActions", "ssm:GetParameter", parameters),
        {
            # Prices are no resources, and only some regions serve them.
            "Sid": "AllowPricingReadActions",
            "Effect": "Allow",
            "Action": "pricing:GetProducts",
            "Resource": "*",
        },
        {
            # A list is of the whole account.
            "Sid": "AllowUnscopedInstanceProfileListAction",
            "Effect": "Allow",
            "Action": "iam:ListInstanceProfiles",
            "Resource": "*",
        },
        {
            # Karpenter looks for profiles that aren't there yet, or that older versions
            # of it created without a path. A refusal in place of "not found" would keep
            # node classes from being deleted (pkg/controllers/nodeclass/controller.go).
            "Sid": "AllowInstanceProfileReadActions",
            "Effect": "Allow",
            "Action": "iam:GetInstanceProfile",
            "Resource": where.instance_profiles(),
        },
    ]
