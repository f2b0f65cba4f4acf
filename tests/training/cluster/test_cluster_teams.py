"""A training cluster with everything: teams, frameworks, Karpenter, ceilings,
nights."""

import json
from typing import Any

import pytest
from groundplan import TrainingCluster
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan

RELEASE = "kubernetes:helm.sh/v3:Release"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
NAMESPACE = "kubernetes:core/v1:Namespace"

NEEDED: Any = {
    "private_subnet_ids": ["subnet-1", "subnet-2"],
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
}

FULL: Any = {
    **NEEDED,
    "zones": ["us-east-1a", "us-east-1b"],
    "pools": {
        "a-cpu": {"instance_type": "c7i.8xlarge", "max_size": 10},
        "gpu": {"instance_type": "g6e.12xlarge", "max_size": 8},
        "h100": {
            "instance_type": "p5.48xlarge",
            "max_size": 4,
            "provisioner": "karpenter",
            "efa": True,
            "zone": "us-east-1a",
        },
        "trainium": {
            "instance_type": "trn1.32xlarge",
            "max_size": 2,
            "efa": True,
            "zone": "us-east-1b",
        },
    },
    "teams": {
        "vision": {"guaranteed": {"gpu": 16}, "members": ["vision"]},
        "speech": {"guaranteed": {"h100": 8}, "max_usd_per_hour": 100.0},
    },
    "artifacts": {
        "bucket_name": "ml-artifacts",
        "bucket_arn": "arn:aws:s3:::ml-artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
    "frameworks": {"ray": True, "trainer": True},
    "max_usd_per_hour": 400.0,
    "schedule": {"close": "20:00", "open": "07:00"},
}


def build(args: Any) -> Plan:
    return deploy(lambda: TrainingCluster("training", args))


def refused(**args: Any) -> dict[str, str]:
    with pytest.raises(InvalidArguments) as caught:
        build({**FULL, **args})
    return {problem.key: str(problem) for problem in caught.value.problems}


@pytest.fixture(scope="module")
def full() -> Plan:
    return build(FULL)


def test_each_pool_brings_what_its_nodes_need(full: Plan) -> None:
    assert set(full.all(RELEASE)) == {
        "training-aws-efa-k8s-device-plugin",
        "training-cluster-autoscaler",
        "training-jobset",
        "training-karpenter",
        "training-karpenter-crd",
        "training-kubeflow-trainer",
        "training-kuberay-operator",
        "training-kueue",
        "training-neuron-helm-chart",
        "training-nvidia-device-plugin",
    }


def test_each_pool_is_started_by_what_was_chosen(full: Plan) -> None:
    assert set(full.all(NODE_POOL)) == {"training-h100-node-pool"}
    groups = {name.removeprefix("training-") for name in full.all("aws:eks/nodeGroup:NodeGroup")}
    assert groups == {"system-nodes", "a-cpu-nodes", "gpu-nodes", "trainium-nodes"}


def test_without_a_pool_of_its_own_there_is_no_karpenter() -> None:
    plan = build({**NEEDED, "pools": {"gpu": {"instance_type": "g5.xlarge", "max_size": 1}}})
    assert "training-karpenter" not in plan.all(RELEASE)


def test_pools_of_every_provisioner_are_flavors_of_the_queues(full: Plan) -> None:
    queue = full.one(
        "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", "training-team-vision-cluster-queue"
    )
    (group,) = queue.inputs["spec"]["resourceGroups"]
    assert group["coveredResources"] == [
        "cpu",
        "memory",
        "nvidia.com/gpu",
        "aws.amazon.com/neuron",
        "vpc.amazonaws.com/efa",
    ]
    assert [flavor["name"] for flavor in group["flavors"]] == ["a-cpu", "gpu", "h100", "trainium"]


def test_jobs_and_their_volumes_go_before_the_nodes_that_they_run_on(full: Plan) -> None:
    for name in ("training-namespace", "training-team-vision-namespace"):
        waits = full.dependencies(full.one(NAMESPACE, name))
        assert {
            "training-h100-node-pool",
            "training-gpu-nodes",
            "training-trainium-nodes",
            "training-kueue",
        } <= waits


def test_a_team_reaches_its_own_folder_of_the_bucket(full: Plan) -> None:
    association = full.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", "training-team-vision-identity"
    )
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (
        "vision",
        "training",
    )
    statements = policy(
        full.one("aws:iam/rolePolicy:RolePolicy", "training-team-vision-access-policy").inputs[
            "policy"
        ]
    )
    assert statements["WriteObjects"]["Resource"] == "arn:aws:s3:::ml-artifacts/teams/vision/*"


def test_without_a_bucket_teams_have_no_role() -> None:
    plan = build({key: value for key, value in FULL.items() if key != "artifacts"})
    associations = plan.all("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert not [name for name in associations if "team" in name]


def test_network_policies_are_enforced(full: Plan) -> None:
    cni = full.one("aws:eks/addon:Addon", "training-vpc-cni")
    assert json.loads(cni.inputs["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_the_schedule_closes_every_queue(full: Plan) -> None:
    job = full.one("kubernetes:batch/v1:CronJob", "training-night")
    (container,) = job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["args"][2:5] == ["default", "speech", "vision"]


def test_pools_that_cost_more_than_the_ceiling_are_refused() -> None:
    reported = refused(max_usd_per_hour=300.0)
    assert set(reported) == {"max_usd_per_hour"}
    assert "h100 4 x 55.04" in reported["max_usd_per_hour"]


def test_a_price_of_ones_own_counts_in_place_of_the_on_demand_price() -> None:
    pools = {"h100": {"instance_type": "p5.48xlarge", "max_size": 4, "usd_per_hour": 20.0}}
    assert build({**NEEDED, "pools": pools, "max_usd_per_hour": 81.0})
    without = {"h100": {"instance_type": "p5e.48xlarge", "max_size": 4}}
    assert set(refused(pools=without, teams={}, max_usd_per_hour=1e6)) == {
        "pools.h100.usd_per_hour"
    }
    assert set(refused(pools={"h100": {**pools["h100"], "usd_per_hour": 0.0}}, teams={})) == {
        "pools.h100.usd_per_hour"
    }


def test_shares_and_pools_are_judged_together() -> None:
    reported = refused(
        teams={"vision": {"guaranteed": {"gpu": 33, "tpu": 1}}, "kube-system": {}},
        schedule={"close": "x", "open": "y"},
    )
    assert set(reported) == {
        "teams.vision.guaranteed.gpu",
        "teams.vision.guaranteed.tpu",
        "teams.kube-system",
        "schedule.close",
        "schedule.open",
    }


def test_shares_of_pools_that_are_wrong_are_not_judged() -> None:
    reported = refused(
        pools={"gpu": {"instance_type": "g6e.12xlarge", "max_size": 0}},
        teams={"vision": {"guaranteed": {"x": 1}}},
    )
    assert set(reported) == {"pools.gpu.max_size"}
