"""Jobs of a retraining run on a cluster: what `TrainingJob` registers for the same
record, created once, and read as the API server has them."""

import copy
import io
import json
import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from groundplan.retraining.engine.cluster import manifests
from groundplan.retraining.engine.cluster.driver import on_cluster
from groundplan.retraining.engine.cluster.jobs import ClusterJobs, job_state
from groundplan.retraining.engine.services import (
    Evaluation,
    JobState,
    JobStatus,
    Refused,
    Services,
    TrainingRun,
)
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.job.training_job import TrainingJob
from moto import mock_aws
from retraining_world import SETTINGS

ARGS: Any = {
    "on": "cluster",
    "image": "ghcr.io/example/churn@sha256:" + "a" * 64,
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {
        "train": {"uri": "s3://artifacts/datasets/churn/1/", "version": f"churn@sha256:{'1' * 64}"}
    },
    "artifacts": {
        "bucket_name": "artifacts",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
}
FULL: Any = {
    **ARGS,
    "command": ["torchrun"],
    "arguments": ["train.py", "--note=$(NOTE)"],
    "parameters": {"epochs": 3, "learning_rate": 0.1, "optimizer": "adam"},
    "environment": {"LEVEL": "info", "PRICE": "$$5"},
    "secrets": {"HF_TOKEN": {"kubernetes_secret": "hugging-face", "key": "token"}},
    "seed": 7,
    "nodes": 4,
    "accelerators": 8,
    "job_name": "churn",
    "cluster": {"namespace": "vision", "queue": "vision", "pool": "p5", "efa_interfaces": 32},
}


@cache
def plan(name: str) -> Plan:
    args = {"plain": ARGS, "full": FULL}[name]
    return deploy(lambda: TrainingJob("churn", copy.deepcopy(args)))


def training(name: str) -> TrainingRun:
    outputs = plan(name).one("groundplan:index:TrainingJob").outputs
    text = plan(name).one("aws:s3/bucketObjectv2:BucketObjectv2").inputs["content"]
    return TrainingRun(outputs["jobName"], outputs["runId"], json.loads(text), outputs["recordUri"])


@pytest.mark.parametrize("name", ["plain", "full"])
def test_a_job_is_what_training_job_registers_for_the_same_record(name: str) -> None:
    *services, job = manifests.training(training(name))
    registered = plan(name).one("kubernetes:batch/v1:Job").inputs
    assert job["metadata"] == registered["metadata"]
    assert job["spec"] == registered["spec"]
    assert len(services) == (name == "full")
    for service in services:
        known = plan(name).one("kubernetes:core/v1:Service").inputs
        assert (service["metadata"], service["spec"]) == (known["metadata"], known["spec"])
    outputs = plan(name).one("groundplan:index:TrainingJob").outputs
    assert manifests.output_uri(training(name)) == outputs["outputUri"]


def test_a_record_of_sagemaker_is_refused() -> None:
    with pytest.raises(Refused, match="trained on SageMaker"):
        manifests.training(TrainingRun("a", "b", {"sagemaker": {}}, "s3://b/k"))


JOB = Evaluation(
    name="churn-run-1",
    run="run-1",
    image="ghcr.io/example/judge@sha256:" + "c" * 64,
    command=("python", "judge.py"),
    candidate_uri="s3://artifacts/models/2/model.tar.gz",
    champion_uri="s3://artifacts/models/1/model.tar.gz",
    champion_id="arn:1",
    data={"held_out": "s3://artifacts/held-out/"},
    output_uri="s3://artifacts/retraining/churn/runs/1/evaluation/",
)


def test_an_evaluation_is_one_node_of_the_champions_queue() -> None:
    job = manifests.evaluation(JOB, training("full").record, 1800)
    kubernetes_validate.validate(job, "1.35", strict=True)
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "vision"
    spec = job["spec"]
    assert (spec["suspend"], spec["completions"], spec["activeDeadlineSeconds"]) == (True, 1, 1800)
    (container,) = spec["template"]["spec"]["containers"]
    assert (container["image"], container["command"]) == (JOB.image, ["python", "judge.py"])
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert variables["GROUNDPLAN_CANDIDATE"] == JOB.candidate_uri
    assert variables["GROUNDPLAN_INPUT_HELD_OUT"] == "s3://artifacts/held-out/"
    assert variables["GROUNDPLAN_OUTPUT"] == JOB.output_uri
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert "vpc.amazonaws.com/efa" not in container["resources"]["limits"]


@dataclass
class FakeCluster:
    """An API server."""

    objects: dict[str, Any] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    refuses: int = 0

    def create(self, path: str, manifest: Mapping[str, Any]) -> bool:
        if self.refuses:
            text = io.BytesIO(b'{"message": "exceeded quota"}')
            raise urllib.error.HTTPError(path, self.refuses, "no", Message(), text)
        name = f"{path}/{manifest['metadata']['name']}"
        if name in self.objects:
            return False
        self.objects[name] = copy.deepcopy(dict(manifest))
        self.created.append(name)
        return True

    def get(self, path: str) -> dict[str, Any] | None:
        return self.objects.get(path)

    def delete(self, path: str) -> None:
        self.objects.pop(path, None)


def jobs(cluster: Any, s3: Any = None) -> ClusterJobs:
    return ClusterJobs(cluster, s3, SETTINGS, lambda: training("full").record)


def test_a_job_is_created_once_with_the_service_before_it() -> None:
    cluster = FakeCluster()
    for _ in range(2):
        jobs(cluster).start_training(training("full"))
    name = training("full").name
    assert cluster.created == [
        f"/api/v1/namespaces/vision/services/{name}",
        f"/apis/batch/v1/namespaces/vision/jobs/{name}",
    ]
    assert jobs(cluster).training(training("full")).status is JobStatus.RUNNING
    jobs(cluster).stop_training(training("full"))
    assert jobs(cluster).training(training("full")).status is JobStatus.ABSENT


@pytest.mark.parametrize(("code", "error"), [(403, Refused), (422, Refused), (503, Exception)])
def test_what_the_api_server_refuses_ends_the_run_and_what_it_cannot_do_now_does_not(
    code: int, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        jobs(FakeCluster(refuses=code)).start_evaluation(JOB)
    assert isinstance(caught.value, Refused) == (code != 503)
    if code != 503:
        assert "exceeded quota" in str(caught.value)


def condition(kind: str, **more: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"type": kind, "status": "True", **more}]}}


TIMES = {"startTime": "2026-11-28T09:00:00Z", "completionTime": "2026-11-28T10:30:00Z"}


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (None, JobState(JobStatus.ABSENT)),
        ({"spec": {"suspend": True}}, JobState(JobStatus.RUNNING, "waits in the queue")),
        ({"spec": {}, "status": {"active": 1}}, JobState(JobStatus.RUNNING, "running")),
        (
            condition("Failed", reason="DeadlineExceeded", message="too long"),
            JobState(JobStatus.FAILED, "DeadlineExceeded: too long"),
        ),
        (condition("Complete"), JobState(JobStatus.SUCCEEDED)),
        (
            {"status": {**condition("Complete")["status"], **TIMES}},
            JobState(JobStatus.SUCCEEDED, node_hours=6.0),
        ),
    ],
)
def test_a_job_is_where_its_conditions_say(found: Any, state: JobState) -> None:
    assert job_state(found, 4) == state


@pytest.mark.parametrize(
    ("files", "model"),
    [(["model.tar.gz", "log"], "model.tar.gz"), (["weights.bin"], ""), ([], None)],
)
def test_the_model_is_the_archive_else_the_folder(
    files: list[str], model: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    run, cluster = training("plain"), FakeCluster()
    folder = manifests.output_uri(run)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="artifacts")
        for name in files:
            s3.put_object(Bucket="artifacts", Key=f"{folder.split('/', 3)[3]}{name}", Body=b"x")
        jobs(cluster).start_training(run)
        (path,) = cluster.created
        cluster.objects[path] |= condition("Complete")
        found = jobs(cluster, s3).training(run)
    assert found.status is JobStatus.SUCCEEDED
    assert found.model_uri == ("" if model is None else f"{folder}{model}")


def test_an_evaluation_takes_the_place_of_the_champion_that_serves() -> None:
    class Models:
        @staticmethod
        def champion() -> Any:
            class Champion:
                record = training("full").record

            return Champion

    cluster: Any = FakeCluster()
    services: Any = Services(s3=None, jobs=None, models=Models, releases=None)  # type: ignore[arg-type]
    known = on_cluster(services, cluster, SETTINGS)
    known.jobs.start_evaluation(JOB)
    assert cluster.created == ["/apis/batch/v1/namespaces/vision/jobs/churn-run-1"]
    assert known.jobs.evaluation(JOB).reason == "waits in the queue"
