from typing import Any

import pytest
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training import versions
from groundplan.training.cluster.training_cluster import TrainingCluster
from groundplan.training.queues import kueue

RELEASE = "kubernetes:helm.sh/v3:Release"
QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:"


def train(pools: Any = None) -> Plan:
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "pools": pools or {},
    }
    return deploy(lambda: TrainingCluster("training", args), region="eu-west-1")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return train(
        {
            "gpu": {"instance_type": "g5.12xlarge", "max_size": 4},
            "big": {"instance_type": "p5.48xlarge", "max_size": 2},
        }
    )


@pytest.fixture(scope="module")
def empty() -> Plan:
    return train()


def test_all_that_runs_in_the_cluster_comes_through_its_provider(plan: Plan) -> None:
    inside = [r for r in plan.manifest if r.type.startswith("kubernetes:")]

    assert len(inside) == 14
    assert {r.option("provider") for r in inside} == {plan.one("pulumi:providers:kubernetes").urn}


def test_the_autoscaler_knows_its_cluster_and_ends_only_idle_nodes(plan: Plan) -> None:
    release = plan.one(RELEASE, "training-cluster-autoscaler")

    assert release.inputs["chart"] == "cluster-autoscaler"
    assert release.inputs["version"] == "9.59.0"
    assert release.inputs["repositoryOpts"] == {"repo": "https://kubernetes.github.io/autoscaler"}
    assert release.inputs["namespace"] == "kube-system"
    assert release.inputs["values"] == {
        "autoDiscovery": {"clusterName": "project-test-training"},
        "awsRegion": "eu-west-1",
        "extraArgs": {
            "scale-down-gpu-utilization-threshold": "0.01",
            "scale-down-utilization-threshold": "0.001",
            "ignore-daemonsets-utilization": "true",
        },
        "fullnameOverride": "cluster-autoscaler",
        "image": {"tag": "v1.36.1"},
        "rbac": {"serviceAccount": {"name": "cluster-autoscaler"}},
        "resources": {"requests": {"cpu": "100m", "memory": "600Mi"}},
    }


def test_the_autoscaler_has_its_role_before_its_pods_start(plan: Plan) -> None:
    identity = plan.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", "training-autoscaler-identity"
    )

    assert {
        key: identity.inputs[key]
        for key in ("clusterName", "namespace", "roleArn", "serviceAccount")
    } == {
        "clusterName": "project-test-training",
        "namespace": "kube-system",
        "roleArn": "${training-autoscaler-role.arn}",
        "serviceAccount": "cluster-autoscaler",
    }
    waits = plan.dependencies(plan.one(RELEASE, "training-cluster-autoscaler"))
    assert {"training-autoscaler-identity", "training-autoscaler-role-policy"} <= waits
    assert (
        "pods.eks.amazonaws.com"
        in plan.one("aws:iam/role:Role", "training-autoscaler-role").inputs["assumeRolePolicy"]
    )


def test_the_autoscaler_scales_the_groups_of_this_cluster_only(plan: Plan) -> None:
    role_policy = plan.one("aws:iam/rolePolicy:RolePolicy", "training-autoscaler-role-policy")
    assert role_policy.inputs["role"] == "${training-autoscaler-role.id}"
    statements = policy(role_policy.inputs["policy"])

    assert set(statements) == {"ReadCapacity", "ReadNodeGroups", "ScaleNodeGroups"}
    assert statements["ReadNodeGroups"]["Action"] == ["eks:DescribeNodegroup"]
    assert statements["ReadNodeGroups"]["Resource"] == (
        "arn:aws:eks:eu-west-1:${aws.accountId}:nodegroup/project-test-training/*/*"
    )
    assert statements["ScaleNodeGroups"]["Action"] == [
        "autoscaling:SetDesiredCapacity",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]
    assert statements["ScaleNodeGroups"]["Condition"] == {
        "StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/project-test-training": "owned"}
    }
    assert all(
        ":Describe" in action or ":Get" in action for action in statements["ReadCapacity"]["Action"]
    )


def test_kueue_comes_from_its_registry_with_a_replica_to_spare(plan: Plan) -> None:
    release = plan.one(RELEASE, "training-kueue")

    assert {
        key: release.inputs.get(key)
        for key in ("name", "chart", "version", "namespace", "createNamespace", "values")
    } == {
        "name": "kueue",
        "chart": f"oci://registry.k8s.io/kueue/charts/kueue@{versions.KUEUE.digest}",
        "version": "0.19.2",
        "namespace": "kueue-system",
        "createNamespace": True,
        "values": {
            "controllerManager": {"replicas": 2, "podDisruptionBudget": {"enabled": True}},
            "managerConfig": {"controllerManagerConfigYaml": kueue.configuration()},
        },
    }
    assert "repositoryOpts" not in release.inputs


def test_gpu_pools_bring_the_device_plugin(plan: Plan, empty: Plan) -> None:
    release = plan.one(RELEASE, "training-nvidia-device-plugin")

    assert (release.inputs["chart"], release.inputs["version"]) == (
        "nvidia-device-plugin",
        "0.20.0",
    )
    assert release.inputs["repositoryOpts"] == {
        "repo": "https://nvidia.github.io/k8s-device-plugin"
    }
    assert release.inputs["namespace"] == "kube-system"
    assert set(empty.all(RELEASE)) == {"training-cluster-autoscaler", "training-kueue"}


def test_each_pool_is_a_flavor_that_leads_jobs_to_its_nodes(plan: Plan) -> None:
    flavor = plan.one(f"{QUEUE}ResourceFlavor", "training-gpu-flavor")

    assert flavor.inputs == {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "ResourceFlavor",
        "metadata": {"name": "gpu"},
        "spec": {
            "nodeLabels": {"groundplan/pool": "gpu"},
            "tolerations": [
                {
                    "effect": "NoSchedule",
                    "key": "nvidia.com/gpu",
                    "operator": "Equal",
                    "value": "present",
                }
            ],
        },
    }
    assert set(plan.all(f"{QUEUE}ResourceFlavor")) == {"training-big-flavor", "training-gpu-flavor"}


def test_the_queue_admits_what_all_pools_can_hold(plan: Plan) -> None:
    queue = plan.one(f"{QUEUE}ClusterQueue", "training-cluster-queue")

    assert queue.inputs["metadata"] == {"name": "default"}
    assert queue.inputs["spec"] == {
        "namespaceSelector": {},
        "resourceGroups": [
            {
                "coveredResources": ["cpu", "memory", "nvidia.com/gpu"],
                "flavors": [
                    {
                        "name": "big",
                        "resources": [
                            {"name": "cpu", "nominalQuota": "384"},
                            {"name": "memory", "nominalQuota": f"{2 * 2097152}Mi"},
                            {"name": "nvidia.com/gpu", "nominalQuota": "16"},
                        ],
                    },
                    {
                        "name": "gpu",
                        "resources": [
                            {"name": "cpu", "nominalQuota": "192"},
                            {"name": "memory", "nominalQuota": f"{4 * 196608}Mi"},
                            {"name": "nvidia.com/gpu", "nominalQuota": "16"},
                        ],
                    },
                ],
            }
        ],
    }


def test_jobs_of_the_training_namespace_get_into_the_queue(plan: Plan) -> None:
    local = plan.one(f"{QUEUE}LocalQueue", "training-local-queue")

    namespace = plan.one("kubernetes:core/v1:Namespace", "training-namespace")
    assert namespace.inputs["metadata"] == {
        "name": "training",
        "labels": {
            "groundplan/jobs": "queued",
            "pod-security.kubernetes.io/enforce": "baseline",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }
    assert local.inputs["metadata"] == {"name": "default", "namespace": "training"}
    assert local.inputs["spec"] == {"clusterQueue": "default"}


def test_kueue_runs_before_the_first_of_its_objects_and_until_the_last_is_gone(plan: Plan) -> None:
    objects = [
        r for r in plan.manifest if r.type.startswith(QUEUE) or r.name == "training-namespace"
    ]

    assert len(objects) == 8
    assert all("training-kueue" in plan.dependencies(r) for r in objects)
    queue = plan.dependencies(plan.one(f"{QUEUE}ClusterQueue"))
    assert {"training-big-flavor", "training-gpu-flavor"} <= queue
    assert {"training-cluster-queue", "training-namespace"} <= plan.dependencies(
        plan.one(f"{QUEUE}LocalQueue")
    )


def test_without_pools_there_is_a_namespace_but_no_queue(empty: Plan) -> None:
    assert empty.one("kubernetes:core/v1:Namespace").name == "training-namespace"
    assert not [r for r in empty.manifest if r.type.startswith(QUEUE)]


def test_volumes_are_encrypted_gp3_by_default(plan: Plan) -> None:
    storage = plan.one("kubernetes:storage.k8s.io/v1:StorageClass", "training-storage-class").inputs

    assert storage["metadata"] == {
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        "name": "gp3",
    }
    assert storage["provisioner"] == "ebs.csi.aws.com"
    assert storage["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert (storage["volumeBindingMode"], storage["allowVolumeExpansion"]) == (
        "WaitForFirstConsumer",
        True,
    )
    assert storage["reclaimPolicy"] == "Delete"
