"""Pools whose nodes EKS Auto Mode starts: the cluster's switches and roles, the objects
of a pool, what is refused, and that nothing changes for clusters without."""

import json
from typing import Any

import pytest
from groundplan.cost.estimate import estimate
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.cluster.training_cluster import TrainingCluster
from groundplan.training.nodes import pools

ADMIN = "arn:aws:iam::123456789012:role/ml/platform"
CLUSTER = "aws:eks/cluster:Cluster"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE, INLINE = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
RELEASE = "kubernetes:helm.sh/v3:Release"

AUTO: dict[str, Any] = {"instance_type": "g6.xlarge", "max_size": 2, "provisioner": "auto-mode"}
BLOCK: dict[str, Any] = {
    **AUTO,
    "instance_type": "p5.48xlarge",
    "capacity_type": "capacity-block",
    "reservation_id": "cr-0123456789abcdef0",
    "zone": "us-east-1a",
    "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-15T11:30:00Z"},
}


def cluster(**described: Any) -> Plan:
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": [ADMIN],
        "pools": described,
        "tags": {"team": "ml"},
    }
    return deploy(
        lambda: TrainingCluster("training", args), project="ml", stack="prod", region="us-east-1"
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A cluster with all three provisioners."""
    return cluster(
        auto=AUTO,
        managed={"instance_type": "g5.xlarge", "max_size": 1},
        single={"instance_type": "g5.xlarge", "max_size": 1, "provisioner": "karpenter"},
    )


def test_the_three_switches_of_auto_mode_are_on_together_without_its_own_pools(
    plan: Plan,
) -> None:
    inputs = plan.one(CLUSTER, "training-cluster").inputs

    assert inputs["computeConfig"] == {"enabled": True}
    assert inputs["kubernetesNetworkConfig"] == {"elasticLoadBalancing": {"enabled": True}}
    assert inputs["storageConfig"] == {"blockStorage": {"enabled": True}}


def test_the_clusters_role_has_the_policies_of_auto_mode_and_tagged_sessions(plan: Plan) -> None:
    attached = {
        str(found.inputs["policyArn"]).rsplit("/", 1)[-1]
        for found in plan.all(ATTACHMENT).values()
        if found.inputs["role"] == "${training-cluster-role.name}"
    }
    trust = json.loads(plan.one(ROLE, "training-cluster-role").inputs["assumeRolePolicy"])

    assert attached == {
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    }
    assert trust["Statement"][0]["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_the_clusters_role_tags_only_what_is_created_for_this_cluster(plan: Plan) -> None:
    policy = json.loads(plan.one(INLINE, "training-cluster-role-auto-mode").inputs["policy"])

    for statement in policy["Statement"]:
        assert statement["Condition"]["StringEquals"] == {
            "aws:RequestTag/eks:eks-cluster-name": "ml-prod-training"
        }
        assert "*" not in statement["Resource"]


def test_nodes_of_auto_mode_have_a_role_and_an_access_entry_of_their_own(plan: Plan) -> None:
    entry = plan.one(ENTRY, "training-auto-nodes")
    association = plan.one(ASSOCIATION, "training-auto-nodes-policy")

    assert entry.inputs["type"] == "EC2"
    assert entry.inputs["principalArn"] == "${training-auto-node-role.arn}"
    assert association.inputs["policyArn"].endswith("/AmazonEKSAutoNodePolicy")
    assert plan.one(NODE_CLASS).inputs["spec"]["role"] == "${training-auto-node-role.name}"


def test_a_pool_is_a_node_class_and_a_node_pool_of_its_instance_type(plan: Plan) -> None:
    node_class = plan.one(NODE_CLASS, "training-auto-auto-node-class").inputs
    node_pool = plan.one(NODE_POOL, "training-auto-auto-node-pool").inputs

    assert node_class["metadata"] == {"name": "auto"}
    assert node_class["spec"]["ephemeralStorage"] == {"size": "200Gi"}
    assert node_class["spec"]["subnetSelectorTerms"] == [{"id": "subnet-a"}, {"id": "subnet-b"}]
    assert node_class["spec"]["tags"]["team"] == "ml"
    template = node_pool["spec"]["template"]["spec"]
    assert template["nodeClassRef"] == {
        "group": "eks.amazonaws.com",
        "kind": "NodeClass",
        "name": "auto",
    }
    assert template["requirements"][0]["values"] == ["g6.xlarge"]
    assert node_pool["spec"]["limits"]["nodes"] == "2"


def test_nodes_end_before_the_21_days_that_auto_mode_allows(plan: Plan) -> None:
    template = plan.one(NODE_POOL, "training-auto-auto-node-pool").inputs["spec"]["template"]

    hours = [
        int(template["spec"][key].removesuffix("h"))
        for key in ("expireAfter", "terminationGracePeriod")
    ]
    assert sum(hours) == 21 * 24


def test_beside_auto_mode_karpenter_takes_over_its_definitions_and_never_deletes_them(
    plan: Plan,
) -> None:
    definitions = plan.one(RELEASE, "training-karpenter-crd")
    alone = cluster(single={**AUTO, "provisioner": "karpenter"})

    assert definitions.inputs["takeOwnership"] is True
    assert definitions.option("retainOnDelete") is True
    before = alone.one(RELEASE, "training-karpenter-crd")
    assert "takeOwnership" not in before.inputs
    assert not before.option("retainOnDelete")


def test_nvidias_device_plugin_stays_off_nodes_of_auto_mode_which_have_one(plan: Plan) -> None:
    values = plan.one(RELEASE, "training-nvidia-device-plugin").inputs["values"]
    (term,) = values["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
        "nodeSelectorTerms"
    ]

    assert term["matchExpressions"][1]["values"] == ["managed", "single"]


def test_a_cluster_without_a_pool_of_auto_mode_has_nothing_of_it() -> None:
    plan = cluster(gpu={"instance_type": "g5.xlarge", "max_size": 1})
    inputs = plan.one(CLUSTER, "training-cluster").inputs

    assert not {"computeConfig", "kubernetesNetworkConfig", "storageConfig"} & set(inputs)
    assert not plan.all(NODE_CLASS)
    trust = json.loads(plan.one(ROLE, "training-cluster-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Action"] == ["sts:AssumeRole"]


def test_the_fee_of_auto_mode_is_shown_as_unknown_and_instances_are_priced(plan: Plan) -> None:
    found = estimate(plan.manifest)

    assert [line for line in found.unknown if "fee of EKS Auto Mode" in str(line)]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"image": "bottlerocket"},
        {"efa": False, "placement_group": False},
        {"min_size": 2},
        {"instance_type": "g6e.12xlarge", "min_size": 2, "topology": True},
        {"capacity_type": "spot"},
        {"instance_type": "trn1.32xlarge"},
        {"instance_type": "c7i.8xlarge", "max_size": 5000},
    ],
)
def test_what_auto_mode_can_do_is_accepted(more: Any) -> None:
    pool: Any = {**AUTO, **more}
    assert pools.problems({"auto": pool}) == []


def test_a_capacity_block_is_named_in_the_node_class() -> None:
    plan = cluster_of_block()

    spec = plan.one(NODE_CLASS).inputs["spec"]
    assert spec["capacityReservationSelectorTerms"] == [{"id": "cr-0123456789abcdef0"}]
    requirements = plan.one(NODE_POOL).inputs["spec"]["template"]["spec"]["requirements"]
    assert requirements[1]["values"] == ["reserved"]


def cluster_of_block() -> Plan:
    described = {key: value for key, value in BLOCK.items() if key != "zone"}
    return cluster(block={**described, "subnet_ids": ["subnet-a"]})


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        (
            {"efa": True, "instance_type": "p5.48xlarge", "zone": "us-east-1a"},
            "auto.efa",
            "EFA interfaces",
        ),
        ({"image": "al2023"}, "auto.image", "AWS's own image"),
        (
            {"image": "bottlerocket", "snapshot_id": "snap-0123456789abcdef0"},
            "auto.snapshot_id",
            "prefetch",
        ),
        (
            {"instance_type": "g6.xlarge", "local_storage": False},
            "auto.local_storage",
            "instance store",
        ),
        (
            {"placement_group": True, "zone": "us-east-1a"},
            "auto.placement_group",
            "placement group",
        ),
        (
            {"placement_group_name": "near", "zone": "us-east-1a"},
            "auto.placement_group_name",
            "managed or karpenter",
        ),
        ({"min_size": 1}, "auto.min_size", "a fixed number of nodes"),
        ({"provisioner": "auto"}, "auto.provisioner", "auto-mode"),
    ],
)
def test_what_auto_mode_decides_by_itself_is_refused_with_the_reason(
    more: Any, key: str, words: str
) -> None:
    pool: Any = {**AUTO, **more}
    (problem,) = pools.problems({"auto": pool})

    assert problem.key == key
    assert words in str(problem).replace("for it", "a placement group")


def test_a_pool_of_auto_mode_is_not_called_as_the_node_class_of_eks() -> None:
    pool: Any = AUTO
    (problem,) = pools.problems({"default": pool})

    assert "reserves for its own NodeClass" in str(problem)


def test_neuron_pools_have_one_kind_of_device_plugin() -> None:
    trainium: Any = {"instance_type": "trn1.32xlarge", "max_size": 1}
    two: Any = {**trainium, "provisioner": "auto-mode"}
    (problem,) = pools.problems({"one": trainium, "two": two})

    assert problem.key == "two.provisioner"
    assert "count each chip twice" in str(problem)


def test_the_price_of_a_node_is_unknown_for_a_ceiling_unless_it_is_set() -> None:
    unknown = pools.resolve("auto", AUTO, "us-east-1")  # type: ignore[arg-type]
    own: Any = {**AUTO, "usd_per_hour": 0.9}

    assert unknown.usd_per_hour is None
    assert pools.resolve("auto", own, "us-east-1").usd_per_hour == 0.9
