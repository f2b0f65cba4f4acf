from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy
from groundplan.training.nodes.images_to_fetch import problems
from groundplan.training.nodes.prefetch import PAUSE_IMAGE, Prefetch
from groundplan.training.queues.flavor import Flavor, Taint

DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
TORCH = "docker.io/pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime"
DIGEST = "123456789012.dkr.ecr.us-east-1.amazonaws.com/train@sha256:" + "a" * 64

GPU = Flavor(
    name="gpu",
    nodes=2,
    cpu=48,
    memory_mib=196608,
    node_labels={"groundplan/pool": "gpu"},
    taints=(Taint("nvidia.com/gpu", "present"),),
)


def deploy_prefetch(images: list[Any], **more: Any) -> Plan:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        overrides = [image() if callable(image) else image for image in images]
        Prefetch("training", GPU, overrides, opts=pulumi.ResourceOptions(provider=provider), **more)

    return deploy(program)


def test_a_pod_on_each_node_of_the_pool_mounts_the_images() -> None:
    plan = deploy_prefetch([TORCH, DIGEST])

    resource = plan.one(DAEMON_SET, "training-gpu-prefetch")
    labels = {"app.kubernetes.io/name": "prefetch", "app.kubernetes.io/instance": "gpu"}
    assert resource.inputs["metadata"] == {
        "name": "prefetch-gpu",
        "namespace": "kube-system",
        "labels": labels,
        "annotations": {"pulumi.com/skipAwait": "true"},
    }
    spec = resource.inputs["spec"]
    assert spec["selector"] == {"matchLabels": labels}
    assert spec["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "100%"},
    }
    assert spec["template"]["metadata"] == {"labels": labels}
    pod = spec["template"]["spec"]
    assert pod["nodeSelector"] == {"groundplan/pool": "gpu"}
    assert pod["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"}
    ]
    assert pod["volumes"] == [
        {"name": "image-0", "image": {"reference": TORCH, "pullPolicy": "IfNotPresent"}},
        {"name": "image-1", "image": {"reference": DIGEST, "pullPolicy": "IfNotPresent"}},
    ]
    assert resource.option("provider") == plan.one("pulumi:providers:kubernetes").urn


def test_the_pod_costs_next_to_nothing_and_may_do_nothing() -> None:
    pod = deploy_prefetch([TORCH]).one(DAEMON_SET).inputs["spec"]["template"]["spec"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65535,
        "runAsGroup": 65535,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (container,) = pod["containers"]
    assert container == {
        "name": "pause",
        "image": PAUSE_IMAGE,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "1m", "memory": "8Mi"}, "limits": {"memory": "8Mi"}},
        "volumeMounts": [{"name": "image-0", "mountPath": "/images/image-0", "readOnly": True}],
    }
    assert "@sha256:" in PAUSE_IMAGE


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_kubernetes_accepts_it(version: str) -> None:
    inputs = dict(deploy_prefetch([TORCH, DIGEST]).one(DAEMON_SET).inputs)

    kubernetes_validate.validate(inputs, version, strict=True)


def test_images_may_be_outputs_and_pause_a_copy_of_ones_own() -> None:
    plan = deploy_prefetch(
        [lambda: pulumi.Output.from_input(TORCH)],
        namespace="training",
        pause_image="registry.example.com/pause:3.10.1",
    )

    inputs = plan.one(DAEMON_SET).inputs
    assert inputs["metadata"]["namespace"] == "training"
    pod = inputs["spec"]["template"]["spec"]
    assert pod["volumes"][0]["image"]["reference"] == TORCH
    assert pod["containers"][0]["image"] == "registry.example.com/pause:3.10.1"


@pytest.mark.parametrize(
    "image",
    [
        "python",
        "pytorch",
        "docker.io/library/python",
        "docker.io/library/python:latest",
        "https://docker.io/library/python:3",
    ],
)
def test_a_mutable_or_invalid_image_is_refused(image: str) -> None:
    assert [problem.key for problem in problems("images", [TORCH, image])] == ["images[1]"]


@pytest.mark.parametrize(
    "image", [TORCH, DIGEST, f"{TORCH}@sha256:{'b' * 64}", "localhost:5000/train:1"]
)
def test_an_image_that_stays_the_same_is_accepted(image: str) -> None:
    assert problems("images", [image]) == []


def test_too_many_images_and_one_that_comes_twice_are_refused() -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy_prefetch(
            [
                *(f"docker.io/library/python:3.{minor}" for minor in range(16)),
                "docker.io/library/python:3.0",
            ]
        )

    assert {problem.key for problem in caught.value.problems} == {"images", "images[16]"}
