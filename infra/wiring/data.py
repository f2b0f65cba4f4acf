"""Named datasets, what teams do with them, and the pipelines that fill them."""

from collections.abc import Iterator
from typing import Any

from description import Call, Component, Reference
from groundplan.data.pipeline.choices import PipelineEngine
from references import ACCESS, CLUSTER_NAME, KUBERNETES, VPC
from settings import Settings

from wiring.components import component, notes

FIRST_SUBNET = {
    "vpc_id": VPC,
    "subnet_id": Reference("network", select=lambda network: network.private_subnet_ids[0]),
    "availability_zone": Reference("network", select=lambda network: network.zones[0]),
}
GLUE = PipelineEngine.GLUE
GRANTS = {"readers": "grant_read", "writers": "grant_write", "publishers": "grant_publish"}


def described(settings: Settings) -> Iterator[Component | Call]:
    if "datasets" not in settings:
        return
    section: dict[str, Any] = {**settings["datasets"]}
    access = section.pop("access", {})
    args: dict[str, Any] = {
        "bucket": ACCESS,
        "alarm_actions": [Reference("monitoring", "topic_arn")],
        **notes(settings),
        **section,
    }
    yield component(settings, "Datasets", "datasets", args)
    if "training" not in settings:
        return  # the rules of the environment report it
    for key, method in GRANTS.items():
        granted: dict[str, list[str]] = {}
        for dataset, who in access.items():
            for namespace in dict.fromkeys(who.get(key, ())):
                granted.setdefault(namespace, []).append(dataset)
        for namespace, datasets in granted.items():
            role = role_of(namespace)
            yield Call("datasets", method, {"role": role, "datasets": datasets, "name": namespace})


def pipelines(settings: Settings) -> Iterator[Component]:
    for name, pipeline in settings.get("pipelines", {}).items():
        args: dict[str, Any] = {
            "bucket": ACCESS,
            "alarm_actions": [Reference("monitoring", "topic_arn")],
            **notes(settings),
            **pipeline,
        }
        if "network" in args.get("glue", {}):
            args["glue"] = {**args["glue"], "network": FIRST_SUBNET}
        on_cluster = pipeline.get("engine", GLUE) != GLUE
        if on_cluster and "training" not in settings:
            continue  # the rules of the environment report it
        if "container" in args:
            args["container"] = {"cluster_name": CLUSTER_NAME, **args["container"]}
        yield component(
            settings,
            "DataPipeline",
            named(name),
            args,
            key=f"pipelines.{name}",
            provider=KUBERNETES if on_cluster else None,
        )


def named(pipeline: str) -> str:
    """Returns the name of the component of a pipeline."""
    return f"{pipeline}-pipeline"


def role_of(namespace: str) -> Reference:
    """Returns the IAM role that jobs of a namespace assume."""
    return Reference("training", "team_access", select=lambda access: access[namespace].role.role)
