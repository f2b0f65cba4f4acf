"""A run that logs to MLflow has what it needs for it."""

import copy
import json
from functools import cache
from typing import Any

import pytest
from groundplan import ArtifactBucket
from groundplan.registry.experiment_tracking.experiment_tracking import ExperimentTracking
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.job import container
from groundplan.training.job.training_job import TrainingJob

VERSION = f"churn@sha256:{'1' * 64}"
ARGS: Any = {
    "on": "sagemaker",
    "image": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:{'a' * 64}",
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {"train": {"uri": "s3://data/churn/1/", "version": VERSION}},
    "sagemaker": {"instance_type": "ml.m5.xlarge", "network_isolation": False},
}
RECORD: dict[str, Any] = {
    "name": "churn",
    "code": ARGS["code"],
    "datasets": ARGS["datasets"],
    "tracking": {"uri": "arn:app"},
}


def train(**changes: Any) -> Plan:
    def program() -> None:
        artifacts = ArtifactBucket("artifacts")
        tracking = ExperimentTracking(
            "tracking", {"server": "managed", "artifacts": artifacts.access}
        )
        args = {"artifacts": artifacts.access, "tracking": tracking.access, **changes}
        TrainingJob("churn", copy.deepcopy(ARGS) | args)

    return deploy(program)


@cache
def trained() -> Plan:
    return train()


def test_the_container_knows_the_server_and_what_to_tag_runs_with() -> None:
    found = trained().one("aws:sagemaker/trainingJob:TrainingJob").inputs["environment"]
    assert found["MLFLOW_TRACKING_URI"] == "${tracking-app.arn}"
    assert found["MLFLOW_EXPERIMENT_NAME"] == "churn"
    assert json.loads(found["MLFLOW_RUN_CONTEXT"]) == {
        "groundplan.code_revision": "b" * 40,
        "groundplan.dataset.train": VERSION,
    }


def test_the_role_may_call_the_app_and_write_its_files() -> None:
    own = trained().one("aws:iam/rolePolicy:RolePolicy", "churn-tracking-policy").inputs
    found = policy(own["policy"])
    assert own["role"] == "${churn-role.name}"
    assert found["CallMlflow"]["Resource"] == "${tracking-app.arn}"
    assert "sagemaker:CallMlflowAppApi" in found["CallMlflow"]["Action"]
    assert found["WriteObjects"]["Resource"] == "${artifacts-bucket.arn}/mlflow/*"


def test_the_record_names_the_server_and_nothing_without_one() -> None:
    text = trained().one("aws:s3/bucketObjectv2:BucketObjectv2").inputs["content"]
    assert json.loads(text)["tracking"] == {"uri": "${tracking-app.arn}"}
    assert container.tracking({**RECORD, "tracking": None}) == {}


def test_the_tags_fit_into_a_variable_of_sagemaker() -> None:
    datasets = {f"data_{number}": {"version": VERSION} for number in range(20)}
    found = container.tracking({**RECORD, "datasets": datasets})["MLFLOW_RUN_CONTEXT"]
    assert len(found) <= container.MAX_VALUE
    assert json.loads(found)["groundplan.dataset.data_0"] == VERSION


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"sagemaker": {"instance_type": "ml.m5.xlarge"}}, "sagemaker.network_isolation"),
        ({"environment": {"MLFLOW_TRACKING_URI": "x"}}, "environment.MLFLOW_TRACKING_URI"),
    ],
)
def test_what_a_run_that_logs_cannot_have_is_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(Exception, match=key):
        train(**changes)
