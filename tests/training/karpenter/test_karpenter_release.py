from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan import iam
from groundplan.kubernetes import pod_identity
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.karpenter.karpenter import Karpenter
from groundplan.training.nodes import node_group as nodes
from groundplan.training.nodes import pools
from groundplan.training.nodes.placement import Places

RELEASE = "kubernetes:helm.sh/v3:Release"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

POOLS: dict[str, Any] = {
    "big": {
        "instance_type": "p5.48xlarge",
        "max_size": 4,
        "efa": True,
        "placement_group": True,
        "subnet_ids": ["subnet-b"],
    },
    "small": {"instance_type": "g5.xlarge", "max_size": 8},
}


def karpenter(overrides: Any = None, **more: Any) -> Plan:
    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        opts = pulumi.ResourceOptions(parent=parent)
        cluster = aws.eks.Cluster(
            "training-cluster",
            name="ml",
            role_arn="arn:aws:iam::123456789012:role/eks",
            vpc_config=aws.eks.ClusterVpcConfigArgs(subnet_ids=["subnet-a", "subnet-b"]),
            opts=opts,
        )
        node_role = pod_identity.managed(
            "training-node-role",
            iam.trust("ec2.amazonaws.com"),
            nodes.POLICIES,
            parent=parent,
            resource_tags={},
        )
        described: Any = overrides() if callable(overrides) else overrides or POOLS
        accelerated = [
            pools.resolve(name, pool | {"provisioner": pool.get("provisioner", "karpenter")})
            for name, pool in described.items()
        ]
        provider = kubernetes.Provider("training-kubernetes", kubeconfig="{}", opts=opts)
        tags = {"team": "ml"}
        places = Places(
            "training",
            accelerated,
            cluster=cluster,
            subnet_ids=["subnet-a", "subnet-b"],
            zones=None,
            resource_tags=tags,
            parent=parent,
        )
        Karpenter(
            "training",
            accelerated,
            cluster=cluster,
            cluster_name="ml",
            node_role=node_role,
            places=places,
            resource_tags=tags,
            parent=parent,
            opts=pulumi.ResourceOptions(parent=parent, provider=provider),
            **more,
        )

    return deploy(program, region="eu-west-1")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return karpenter()


def test_karpenter_runs_twice_on_the_system_pool_with_its_identity_and_its_queue(
    plan: Plan,
) -> None:
    release = plan.one(RELEASE, "training-karpenter")

    assert {key: release.inputs[key] for key in ("chart", "name", "namespace", "version")} == {
        "chart": "oci://public.ecr.aws/karpenter/karpenter",
        "name": "karpenter",
        "namespace": "kube-system",
        "version": "1.14.1",
    }
    assert release.inputs["values"] == {
        "replicas": 2,
        "serviceAccount": {"name": "karpenter"},
        "nodeSelector": {"groundplan/pool": "system"},
        "controller": {
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
        },
        "settings": {
            "clusterName": "ml",
            "interruptionQueue": "${training-karpenter-queue.name}",
            "featureGates": {"reservedCapacity": True, "nodeRepair": True},
        },
    }


def test_its_custom_resource_definitions_have_a_release_of_their_own_and_come_first(
    plan: Plan,
) -> None:
    release = plan.one(RELEASE, "training-karpenter-crd")

    assert release.inputs["chart"] == "oci://public.ecr.aws/karpenter/karpenter-crd"
    assert release.inputs["version"] == "1.14.1"
    assert release.inputs["namespace"] == "kube-system"
    assert "training-karpenter-crd" in plan.dependencies(plan.one(RELEASE, "training-karpenter"))


def test_its_pods_are_created_after_their_identity(plan: Plan) -> None:
    identity = plan.one(ASSOCIATION, "training-karpenter-identity")

    assert identity.inputs == {
        "clusterName": "ml",
        "namespace": "kube-system",
        "roleArn": "${training-karpenter-role.arn}",
        "serviceAccount": "karpenter",
        "tags": {"team": "ml"},
    }


def test_what_karpenter_needs_is_there_before_it_and_outlives_it(plan: Plan) -> None:
    before = plan.dependencies(plan.one(RELEASE, "training-karpenter"))

    policies = {
        name
        for name in plan.all("aws:iam/rolePolicy:RolePolicy")
        if name.startswith("training-karpenter-role-")
    }
    rules = set(plan.all("aws:cloudwatch/eventRule:EventRule")) | set(
        plan.all("aws:cloudwatch/eventTarget:EventTarget")
    )
    node_role = set(plan.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
    assert (len(policies), len(rules), len(node_role)) == (5, 10, 2)
    assert before >= {
        "training-karpenter-queue",
        "training-karpenter-queue-policy",
        "training-karpenter-identity",
    }
    assert before >= policies | rules | node_role


@pytest.mark.parametrize("pool", POOLS)
def test_a_node_pool_is_deleted_before_its_node_class_and_both_before_karpenter(
    plan: Plan, pool: str
) -> None:
    of_pool = plan.dependencies(plan.one(NODE_POOL, f"training-{pool}-node-pool"))
    of_class = plan.dependencies(plan.one(NODE_CLASS, f"training-{pool}-node-class"))

    assert of_pool >= {f"training-{pool}-node-class", "training-karpenter"}
    assert "training-karpenter" in of_class
    assert not {f"training-{pool}-node-pool"} & of_class


def test_a_node_pool_is_gone_only_when_its_instances_are(plan: Plan) -> None:
    node_pool = plan.one(NODE_POOL, "training-big-node-pool")

    assert node_pool.inputs["metadata"] == {
        "annotations": {"pulumi.com/deletionPropagationPolicy": "foreground"},
        "name": "big",
    }
    assert node_pool.option("customTimeouts") == {"delete": "30m"}


def test_each_pool_has_a_node_class_in_its_own_place(plan: Plan) -> None:
    big, small = (plan.one(NODE_CLASS, f"training-{pool}-node-class") for pool in ("big", "small"))

    assert (big.inputs["metadata"], small.inputs["metadata"]) == (
        {"name": "big"},
        {"name": "small"},
    )
    assert big.inputs["apiVersion"] == "karpenter.k8s.aws/v1"
    assert big.inputs["kind"] == "EC2NodeClass"
    ours, theirs = big.inputs["spec"], small.inputs["spec"]
    assert ours["role"] == theirs["role"] == "${training-node-role.name}"
    assert ours["subnetSelectorTerms"] == [{"id": "subnet-b"}]
    assert theirs["subnetSelectorTerms"] == [{"id": "subnet-a"}, {"id": "subnet-b"}]
    group = {"id": "${training-cluster.vpcConfig.clusterSecurityGroupId}"}
    assert ours["securityGroupSelectorTerms"] == [group, {"id": "${training-efa.id}"}]
    assert theirs["securityGroupSelectorTerms"] == [group]
    assert ours["placementGroupSelector"] == {"name": "${training-big-placement.name}"}
    assert "placementGroupSelector" not in theirs
    assert ours["tags"] == {"Name": "training-big", "team": "ml"}
    assert theirs["tags"] == {"Name": "training-small", "team": "ml"}


def test_nodes_with_efa_wait_for_the_rules_of_their_group(plan: Plan) -> None:
    waits = plan.dependencies(plan.one(NODE_CLASS, "training-big-node-class"))

    assert {"training-efa-from-itself", "training-efa-to-itself", "training-efa-to-all"} <= waits


def test_a_placement_group_that_is_there_already_is_used_by_its_name() -> None:
    overrides = {
        "gpu": {"instance_type": "p5.48xlarge", "max_size": 2, "placement_group_name": "close"}
    }

    spec = karpenter(overrides).one(NODE_CLASS).inputs["spec"]
    assert spec["placementGroupSelector"] == {"name": "close"}


def test_ids_of_other_resources_are_valid_arguments() -> None:
    def overrides() -> Any:
        reservation = aws.ec2.CapacityReservation(
            "reserved",
            availability_zone="eu-west-1a",
            instance_count=2,
            instance_platform="Linux/UNIX",
            instance_type="p5.48xlarge",
        )
        subnet = aws.ec2.Subnet("subnet", vpc_id="vpc-1", cidr_block="10.0.0.0/16")
        return {
            "gpu": {
                "instance_type": "p5.48xlarge",
                "max_size": 2,
                "image": "bottlerocket",
                "capacity_type": "reservation",
                "reservation_id": reservation.id,
                "snapshot_id": pulumi.Output.from_input("snap-1"),
                "subnet_ids": pulumi.Output.all(subnet.id),
            }
        }

    plan = karpenter(overrides)
    node_class = plan.one(NODE_CLASS)
    spec = node_class.inputs["spec"]
    assert spec["capacityReservationSelectorTerms"] == [{"id": "${reserved.id}"}]
    assert spec["blockDeviceMappings"][1]["ebs"]["snapshotID"] == "snap-1"
    assert spec["subnetSelectorTerms"] == [{"id": "${subnet.id}"}]
    assert {"reserved", "subnet"} <= plan.dependencies(node_class)


def test_inside_the_cluster_all_comes_through_its_provider_and_belongs_to_the_parent(
    plan: Plan,
) -> None:
    inside = [r for r in plan.manifest if r.type.startswith("kubernetes:")]

    assert sorted(r.name for r in inside) == [
        "training-big-node-class",
        "training-big-node-pool",
        "training-karpenter",
        "training-karpenter-crd",
        "training-small-node-class",
        "training-small-node-pool",
    ]
    assert {r.option("provider") for r in inside} == {plan.one("pulumi:providers:kubernetes").urn}
    parent = plan.one("test:index:Parent").urn
    assert {
        r.parent
        for r in [*inside, *(r for r in plan.manifest if r.name.startswith("training-karpenter"))]
    } == {parent}


def test_nodes_need_no_access_entry_beside_the_one_of_the_managed_groups(plan: Plan) -> None:
    assert not plan.all("aws:eks/accessEntry:AccessEntry")
