"""The components of training, registries and serving keep the rules, and each of their
resources costs something or nothing.

What remains is listed with its reason; so is what has no price.
"""

from collections.abc import Callable, Collection
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan import ArtifactBucket, TrainingCluster
from groundplan.cost.estimate import estimate
from groundplan.manifest.model import Manifest
from groundplan.policy.check import check
from groundplan.registry.container_registry.container_registry import ContainerRegistry
from groundplan.registry.experiment_tracking.experiment_tracking import ExperimentTracking
from groundplan.registry.model_registry.model_registry import ModelRegistry
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.testing import deploy
from groundplan.training.job.training_job import TrainingJob
from groundplan.training.lustre.lustre_file_system import LustreFileSystem
from groundplan.training.volumes.lustre_volumes import LustreVolume

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/churn"
RESERVATION = "cr-0123456789abcdef0"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


def provided() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", kubeconfig="{}")])


def pools() -> None:
    big = {"instance_type": "p5.48xlarge", "max_size": 4, "subnet_ids": ["subnet-a"]}
    small = {"instance_type": "g5.xlarge", "max_size": 4}
    args: Any = {
        "private_subnet_ids": ["subnet-a", "subnet-b"],
        "administrators": ["arn:aws:iam::123456789012:role/ml-platform"],
        "pools": {
            "managed": small,
            "spot": {**small, "capacity_type": "spot"},
            "efa": {**big, "efa": True, "placement_group": True},
            "reserved": {**big, "capacity_type": "reservation", "reservation_id": RESERVATION},
            "karpenter": {**small, "provisioner": "karpenter"},
            "karpenter-efa": {
                **big,
                "provisioner": "karpenter",
                "efa": True,
                "placement_group": True,
            },
        },
    }
    TrainingCluster("training", args)


def lustre() -> None:
    bucket = ArtifactBucket("artifacts")
    link: Any = {"data": {"bucket_name": bucket.bucket_name}}
    files = LustreFileSystem("scratch", {"vpc_id": "vpc-1", "subnet_id": "subnet-a", "links": link})
    LustreVolume("scratch", files.mount, namespace="vision", path="/teams/vision", opts=provided())


def run(**more: Any) -> None:
    args: Any = {
        "image": f"{IMAGE}@sha256:{'a' * 64}",
        "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
        "datasets": {"train": {"uri": "s3://data/churn/1/", "version": f"churn@sha256:{'1' * 64}"}},
        "artifacts": ArtifactBucket("artifacts").access,
        "nodes": 2,
        **more,
    }
    TrainingJob("churn", args, provided() if more["on"] == "cluster" else None)


def registries() -> None:
    images: Any = {
        "repositories": ["trainer"],
        "pull_through": {"quay": {}},
        "pull_accounts": ["210987654321"],
    }
    ContainerRegistry("images", images)
    models: Any = {
        "groups": {"churn": {"read_accounts": ["210987654321"]}},
        "approval_topic_arn": TOPIC,
    }
    ModelRegistry("models", models)


def tracking(**more: Any) -> None:
    bucket = ArtifactBucket("artifacts")
    args: Any = {"artifacts": bucket.access, **more}
    ExperimentTracking("runs", args, provided() if "cluster" in more else None)


NETWORK = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "client_security_group_id": "sg-1",
}


def endpoint(**more: Any) -> None:
    args: Any = {
        "image": f"{IMAGE}:1.2",
        "log_kms_key_arn": KEY,
        "artifacts": ArtifactBucket("artifacts").access,
        **more,
    }
    ModelEndpoint("churn", args)


def in_cluster() -> None:
    args: Any = {"image": f"{IMAGE}:1.2"}
    KubernetesEndpoint("churn", args, provided())


M5 = {"instance_type": "ml.m5.xlarge"}

PROGRAMS: dict[str, tuple[Callable[[], object], dict[tuple[str, str], str], Collection[str]]] = {
    "pools of all kinds": (
        pools,
        {},
        ["training-reserved-nodes"],
    ),
    "a linked file system": (lustre, {}, []),
    "a training job on SageMaker": (
        lambda: run(on="sagemaker", sagemaker={"instance_type": "ml.g5.12xlarge"}),
        {},
        [],
    ),
    "a training job on a cluster": (
        lambda: run(on="cluster", cluster={"namespace": "vision", "queue": "vision"}),
        {},
        [],
    ),
    "registries": (registries, {}, []),
    "experiments in SageMaker": (lambda: tracking(server="managed"), {}, []),
    "experiments on a cluster": (
        lambda: tracking(
            server="cluster", cluster={"cluster_name": "training", "database": {"network": NETWORK}}
        ),
        {},
        [],
    ),
    "an asynchronous endpoint": (lambda: endpoint(**M5, asynchronous={}), {}, []),
    "a serverless endpoint": (lambda: endpoint(serverless={}), {}, []),
    "a warm serverless endpoint": (
        lambda: endpoint(serverless={"provisioned_concurrency": 2}),
        {},
        ["churn-endpoint"],
    ),
    "an endpoint with a shadow": (
        lambda: endpoint(**M5, shadow={"instance_count": 1}, capture={"percent": 20}),
        {},
        [],
    ),
    "an endpoint with variants": (lambda: endpoint(**M5, variants={"a": {}, "b": {}}), {}, []),
    "an endpoint on a cluster": (in_cluster, {}, []),
}
"""Use -> the program, (rule, resource) -> why it may remain, and the resources without
a price."""


@pytest.fixture(scope="module", params=PROGRAMS)
def use(
    request: pytest.FixtureRequest,
) -> tuple[Manifest, dict[tuple[str, str], str], Collection[str]]:
    program, remaining, unpriced = PROGRAMS[request.param]
    return deploy(program).manifest, remaining, unpriced


def test_it_keeps_the_rules(
    use: tuple[Manifest, dict[tuple[str, str], str], Collection[str]],
) -> None:
    manifest, remaining, _ = use
    found = {(f.rule, f.urn.rsplit("::", 1)[-1]): f.reason for f in check(manifest)}
    assert sorted(found) == sorted(remaining), found


def test_every_resource_of_it_has_a_price_or_a_reason(
    use: tuple[Manifest, dict[tuple[str, str], str], Collection[str]],
) -> None:
    manifest, _, unpriced = use
    found = estimate(manifest)
    assert {line.split(" (", 1)[0] for line in found.unknown} == set(unpriced), found.unknown
    listed = {item.urn for item in found.items} | set(found.free)
    assert {r.name for r in manifest if r.custom and r.urn not in listed} <= set(unpriced)
