import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.image_pinned import RULE

MODEL = "aws:sagemaker/model:Model"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


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
def test_a_pinned_image_complies(build: Build, check_rule: CheckRule, image: Any) -> None:
    assert check_rule(RULE, build(MODEL, "churn", {"primaryContainer": {"image": image}})) == []


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (f"{REGISTRY}/churn:latest", "an image with the moving tag latest"),
        (f"{REGISTRY}/churn:gpu-latest", "an image with the moving tag gpu-latest"),
        (f"{REGISTRY}/churn", "an image without a tag, which means latest"),
        ("localhost:5000/churn", "an image without a tag, which means latest"),
        ("${repository.repositoryUrl}:latest", "an image with the moving tag latest"),
    ],
)
def test_a_moving_image_is_named(build: Build, check_rule: CheckRule, image: str, why: str) -> None:
    model = build(MODEL, "churn", {"primaryContainer": {"image": image}})
    reason = f"churn runs {why}: a restart may run other code than was tested"
    assert check_rule(RULE, model) == [Breach(model.urn, reason, "primaryContainer.image")]


def test_every_container_of_a_workload_is_read(build: Build, check_rule: CheckRule) -> None:
    pod = {
        "initContainers": [{"name": "fetch", "image": "busybox"}],
        "containers": [
            {"name": "web", "image": "nginx:1.27"},
            {"name": "side", "image": "envoy:latest"},
        ],
    }
    findings = check_rule(
        RULE, build("kubernetes:apps/v1:Deployment", "app", {"spec": {"template": {"spec": pod}}})
    )
    assert [(breach.property, breach.reason.split(" runs ")[0]) for breach in findings] == [
        ("spec.template.spec.initContainers[0].image", "container fetch of app"),
        ("spec.template.spec.containers[1].image", "container side of app"),
    ]


def test_jobs_of_operators_are_read_too(build: Build, check_rule: CheckRule) -> None:
    worker = {"template": {"spec": {"containers": [{"name": "pytorch", "image": "train:latest"}]}}}
    job = build(
        "kubernetes:kubeflow.org/v1:PyTorchJob",
        "fit",
        {"spec": {"pytorchReplicaSpecs": {"Worker": worker}}},
    )
    (breach,) = check_rule(RULE, job)
    assert breach.property == "spec.pytorchReplicaSpecs.Worker.template.spec.containers[0].image"


def test_tasks_jobs_and_functions_are_read(build: Build, check_rule: CheckRule) -> None:
    tasks = {"containerDefinitions": json.dumps([{"name": "web", "image": "nginx"}])}
    jobs = {"containerProperties": json.dumps({"image": "train:latest"})}
    findings = check_rule(
        RULE,
        build("aws:batch/jobDefinition:JobDefinition", "fit", jobs),
        build("aws:ecs/taskDefinition:TaskDefinition", "app", tasks),
        build("aws:lambda/function:Function", "hook", {"imageUri": f"{REGISTRY}/hook:latest"}),
    )
    assert [breach.property for breach in findings] == [
        "containerProperties.image",
        "containerDefinitions[0].image",
        "imageUri",
    ]


def test_it_is_about_what_runs_containers_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:ecr/repository:Repository", "r", {"image": "x:latest"})) == []
    )
    assert (
        check_rule(
            RULE,
            build("kubernetes:helm.sh/v3:Release", "r", {"spec": {"containers": [{"image": "x"}]}}),
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
    build: Build, check_rule: CheckRule, kind: str, inputs: Callable[[str], Any], path: str
) -> None:
    (breach,) = check_rule(RULE, build(kind, "churn", inputs("registry/churn:latest")))
    assert breach.property.endswith(path)
    assert check_rule(RULE, build(kind, "churn", inputs(DIGEST))) == []


@pytest.mark.parametrize(
    ("alias", "count"), [("al2023@latest", 1), ("al2023@v20260101", 0), ("${unknown}", 0)]
)
def test_nodes_have_a_release_of_their_image(
    build: Build, check_rule: CheckRule, alias: str, count: int
) -> None:
    node_class = build(
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
        "gpu",
        {"spec": {"amiSelectorTerms": [{"alias": alias}, {"id": "ami-1"}]}},
    )
    breaches = check_rule(RULE, node_class)
    assert [breach.property for breach in breaches] == ["spec.amiSelectorTerms[0].alias"] * count


def test_an_image_that_the_lock_lacks_is_a_finding() -> None:
    tagged = pod("registry.example.com/train:1.4")
    pinned = pod("registry.example.com/train:1.4@sha256:" + "0" * 64)
    assert not list(RULE.check(tagged, Manifest("shop", "prod", (tagged,))))
    locked = Manifest("shop", "prod", (tagged,), locked=True)
    [breach] = RULE.check(tagged, locked)
    assert "train:1.4 is not in lock.prod.yaml" in breach.reason
    assert breach.fix == "run `groundplan lock prod` and commit the file"
    assert not list(RULE.check(pinned, locked))


def pod(image: str) -> Resource:
    inputs = {"spec": {"containers": [{"name": "main", "image": image}]}}
    return Resource("urn:pod", "kubernetes:core/v1:Pod", "pod", None, True, inputs)


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({"amiType": "AL2023_x86_64_NVIDIA"}, 1),
        ({"amiType": "AL2023_x86_64_NVIDIA", "releaseVersion": "1.36.1-20260903"}, 0),
        ({"amiType": "CUSTOM"}, 0),
        ({}, 0),
    ],
)
def test_a_node_group_without_a_release_is_a_finding_beside_a_lock(
    inputs: dict[str, str], found: int
) -> None:
    group = Resource("urn:g", "aws:eks/nodeGroup:NodeGroup", "gpu", None, True, inputs)
    assert not list(RULE.check(group, Manifest("shop", "prod", (group,))))
    breaches = list(RULE.check(group, Manifest("shop", "prod", (group,), locked=True)))
    assert len(breaches) == found
