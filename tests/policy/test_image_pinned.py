import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.image_pinned import RULE

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
        "containers": [
            {"name": "web", "image": "nginx:1.27"},
            {"name": "side", "image": "envoy:latest"},
        ],
    }
    found = judge(
        RULE, make("kubernetes:apps/v1:Deployment", "app", {"spec": {"template": {"spec": pod}}})
    )
    assert [(breach.property, breach.reason.split(" runs ")[0]) for breach in found] == [
        ("spec.template.spec.initContainers[0].image", "container fetch of app"),
        ("spec.template.spec.containers[1].image", "container side of app"),
    ]


def test_jobs_of_operators_are_read_too(make: Make, judge: Judge) -> None:
    worker = {"template": {"spec": {"containers": [{"name": "pytorch", "image": "train:latest"}]}}}
    job = make(
        "kubernetes:kubeflow.org/v1:PyTorchJob",
        "fit",
        {"spec": {"pytorchReplicaSpecs": {"Worker": worker}}},
    )
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
    assert (
        judge(
            RULE,
            make("kubernetes:helm.sh/v3:Release", "r", {"spec": {"containers": [{"image": "x"}]}}),
        )
        == []
    )


DIGEST = f"registry/churn@sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        (
            "aws:sagemaker/trainingJob:TrainingJob",
            lambda i: {"algorithmSpecification": {"trainingImage": i}},
            "trainingImage",
        ),
        (
            "kubernetes:trainer.kubeflow.org/v1alpha1:TrainJob",
            lambda i: {"spec": {"trainer": {"image": i}}},
            "trainer.image",
        ),
        (
            "kubernetes:serving.kserve.io/v1beta1:InferenceService",
            lambda i: {
                "spec": {
                    "predictor": {"model": {"modelFormat": {"name": "huggingface"}, "image": i}}
                }
            },
            "predictor.model.image",
        ),
        (
            "kubernetes:serving.kserve.io/v1beta1:InferenceService",
            lambda i: {"spec": {"predictor": {"initContainers": [{"name": "fetch", "image": i}]}}},
            "predictor.initContainers[0].image",
        ),
        (
            "kubernetes:batch/v1:CronJob",
            lambda i: {
                "spec": {
                    "jobTemplate": {
                        "spec": {"template": {"spec": {"initContainers": [{"image": i}]}}}
                    }
                }
            },
            "template.spec.initContainers[0].image",
        ),
    ],
)
def test_images_are_found_wherever_they_run(
    make: Make, judge: Judge, kind: str, inputs: Callable[[str], Any], path: str
) -> None:
    (breach,) = judge(RULE, make(kind, "churn", inputs("registry/churn:latest")))
    assert breach.property.endswith(path)
    assert judge(RULE, make(kind, "churn", inputs(DIGEST))) == []


@pytest.mark.parametrize(
    ("alias", "found"), [("al2023@latest", 1), ("al2023@v20260101", 0), ("${unknown}", 0)]
)
def test_nodes_have_a_release_of_their_image(
    make: Make, judge: Judge, alias: str, found: int
) -> None:
    node_class = make(
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
        "gpu",
        {"spec": {"amiSelectorTerms": [{"alias": alias}, {"id": "ami-1"}]}},
    )
    breaches = judge(RULE, node_class)
    assert [breach.property for breach in breaches] == ["spec.amiSelectorTerms[0].alias"] * found
