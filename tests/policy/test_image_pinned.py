import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.policy.finding import Breach
from groundplan.policy.rules.image_pinned import RULE
from groundplan.preview.manifest import Resource

MODEL = "aws:sagemaker/model:Model"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize(
    "image",
    [
        f"{REGISTRY}/churn:1.2-1-cpu-py3",
        f"{REGISTRY}/churn@sha256:{'0' * 64}",
        f"{REGISTRY}/churn:latest@sha256:{'0' * 64}",
        "localhost:5000/churn:1",
        "${image.imageUri}",
        "${repository.repositoryUrl}:${commit.id}",
        f"{REGISTRY}/${{name.id}}",
        "[secret]",
        None,
    ],
)
def test_a_pinned_image_complies(make: Make, judge: Judge, image: Any) -> None:
    assert judge(RULE, make(MODEL, "churn", {"primaryContainer": {"image": image}})) == []


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (f"{REGISTRY}/churn:latest", "an image with the moving tag latest"),
        (f"{REGISTRY}/churn:gpu-latest", "an image with the moving tag gpu-latest"),
        (f"{REGISTRY}/churn", "an image without a tag, the latest there is"),
        ("localhost:5000/churn", "an image without a tag, the latest there is"),
        ("${repository.repositoryUrl}:latest", "an image with the moving tag latest"),
    ],
)
def test_a_moving_image_is_named(make: Make, judge: Judge, image: str, why: str) -> None:
    model = make(MODEL, "churn", {"primaryContainer": {"image": image}})
    reason = f"churn runs {why}: a restart may run other code than was tested"
    assert judge(RULE, model) == [Breach(model.urn, reason, "primaryContainer.image")]


def test_every_container_of_a_workload_is_read(make: Make, judge: Judge) -> None:
    pod = {
        "initContainers": [{"name": "fetch", "image": "busybox"}],
        "containers": [{"name": "web", "image": "nginx:1.27"}, {"name": "side", "image": "envoy:latest"}],
    }
    found = judge(RULE, make("kubernetes:apps/v1:Deployment", "app", {"spec": {"template": {"spec": pod}}}))
    assert [(breach.property, breach.reason.split(" runs ")[0]) for breach in found] == [
        ("spec.template.spec.initContainers[0].image", "container fetch of app"),
        ("spec.template.spec.containers[1].image", "container side of app"),
    ]


def test_jobs_of_operators_are_read_too(make: Make, judge: Judge) -> None:
    worker = {"template": {"spec": {"containers": [{"name": "pytorch", "image": "train:latest"}]}}}
    job = make("kubernetes:kubeflow.org/v1:PyTorchJob", "fit", {"spec": {"pytorchReplicaSpecs": {"Worker": worker}}})
    (breach,) = judge(RULE, job)
    assert breach.property == "spec.pytorchReplicaSpecs.Worker.template.spec.containers[0].image"


def test_tasks_jobs_and_functions_are_read(make: Make, judge: Judge) -> None:
    tasks = {"containerDefinitions": json.dumps([{"name": "web", "image": "nginx"}])}
    jobs = {"containerProperties": json.dumps({"image": "train:latest"})}
    found = judge(
        RULE,
        make("aws:batch/jobDefinition:JobDefinition", "fit", jobs),
        make("aws:ecs/taskDefinition:TaskDefinition", "app", tasks),
        make("aws:lambda/function:Function", "hook", {"imageUri": f"{REGISTRY}/hook:latest"}),
    )
    assert [breach.property for breach in found] == [
        "containerProperties.image",
        "containerDefinitions[0].image",
        "imageUri",
    ]


def test_it_is_about_what_runs_containers_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:ecr/repository:Repository", "r", {"image": "x:latest"})) == []
    assert judge(RULE, make("kubernetes:helm.sh/v3:Release", "r", {"spec": {"containers": [{"image": "x"}]}})) == []
