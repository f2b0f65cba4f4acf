import json
import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.karpenter.identity import KarpenterIdentity

POLICY = "aws:iam/rolePolicy:RolePolicy"
OWNED = "kubernetes.io/cluster/ml"


def identity(cluster_name: str = "ml", spot: bool = False) -> Plan:
    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        cluster = aws.eks.Cluster(
            "cluster",
            name=cluster_name,
            role_arn="arn:aws:iam::123456789012:role/eks",
            vpc_config=aws.eks.ClusterVpcConfigArgs(subnet_ids=["subnet-a", "subnet-b"]),
        )
        KarpenterIdentity(
            "training",
            cluster_name,
            cluster=cluster,
            node_role_arn="arn:aws:iam::123456789012:role/nodes",
            queue_arn="arn:aws:sqs:eu-west-1:123456789012:karpenter",
            spot=spot,
            resource_tags={"team": "ml"},
            parent=parent,
        )

    return deploy(program, region="eu-west-1")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return identity()


def statements(plan: Plan, concern: str) -> dict[str, dict[str, Any]]:
    role_policy = plan.one(POLICY, f"training-karpenter-role-{concern}")
    assert role_policy.inputs["role"] == "${training-karpenter-role.id}"
    return policy(role_policy.inputs["policy"])


def test_the_role_is_for_pods_and_has_a_policy_for_each_concern(plan: Plan) -> None:
    role = plan.one("aws:iam/role:Role", "training-karpenter-role")

    assert "pods.eks.amazonaws.com" in role.inputs["assumeRolePolicy"]
    assert role.inputs["tags"] == {"team": "ml"}
    concerns = (
        "node-lifecycle",
        "iam-integration",
        "eks-integration",
        "interruption",
        "resource-discovery",
    )
    assert set(plan.all(POLICY)) == {f"training-karpenter-role-{concern}" for concern in concerns}


def test_it_starts_and_ends_only_what_is_tagged_as_its_own(plan: Plan) -> None:
    by_sid = statements(plan, "node-lifecycle")

    own = {
        "StringEquals": {f"aws:ResourceTag/{OWNED}": "owned"},
        "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
    }
    requested = {f"aws:RequestTag/{OWNED}": "owned", "aws:RequestTag/eks:eks-cluster-name": "ml"}
    kinds = (
        "fleet",
        "instance",
        "volume",
        "network-interface",
        "launch-template",
        "spot-instances-request",
    )
    arns = [f"arn:aws:ec2:eu-west-1:*:{kind}/*" for kind in kinds]
    pool = {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    assert {sid: (s["Action"], s["Resource"], s.get("Condition")) for sid, s in by_sid.items()} == {
        "AllowScopedEC2InstanceAccessActions": (
            ["ec2:RunInstances", "ec2:CreateFleet"],
            [
                "arn:aws:ec2:eu-west-1::image/*",
                "arn:aws:ec2:eu-west-1::snapshot/*",
                "arn:aws:ec2:eu-west-1:*:security-group/*",
                "arn:aws:ec2:eu-west-1:*:subnet/*",
                "arn:aws:ec2:eu-west-1:*:capacity-reservation/*",
                "arn:aws:ec2:eu-west-1:*:placement-group/*",
            ],
            None,
        ),
        "AllowScopedEC2LaunchTemplateAccessActions": (
            ["ec2:RunInstances", "ec2:CreateFleet"],
            ["arn:aws:ec2:eu-west-1:*:launch-template/*"],
            own,
        ),
        "AllowScopedEC2InstanceActionsWithTags": (
            ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
            arns,
            {"StringEquals": requested, "StringLike": pool},
        ),
        "AllowScopedResourceCreationTagging": (
            "ec2:CreateTags",
            arns,
            {
                "StringEquals": {
                    **requested,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
                "StringLike": pool,
            },
        ),
        "AllowScopedResourceTagging": (
            "ec2:CreateTags",
            ["arn:aws:ec2:eu-west-1:*:instance/*"],
            {
                **own,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": "ml"},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
                },
            },
        ),
        "AllowScopedDeletion": (
            ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            ["arn:aws:ec2:eu-west-1:*:instance/*", "arn:aws:ec2:eu-west-1:*:launch-template/*"],
            own,
        ),
    }


def test_it_passes_only_the_node_role_in_its_own_instance_profiles(plan: Plan) -> None:
    by_sid = statements(plan, "iam-integration")

    profiles = "arn:aws:iam::${aws.accountId}:instance-profile/karpenter/eu-west-1/ml/*"
    region, node_class = "topology.kubernetes.io/region", "karpenter.k8s.aws/ec2nodeclass"
    own = {f"aws:ResourceTag/{OWNED}": "owned", f"aws:ResourceTag/{region}": "eu-west-1"}
    requested = {
        f"aws:RequestTag/{OWNED}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": "ml",
        f"aws:RequestTag/{region}": "eu-west-1",
    }
    assert {sid: (s["Action"], s["Resource"], s["Condition"]) for sid, s in by_sid.items()} == {
        "AllowPassingInstanceRole": (
            "iam:PassRole",
            "arn:aws:iam::123456789012:role/nodes",
            {
                "StringEquals": {
                    "iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
                }
            },
        ),
        "AllowScopedInstanceProfileCreationActions": (
            "iam:CreateInstanceProfile",
            profiles,
            {"StringEquals": requested, "StringLike": {f"aws:RequestTag/{node_class}": "*"}},
        ),
        "AllowScopedInstanceProfileTagActions": (
            "iam:TagInstanceProfile",
            profiles,
            {
                "StringEquals": {**own, **requested},
                "StringLike": {
                    f"aws:ResourceTag/{node_class}": "*",
                    f"aws:RequestTag/{node_class}": "*",
                },
            },
        ),
        "AllowScopedInstanceProfileActions": (
            [
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DeleteInstanceProfile",
            ],
            profiles,
            {"StringEquals": own, "StringLike": {f"aws:ResourceTag/{node_class}": "*"}},
        ),
    }


def test_with_spot_pools_it_may_create_the_service_linked_role_of_ec2_spot() -> None:
    by_sid = statements(identity(spot=True), "iam-integration")

    assert by_sid["AllowSpotServiceLinkedRole"] == {
        "Sid": "AllowSpotServiceLinkedRole",
        "Effect": "Allow",
        "Action": "iam:CreateServiceLinkedRole",
        "Resource": "arn:aws:iam::${aws.accountId}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",  # noqa: E501
        "Condition": {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}},
    }


def test_it_reads_its_own_cluster_and_queue(plan: Plan) -> None:
    cluster = statements(plan, "eks-integration")["AllowAPIServerEndpointDiscovery"]
    assert (cluster["Action"], cluster["Resource"]) == (
        "eks:DescribeCluster",
        "arn:aws:eks:eu-west-1:${aws.accountId}:cluster/ml",
    )
    queue = statements(plan, "interruption")["AllowInterruptionQueueActions"]
    assert queue["Action"] == ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
    assert queue["Resource"] == "arn:aws:sqs:eu-west-1:123456789012:karpenter"


def test_what_it_finds_out_changes_nothing(plan: Plan) -> None:
    by_sid = statements(plan, "resource-discovery")

    actions = [
        a
        for s in by_sid.values()
        for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    ]
    assert all(
        re.fullmatch(r"[a-z0-9]+:(Describe|Get|List)[A-Za-z]+", action) for action in actions
    )
    assert set(actions) >= {
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribePlacementGroups",
    }
    assert by_sid["AllowRegionalReadActions"]["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": "eu-west-1"}
    }
    assert by_sid["AllowSSMReadActions"]["Resource"] == [
        "arn:aws:ssm:eu-west-1::parameter/aws/service/eks/optimized-ami/*",
        "arn:aws:ssm:eu-west-1::parameter/aws/service/bottlerocket/*",
    ]
    assert (
        by_sid["AllowInstanceProfileReadActions"]["Resource"]
        == "arn:aws:iam::${aws.accountId}:instance-profile/*"
    )


def test_all_policies_fit_into_the_role_of_a_cluster_with_the_longest_name() -> None:
    policies = identity("c" * 100, spot=True).all(POLICY)

    documents = [
        json.dumps(json.loads(p.inputs["policy"]), separators=(",", ":")) for p in policies.values()
    ]
    assert len(documents) == 5
    # A role's own policies have room for 10,240 characters without white space (IAM and
    # AWS STS quotas); regions and partitions can be longer than here.
    assert sum(map(len, documents)) < 9500
