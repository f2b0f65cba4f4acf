"""A run on a cluster without AWS: its record, its store, and the retraining that reads
both."""

import copy
import hashlib
import io
import json
import pathlib
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import moto_lookups
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.retraining.engine.cluster import manifests
from groundplan.retraining.engine.services import TrainingRun
from groundplan.testing import Plan, deploy
from groundplan.training.job import record_writer
from groundplan.training.job.training_job import TrainingJob
from moto import mock_aws

STORE = {
    "bucket_name": "models",
    "endpoint_url": "http://minio.minio.svc:9000",
    "secret": "store",
}
ARGS: dict[str, Any] = {
    "on": "cluster",
    "image": "ghcr.io/example/churn@sha256:" + "a" * 64,
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {
        "train": {"uri": "s3://models/datasets/churn/1/", "version": f"churn@sha256:{'1' * 64}"}
    },
    "object_store": STORE,
    "record_image": "registry.example.com/monitoring:1.0.0",
    "nodes": 2,
    "cluster": {"namespace": "team"},
}
SECRET = {"secretKeyRef": {"name": "store", "key": "AWS_ACCESS_KEY_ID"}}


def deployed(args: dict[str, Any]) -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        given: Any = copy.deepcopy(args)
        TrainingJob("churn", given, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program, project="ml", stack="local")


@cache
def plan() -> Plan:
    return deployed(ARGS)


def outputs() -> dict[str, Any]:
    return dict(plan().one("groundplan:index:TrainingJob").outputs)


def job() -> Any:
    return plan().one("kubernetes:batch/v1:Job").inputs


def text() -> str:
    (found,) = plan().one("kubernetes:core/v1:ConfigMap").inputs["data"].values()
    return str(found)


def variables(container: Any) -> dict[str, Any]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def test_nothing_is_of_aws() -> None:
    assert not [r.type for r in plan().manifest if "aws" in r.type]
    assert plan().manifest.invokes == ()


def test_the_record_is_in_a_config_map_that_the_job_waits_for_and_mounts() -> None:
    run = outputs()["runId"]
    assert hashlib.sha256(text().encode()).hexdigest() == run
    assert outputs()["recordUri"] == f"s3://models/runs/churn/{run}/run.json"
    record = plan().one("kubernetes:core/v1:ConfigMap")
    assert record.inputs["metadata"] == {"name": outputs()["jobName"], "namespace": "team"}
    assert record.inputs["immutable"] is True
    pod = job()["spec"]["template"]["spec"]
    (writer,) = pod["initContainers"]
    (volume,) = [v for v in pod["volumes"] if "configMap" in v]
    assert volume["configMap"]["name"] == outputs()["jobName"]
    assert [m["name"] for m in writer["volumeMounts"]] == [volume["name"]]
    assert variables(writer)["GROUNDPLAN_RECORD"] == outputs()["recordUri"]
    assert variables(writer)["AWS_ACCESS_KEY_ID"] == SECRET
    assert record.urn in plan().one("kubernetes:batch/v1:Job").dependencies


def test_the_job_is_valid_and_its_container_has_the_store() -> None:
    manifest = {"apiVersion": "batch/v1", "kind": "Job", **copy.deepcopy(job())}
    kubernetes_validate.validate(manifest, "1.33", strict=True)
    (trainer,) = job()["spec"]["template"]["spec"]["containers"]
    assert variables(trainer)["AWS_ENDPOINT_URL_S3"] == STORE["endpoint_url"]
    assert variables(trainer)["AWS_ACCESS_KEY_ID"] == SECRET


def test_runs_and_evaluations_of_a_retraining_have_the_store_from_the_record() -> None:
    """They are the same job, whose record the driver has written already."""
    record = json.loads(text())
    uri, run = outputs()["recordUri"], outputs()["runId"]
    again = TrainingRun(outputs()["jobName"], run, record, uri)
    (_service, found) = manifests.training(again)
    registered = copy.deepcopy(job())
    pod = registered["spec"]["template"]["spec"]
    del pod["initContainers"]
    pod["volumes"] = [v for v in pod["volumes"] if "configMap" not in v]
    assert found["metadata"] == registered["metadata"]
    assert found["spec"] == registered["spec"]
    assert record["secrets"]["AWS_SECRET_ACCESS_KEY"]["kubernetes_secret"] == "store"


def test_the_section_of_sagemaker_may_be_there_for_another_day() -> None:
    """`on` says what is used."""
    found = deployed({**ARGS, "sagemaker": {"instance_type": "ml.m5.xlarge"}})
    assert found.one("groundplan:index:TrainingJob").outputs["runId"] == outputs()["runId"]


def test_without_keep_runs_the_record_goes_with_its_job() -> None:
    for keep in (True, False):
        found = deployed({**ARGS, "keep_runs": keep})
        for kind in ("core/v1:ConfigMap", "batch/v1:Job"):
            assert found.one(f"kubernetes:{kind}").options.get("retainOnDelete", False) is keep


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"record_image": None}, ["record_image"]),
        ({"record_image": "monitoring"}, ["record_image"]),
        ({"object_store": None}, ["artifacts", "record_image"]),
        ({"object_store": {**STORE, "endpoint_url": "minio"}}, ["object_store.endpoint_url"]),
        ({"artifacts": {"bucket_name": "a", "bucket_arn": "b", "kms_key_arn": "c"}},
         ["object_store"]),
        ({"environment": {"AWS_REGION": "eu-west-1"}}, ["environment.AWS_REGION"]),
        (
            {"on": "sagemaker", "sagemaker": {"instance_type": "ml.m5.xlarge"}},
            ["object_store", "image"],  # which is not in ECR
        ),
    ],
)  # fmt: skip
def test_what_is_refused(changes: dict[str, Any], keys: list[str]) -> None:
    args = {key: value for key, value in {**ARGS, **changes}.items() if value is not None}
    with pytest.raises(InvalidArguments) as caught:
        deployed(args)
    assert [problem.key for problem in caught.value.problems] == keys


# What the container executes.


def test_all_nodes_write_one_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / record_writer.NAME).write_text(text(), encoding="utf-8")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    uri = outputs()["recordUri"]
    with moto_lookups.once(), mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="models")
        environment = {record_writer.URI: uri}
        assert record_writer.main(environment, str(tmp_path)) == 0
        assert record_writer.main(environment, str(tmp_path)) == 0
        key = uri.removeprefix("s3://models/")
        assert s3.get_object(Bucket="models", Key=key)["Body"].read().decode() == text()
        s3.put_object(Bucket="models", Key=key, Body=b"{}")
        assert record_writer.main(environment, str(tmp_path)) == 1
        assert s3.get_object(Bucket="models", Key=key)["Body"].read() == b"{}"


def test_a_record_of_another_run_is_not_written() -> None:
    class Nothing:
        def put_object(self, **_: Any) -> None:
            raise AssertionError("written")

    with pytest.raises(record_writer.Refused, match="is not of run"):
        record_writer.write(Nothing(), outputs()["recordUri"], text() + " ")


def test_two_nodes_at_the_same_moment_try_again() -> None:
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    class Conflicting:
        tries = 0

        def put_object(self, **_: Any) -> None:
            self.tries += 1
            if self.tries < 3:
                code = {"Code": "ConditionalRequestConflict", "Message": "try again"}
                raise ClientError({"Error": code}, "PutObject")
            code = {"Code": "PreconditionFailed", "Message": "it is there"}
            raise ClientError({"Error": code}, "PutObject")

        def get_object(self, **_: Any) -> dict[str, Any]:
            return {"Body": io.BytesIO(text().encode())}

    store = Conflicting()
    assert record_writer.write(store, outputs()["recordUri"], text()) is False
    assert store.tries == 3
