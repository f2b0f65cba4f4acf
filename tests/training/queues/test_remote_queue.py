"""MultiKueue: a queue of the manager cluster whose jobs run in worker clusters."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.cluster.training_cluster import TrainingCluster
from groundplan.training.queues import remote_args
from groundplan.training.queues.remote import RemoteQueue

KUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:"
REMOTE: Any = {
    "kubeconfig_secrets": {"west": "west-kubeconfig"},
    "cpu": 64,
    "memory_gib": 256,
    "gpus": 8,
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        opts = pulumi.ResourceOptions(provider=provider)
        namespace = kubernetes.core.v1.Namespace(
            "training", metadata=kubernetes.meta.v1.ObjectMetaArgs(name="training"), opts=opts
        )
        RemoteQueue(
            "ml", remote_args.resolve(REMOTE), namespace=namespace, kueue=namespace, opts=opts
        )

    return deploy(program)


def spec(plan: Plan, kind: str) -> Any:
    return plan.one(f"{KUEUE}{kind}").inputs["spec"]


def test_a_worker_cluster_is_reached_by_the_secret_of_its_kubeconfig(plan: Plan) -> None:
    assert spec(plan, "MultiKueueCluster") == {
        "clusterSource": {"kubeConfig": {"location": "west-kubeconfig", "locationType": "Secret"}}
    }
    assert spec(plan, "MultiKueueConfig") == {"clusters": ["west"]}


def test_only_the_queue_remote_has_the_check_that_dispatches_jobs(plan: Plan) -> None:
    check, queue = spec(plan, "AdmissionCheck"), spec(plan, "ClusterQueue")

    assert check["controllerName"] == "kueue.x-k8s.io/multikueue"
    assert check["parameters"]["kind"] == "MultiKueueConfig"
    assert queue["admissionChecksStrategy"] == {"admissionChecks": [{"name": "remote"}]}
    assert queue["resourceGroups"][0]["flavors"][0]["resources"] == [
        {"name": "cpu", "nominalQuota": "64"},
        {"name": "memory", "nominalQuota": "256Gi"},
        {"name": "nvidia.com/gpu", "nominalQuota": "8"},
    ]
    assert spec(plan, "LocalQueue") == {"clusterQueue": "remote"}


def test_a_cluster_names_what_is_missing_and_what_has_the_name_of_the_queue() -> None:
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": ["arn:aws:iam::123456789012:role/ml"],
        "pools": {"remote": {"instance_type": "g5.xlarge", "max_size": 1}},
        "remote_queue": {"kubeconfig_secrets": {"west": "west-kubeconfig"}, "cpu": 1},
    }

    with pytest.raises(InvalidArguments) as refused:
        deploy(lambda: TrainingCluster("training", args))
    assert "remote_queue.memory_gib" in str(refused.value)
    assert "pools.remote" in str(refused.value)


def test_a_kubeconfig_in_place_of_a_name_is_not_shown() -> None:
    (problem,) = remote_args.problems({**REMOTE, "kubeconfig_secrets": {"west": "token: abc"}})

    assert "abc" not in str(problem)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"kubeconfig_secrets": {}}, "kubeconfig_secrets"),
        ({"kubeconfig_secrets": {"west": "apiVersion: v1"}}, "kubeconfig_secrets.west"),
        ({"kubeconfig_secrets": {"West": "west"}}, "kubeconfig_secrets.West"),
        ({"cpu": 0}, "cpu"),
        ({"gpus": -1}, "gpus"),
    ],
)
def test_wrong_arguments_are_refused(more: Any, key: str) -> None:
    (problem,) = remote_args.problems({**REMOTE, **more})

    assert problem.key == key
