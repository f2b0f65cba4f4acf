from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.queues.flavor import Flavor, Taint
from groundplan.training.queues.queue import Queues
from groundplan.training.teams.team_spec import resolve_all

KUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:"
A10G = Flavor(
    "a10g",
    4,
    48,
    192 * 1024,
    "nvidia.com/gpu",
    4,
    node_labels={"pool": "a10g"},
    taints=[Taint("nvidia.com/gpu", "present")],
)


def queues(*flavors: Flavor, **more: Any) -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        kueue = kubernetes.core.v1.Namespace(
            "kueue", opts=pulumi.ResourceOptions(provider=provider)
        )
        Queues("ml", flavors, kueue=kueue, opts=pulumi.ResourceOptions(provider=provider), **more)

    return deploy(program)


def test_without_teams_one_queue_admits_what_all_pools_can_hold() -> None:
    plan = queues(A10G)

    assert plan.one(f"{KUEUE}ResourceFlavor", "ml-a10g-flavor").inputs == {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "ResourceFlavor",
        "metadata": {"name": "a10g"},
        "spec": {
            "nodeLabels": {"pool": "a10g"},
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
    assert plan.one(f"{KUEUE}ClusterQueue", "ml-cluster-queue").inputs == {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "ClusterQueue",
        "metadata": {"name": "default"},
        "spec": {
            "namespaceSelector": {},
            "resourceGroups": [
                {
                    "coveredResources": ["cpu", "memory", "nvidia.com/gpu"],
                    "flavors": [
                        {
                            "name": "a10g",
                            "resources": [
                                {"name": "cpu", "nominalQuota": "192"},
                                {"name": "memory", "nominalQuota": "786432Mi"},
                                {"name": "nvidia.com/gpu", "nominalQuota": "16"},
                            ],
                        }
                    ],
                }
            ],
        },
    }
    local = plan.one(f"{KUEUE}LocalQueue", "ml-local-queue")
    assert local.inputs["metadata"] == {"name": "default", "namespace": "training"}
    assert local.inputs["spec"] == {"clusterQueue": "default"}
    assert {"kueue", "ml-cluster-queue", "ml-namespace"} <= plan.dependencies(local)


def test_jobs_of_the_namespace_wait_in_the_queue() -> None:
    namespace = queues().one("kubernetes:core/v1:Namespace", "ml-namespace")

    assert namespace.inputs["metadata"] == {
        "name": "training",
        "labels": {
            "groundplan/jobs": "queued",
            "pod-security.kubernetes.io/enforce": "baseline",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }


def test_three_priorities_around_that_of_jobs_that_name_none() -> None:
    plan = queues(A10G)

    classes = plan.all(f"{KUEUE}WorkloadPriorityClass")
    assert {name: dict(r.inputs) for name, r in classes.items()} == {
        f"ml-priority-{name}": {
            "apiVersion": "kueue.x-k8s.io/v1beta2",
            "kind": "WorkloadPriorityClass",
            "metadata": {"name": name},
            "value": value,
        }
        for name, value in {"low": -1000, "normal": 0, "high": 1000}.items()
    }
    assert all("kueue" in plan.dependencies(r) for r in classes.values())


def test_without_pools_there_is_a_namespace_and_nothing_else() -> None:
    plan = queues()

    assert not [r for r in plan.manifest if r.type.startswith(KUEUE)]
    assert "kueue" in plan.dependencies(plan.one("kubernetes:core/v1:Namespace", "ml-namespace"))


def test_with_teams_the_same_queue_joins_their_cohort() -> None:
    plan = queues(A10G, teams=resolve_all({"vision": {"guaranteed": {"a10g": 12}}}))

    spec = plan.one(f"{KUEUE}ClusterQueue", "ml-cluster-queue").inputs["spec"]
    assert spec["cohortName"] == "training"
    assert spec["resourceGroups"][0]["flavors"][0]["resources"][2] == {
        "name": "nvidia.com/gpu",
        "nominalQuota": "4",
    }
