"""Pipelines of an environment whose runs the training cluster carries."""

import json
from typing import Any

import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.testing import deploy

CONTAINER: dict[str, Any] = {
    "script": "examples/data-pipeline/wines.py",
    "image": "registry.example.com/pipeline:1.0.0",
    "namespace": "vision",
}
PIPELINE: dict[str, Any] = {
    "dataset": "wines",
    "inputs": {"raw": "raw/wines/"},
    "engine": "container",
    "container": CONTAINER,
    "triggers": {"objects": True},
}
RAY: dict[str, Any] = {**PIPELINE, "engine": "ray", "ray": {"version": "2.60.0"}}
TRAINING: dict[str, Any] = {
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
    "teams": {"vision": {}},
}
SECTIONS: dict[str, Any] = {
    "datasets": {"sets": {"wines": {}}},
    "training": TRAINING,
    "artifacts": {"eventNotifications": False},
    "pipelines": {"wines": PIPELINE},
}


def described(sections: dict[str, Any]) -> Any:
    values = {
        f"groundplan:{key}": json.dumps(value)
        for key, value in sections.items()
        if value is not None
    }
    return describe("groundplan", "test", {"aws:region": "us-east-1", **values})


def test_a_pipeline_is_a_cron_job_of_the_cluster_without_events() -> None:
    environment = described(SECTIONS)
    plan = deploy(lambda: registration.register(environment), region="us-east-1")
    job = plan.one("kubernetes:batch/v1:CronJob", "wines-pipeline-driver")
    assert job.inputs["metadata"]["namespace"] == "vision"
    identities = plan.all("aws:eks/podIdentityAssociation:PodIdentityAssociation").values()
    (driver,) = [i for i in identities if i.name == "wines-pipeline-driver-identity"]
    (script,) = [i for i in identities if i.name == "wines-pipeline-script-identity"]
    assert driver.inputs["clusterName"] == script.inputs["clusterName"]
    assert driver.inputs["clusterName"] == "project-test-training"
    assert not plan.all("aws:sfn/stateMachine:StateMachine")


def test_ray_is_accepted_where_the_cluster_has_it() -> None:
    training = {**TRAINING, "frameworks": {"ray": True}}
    environment = described({**SECTIONS, "training": training, "pipelines": {"wines": RAY}})
    assert "wines-pipeline" in {component.name for component in environment.components}


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"training": None}, ["engine"]),
        ({"pipelines": {"wines": RAY}}, ["engine"]),
        (
            {
                "pipelines": {
                    "wines": {**PIPELINE, "container": {**CONTAINER, "namespace": "visoin"}}
                }
            },
            ["container.namespace"],
        ),
        (
            {"pipelines": {"wines": {**PIPELINE, "container": {**CONTAINER, "pool": "cpus"}}}},
            ["container.pool"],
        ),
        ({"pipelines": {"wines": {**PIPELINE, "tracing": True}}}, ["tracing"]),
        ({"pipelines": {"wines": {**PIPELINE, "engine": "glue"}}}, ["container", "glue"]),
    ],
)
def test_what_the_cluster_cannot_carry_is_refused(changes: dict[str, Any], keys: list[str]) -> None:
    with pytest.raises(InvalidSettings) as refused:
        described({**SECTIONS, **changes})
    found = {p.key.removeprefix("groundplan:") for p in refused.value.problems}
    if changes.get("pipelines", {}).get("wines", {}).get("engine") == "glue":
        found.discard("pipelines.wines.triggers.objects")
    assert sorted(found) == [f"pipelines.wines.{key}" for key in keys]
