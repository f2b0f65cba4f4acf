"""The containers that resources run: their images, their environment variables, and the
pods of Kubernetes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.catalog.aws.sagemaker import MODEL, TRAINING_JOB
from groundplan.manifest.model import Resource
from groundplan.policy.reading import at, objects

FUNCTION = "aws:lambda/function:Function"
TASKS = "aws:ecs/taskDefinition:TaskDefinition"
JOBS = "aws:batch/jobDefinition:JobDefinition"
BUILDS = "aws:codebuild/project:Project"
CONFIG_MAPS = ("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapPatch")


@dataclass(frozen=True)
class Variable:
    """An environment variable."""

    name: str
    value: Any
    path: str
    """Its path in the resource's inputs."""


def variables(resource: Resource) -> Iterator[Variable]:
    """Yields the environment variables of a resource's program."""
    inputs = resource.inputs
    if resource.type == FUNCTION:
        yield from _mapping(at(inputs, "environment", "variables"), "environment.variables")
    elif resource.type in CONFIG_MAPS:
        yield from _mapping(inputs.get("data"), "data")
    elif resource.type == BUILDS:
        for index, entry in enumerate(objects(at(inputs, "environment", "environmentVariables"))):
            if entry.get("type", "PLAINTEXT") == "PLAINTEXT":
                path = f"environment.environmentVariables[{index}]"
                yield Variable(str(entry.get("name")), entry.get("value"), path)
    elif resource.type == MODEL.token:
        for path, container in _model_containers(inputs):
            yield from _mapping(container.get("environment"), f"{path}.environment")
    elif resource.type == TRAINING_JOB.token:
        yield from _mapping(inputs.get("environment"), "environment")
        yield from _mapping(inputs.get("hyperParameters"), "hyperParameters")
    elif resource.type in (TASKS, JOBS) or is_kubernetes(resource):
        for path, container in containers(resource):
            yield from _entries(container, path)


def images(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """(path, container, image) of the images that a resource runs."""
    if resource.type == FUNCTION and resource.inputs.get("imageUri") is not None:
        yield "imageUri", resource.name, resource.inputs["imageUri"]
    elif resource.type == MODEL.token:
        for path, container in _model_containers(resource.inputs):
            yield f"{path}.image", resource.name, container.get("image")
    elif resource.type == TRAINING_JOB.token:
        image = at(resource.inputs, "algorithmSpecification", "trainingImage")
        yield "algorithmSpecification.trainingImage", resource.name, image
    elif resource.type in (TASKS, JOBS) or is_kubernetes(resource):
        if is_kubernetes(resource) and resource.type.endswith(":TrainJob"):
            yield (
                "spec.trainer.image",
                resource.name,
                at(resource.inputs, "spec", "trainer", "image"),
            )
        for path, container in containers(resource):
            yield f"{path}.image", str(container.get("name", resource.name)), container.get("image")


def containers(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, container) of all containers that a Kubernetes workload, an ECS task or a
    Batch job runs."""
    if resource.type == TASKS:
        yield from _listed(
            "containerDefinitions", _data(resource.inputs.get("containerDefinitions"))
        )
    elif resource.type == JOBS:
        yield from _listed("containerProperties", _data(resource.inputs.get("containerProperties")))
    else:
        for path, pod in pods(resource):
            for key in ("initContainers", "containers", "ephemeralContainers"):
                yield from _listed(f"{path}.{key}", pod.get(key))
            if _serves(pod):
                yield f"{path}.model", pod["model"]


def pods(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, pod spec) of all pods in a Kubernetes object: any object with a list of
    containers, so that custom resources are included."""
    if is_kubernetes(resource):
        yield from _pods("spec", resource.inputs.get("spec"))
        yield from _pods("template", resource.inputs.get("template"))


def is_kubernetes(resource: Resource) -> bool:
    """Returns whether it is a Kubernetes object; a chart is not, its objects are
    created in the cluster."""
    return resource.type.startswith("kubernetes:") and not resource.type.startswith(
        "kubernetes:helm.sh"
    )


def _pods(path: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        listed = [
            value[key]
            for key in ("containers", "initContainers")
            if isinstance(value.get(key), list)
        ]
        if any(any(objects(containers)) for containers in listed) or _serves(value):
            yield path, value
            return
        for key, item in value.items():
            yield from _pods(f"{path}.{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _pods(f"{path}[{index}]", item)


def _serves(pod: Mapping[str, Any]) -> bool:
    """Returns whether it is a pod of KServe, whose first container is its `model`."""
    model = pod.get("model")
    return isinstance(model, Mapping) and "modelFormat" in model


def _model_containers(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for container in objects(inputs.get("primaryContainer")):
        yield "primaryContainer", container
    yield from _listed("containers", inputs.get("containers"))


def _listed(path: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, item in enumerate(objects(value)):
        yield f"{path}[{index}]" if isinstance(value, list) else path, item


def _mapping(value: Any, path: str) -> Iterator[Variable]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield Variable(str(name), item, f"{path}.{name}")


def _entries(container: Mapping[str, Any], path: str) -> Iterator[Variable]:
    for key in ("env", "environment"):
        for index, entry in enumerate(objects(container.get(key))):
            yield Variable(str(entry.get("name")), entry.get("value"), f"{path}.{key}[{index}]")


def _data(value: Any) -> Any:
    """Returns the data of a JSON text; `None` where it isn't one."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
