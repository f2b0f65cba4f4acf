from typing import Any

import pytest
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.cluster.training_cluster import TrainingCluster

NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ADDON = "aws:eks/addon:Addon"

BEFORE_NODES = {"training-eks-pod-identity-agent", "training-kube-proxy", "training-vpc-cni"}
AFTER_NODES = {
    "training-aws-ebs-csi-driver",
    "training-coredns",
    "training-eks-node-monitoring-agent",
    "training-metrics-server",
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "pools": {
            "gpu": {
                "instance_type": "g6e.12xlarge",
                "max_size": 8,
                "disk_gib": 500,
                "local_storage": False,
                "labels": {"example.com/team": "vision"},
            },
            "arm-spot": {
                "instance_type": "g5g.xlarge",
                "min_size": 1,
                "desired_size": 2,
                "max_size": 4,
                "capacity_type": "spot",
                "subnet_ids": ["subnet-a"],
            },
        },
        "tags": {"owner": "ml"},
    }
    return deploy(lambda: TrainingCluster("training", args))


def test_the_system_pool_is_open_to_all_pods(plan: Plan) -> None:
    assert plan.one(NODES, "training-system-nodes").inputs == {
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "clusterName": "project-test-training",
        "instanceTypes": ["m7i.large"],
        "labels": {"groundplan/pool": "system"},
        "launchTemplate": {
            "id": "${training-system-template.id}",
            "version": "${unknown until training-system-template}",
        },
        "nodeRepairConfig": {"enabled": True},
        "nodeRoleArn": "${training-node-role.arn}",
        "scalingConfig": {"desiredSize": 2, "maxSize": 4, "minSize": 2},
        "subnetIds": ["subnet-a", "subnet-b"],
        "tags": {
            "groundplan:component": "training",
            "k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage": "100Gi",
            "owner": "ml",
        },
        "taints": [],
        "updateConfig": {"maxUnavailable": 1},
        "version": "1.36",
    }


def test_a_gpu_pool_keeps_other_pods_off_and_starts_empty(plan: Plan) -> None:
    gpu = plan.one(NODES, "training-gpu-nodes").inputs

    assert (gpu["amiType"], gpu["instanceTypes"], gpu["capacityType"]) == (
        "AL2023_x86_64_NVIDIA",
        ["g6e.12xlarge"],
        "ON_DEMAND",
    )
    assert gpu["taints"] == [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "present"}]
    assert gpu["labels"] == {
        "example.com/team": "vision",
        "groundplan/pool": "gpu",
        "k8s.amazonaws.com/accelerator": "nvidia-l40s",
        "nvidia.com/gpu.present": "true",
    }
    assert gpu["scalingConfig"] == {"desiredSize": 0, "maxSize": 8, "minSize": 0}
    assert gpu["subnetIds"] == ["subnet-a", "subnet-b"]


def test_the_autoscaler_learns_of_the_disk_before_there_is_a_node(plan: Plan) -> None:
    tags = plan.one(NODES, "training-gpu-nodes").inputs["tags"]

    assert tags["k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage"] == "500Gi"


def test_a_spot_pool_can_be_held_in_one_zone(plan: Plan) -> None:
    spot = plan.one(NODES, "training-arm-spot-nodes").inputs

    assert (spot["amiType"], spot["capacityType"], spot["subnetIds"]) == (
        "AL2023_ARM_64_NVIDIA",
        "SPOT",
        ["subnet-a"],
    )
    assert spot["scalingConfig"] == {"desiredSize": 2, "maxSize": 4, "minSize": 1}


def test_an_update_leaves_the_number_of_nodes_to_the_autoscaler(plan: Plan) -> None:
    for group in plan.all(NODES).values():
        # In the engine's spelling: with an underscore it would match nothing.
        assert group.option("ignoreChanges") == ["scalingConfig.desiredSize"]


def test_nodes_come_after_what_they_need_to_join_and_go_before_it(plan: Plan) -> None:
    policies = {name for name in plan.all(ATTACHMENT) if name.startswith("training-node-role-")}
    assert len(policies) == 2
    for group in plan.all(NODES).values():
        assert plan.dependencies(group) >= {*BEFORE_NODES, *policies}
        # The controllers that detach volumes run on the system pool, which is deleted
        # after the other pools.
        assert plan.dependencies(group) & AFTER_NODES == (
            set() if group.name == "training-system-nodes" else AFTER_NODES
        )
    for name, addon in plan.all(ADDON).items():
        assert ("training-system-nodes" in plan.dependencies(addon)) == (name in AFTER_NODES)
    assert set(plan.all(ADDON)) == BEFORE_NODES | AFTER_NODES


def test_pods_can_not_take_on_the_role_of_their_node(plan: Plan) -> None:
    for template in plan.all(TEMPLATE).values():
        assert template.inputs["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        }


def test_a_template_leaves_instance_type_and_image_to_the_node_group(plan: Plan) -> None:
    template = plan.one(TEMPLATE, "training-gpu-template").inputs

    assert set(template) == {
        "blockDeviceMappings",
        "description",
        "metadataOptions",
        "tagSpecifications",
        "tags",
    }
    assert template["blockDeviceMappings"] == [
        {
            "deviceName": "/dev/xvda",
            "ebs": {
                "deleteOnTermination": "true",
                "encrypted": "true",
                "volumeSize": 500,
                "volumeType": "gp3",
            },
        }
    ]


def test_tags_reach_what_ec2_creates_from_a_template(plan: Plan) -> None:
    tags = {"Name": "training-gpu", "groundplan:component": "training", "owner": "ml"}

    assert plan.one(TEMPLATE, "training-gpu-template").inputs["tagSpecifications"] == [
        {"resourceType": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
    ]


def test_the_role_of_nodes_can_join_and_pull_and_no_more(plan: Plan) -> None:
    attached = [
        a.inputs["policyArn"]
        for a in plan.all(ATTACHMENT).values()
        if a.inputs["role"] == "${training-node-role.name}"
    ]

    assert sorted(attached) == [
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    ]


@pytest.mark.parametrize(
    ("addon", "service_account", "policy_name"),
    [
        ("vpc-cni", "aws-node", "AmazonEKS_CNI_Policy"),
        ("aws-ebs-csi-driver", "ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicyV2"),
    ],
)
def test_an_addon_reaches_aws_by_pod_identity(
    plan: Plan, addon: str, service_account: str, policy_name: str
) -> None:
    resource = plan.one(ADDON, f"training-{addon}")

    assert resource.inputs["podIdentityAssociations"] == [
        {"roleArn": f"${{training-{addon}-role.arn}}", "serviceAccount": service_account}
    ]
    attachment = plan.one(ATTACHMENT, f"training-{addon}-role-{policy_name}")
    assert attachment.inputs["policyArn"] == f"arn:aws:iam::aws:policy/{policy_name}"
    assert attachment.name in plan.dependencies(resource)
    trust = plan.one("aws:iam/role:Role", f"training-{addon}-role").inputs["assumeRolePolicy"]
    assert "pods.eks.amazonaws.com" in trust
    assert "sts:TagSession" in trust


def test_the_cni_depends_on_the_agent_that_provides_its_credentials(plan: Plan) -> None:
    assert "training-eks-pod-identity-agent" in plan.dependencies(
        plan.one(ADDON, "training-vpc-cni")
    )


def test_every_addon_is_pinned_and_heals_itself(plan: Plan) -> None:
    assert {name: addon.inputs["addonVersion"] for name, addon in plan.all(ADDON).items()} == {
        "training-aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
        "training-coredns": "v1.14.3-eksbuild.23",
        "training-eks-node-monitoring-agent": "v1.6.6-eksbuild.1",
        "training-eks-pod-identity-agent": "v1.3.10-eksbuild.3",
        "training-kube-proxy": "v1.36.0-eksbuild.25",
        "training-metrics-server": "v0.9.0-eksbuild.11",
        "training-vpc-cni": "v1.22.4-eksbuild.3",
    }
    for addon in plan.all(ADDON).values():
        assert (
            addon.inputs["resolveConflictsOnCreate"]
            == addon.inputs["resolveConflictsOnUpdate"]
            == "OVERWRITE"
        )
