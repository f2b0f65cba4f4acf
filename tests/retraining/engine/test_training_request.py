"""A training job of a run is what `TrainingJob` registers for the same record: only the
data differs."""

import copy
import dataclasses
import json
import pathlib
import re
from functools import cache
from typing import Any

import pytest
from groundplan.retraining.engine.sagemaker import requests
from groundplan.retraining.engine.services import Refused, TrainingRun
from groundplan.retraining.engine.settings import RetrainingSettings, TrainingSettings
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.job import record
from groundplan.training.job.training_job import TrainingJob
from retraining_world import SETTINGS

JOB = "aws:sagemaker/trainingJob:TrainingJob"
KEY = "arn:aws:kms:us-east-1:123456789012:key/artifacts"
ROLE = "arn:aws:iam::123456789012:role/training"
ARGS: Any = {
    "on": "sagemaker",
    "image": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:{'a' * 64}",
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {
        "train": {"uri": "s3://data/churn/1/", "version": f"churn@sha256:{'1' * 64}"},
        "test": {"uri": "s3://artifacts/datasets/test/", "version": f"churn@sha256:{'3' * 64}"},
    },
    "artifacts": {
        "bucket_name": "artifacts",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": KEY,
    },
    "job_name": "churn",
    "sagemaker": {"instance_type": "ml.m5.xlarge", "role_arn": ROLE},
}
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hugging-face-AbCdEf"
FULL: Any = {
    **ARGS,
    "command": ["torchrun"],
    "arguments": ["train.py", "--note"],
    "parameters": {"epochs": 3, "learning_rate": 0.1},
    "environment": {"LEVEL": "info"},
    "secrets": {"HF_TOKEN": {"secret_arn": SECRET}},
    "tracking": {
        "tracking_uri": "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-1",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": KEY,
        "prefix": "mlflow/",
    },
    "seed": 7,
    "nodes": 2,
    "max_runtime_seconds": 3600,
    "max_restarts": 0,
    "sagemaker": {
        "instance_type": "ml.g5.12xlarge",
        "dataset_mode": "file",
        "spot": True,
        "max_wait_seconds": 9000,
        "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"]},
        "network_isolation": False,
        "traffic_encryption": False,
    },
}


@cache
def plan(name: str) -> Plan:
    args = {"plain": ARGS, "full": FULL}[name]
    return deploy(lambda: TrainingJob("churn", copy.deepcopy(args)))


def settings(**training: Any) -> RetrainingSettings:
    own = TrainingSettings(**{"kms_key_arn": KEY, "job_name": "churn", **training})
    return RetrainingSettings(
        endpoint="e", region="us-east-1", bucket="b", dataset="churn:latest", training=own
    )


def run_of(registered: Plan, **more: Any) -> TrainingRun:
    """The same run again, from its record."""
    text = registered.one("aws:s3/bucketObjectv2:BucketObjectv2").inputs["content"]
    outputs = registered.one("groundplan:index:TrainingJob").outputs
    identity = record.run_id(text)
    return TrainingRun(outputs["jobName"], identity, json.loads(text), outputs["recordUri"], **more)


def as_registered(request: dict[str, Any]) -> dict[str, Any]:
    """A request in the form of the resource."""
    source = request["AlgorithmSpecification"]
    resources, network = request["ResourceConfig"], request.get("VpcConfig")
    volume = {
        "volumeSizeInGb": resources.get("VolumeSizeInGB"),
        "volumeKmsKeyId": resources.get("VolumeKmsKeyId"),
    }
    return {
        "trainingJobName": request["TrainingJobName"],
        "algorithmSpecification": {
            "trainingImage": source["TrainingImage"],
            "trainingInputMode": source["TrainingInputMode"],
            "containerEntrypoints": source.get("ContainerEntrypoint"),
            "containerArguments": source.get("ContainerArguments"),
        },
        "hyperParameters": request.get("HyperParameters"),
        "environment": request["Environment"],
        "inputs": [
            (
                channel["ChannelName"],
                channel["InputMode"],
                channel["DataSource"]["S3DataSource"]["S3Uri"],
                channel["DataSource"]["S3DataSource"]["S3DataType"],
                channel["DataSource"]["S3DataSource"]["S3DataDistributionType"],
            )
            for channel in request["InputDataConfig"]
        ],
        "checkpoint": [
            request["CheckpointConfig"]["S3Uri"],
            request["CheckpointConfig"]["LocalPath"],
        ],
        "output": [
            request["OutputDataConfig"]["S3OutputPath"],
            request["OutputDataConfig"]["KmsKeyId"],
            request["OutputDataConfig"]["CompressionType"],
        ],
        "resources": [resources["InstanceType"], resources["InstanceCount"], volume],
        "stopping": request["StoppingCondition"],
        "retries": request.get("RetryStrategy", {}).get("MaximumRetryAttempts"),
        "flags": [
            request["EnableManagedSpotTraining"],
            request["EnableNetworkIsolation"],
            request["EnableInterContainerTrafficEncryption"],
        ],
        "subnets": network and network["Subnets"],
    }


def registered_job(registered: Plan) -> dict[str, Any]:
    """What the resource says, in the same form."""
    job = registered.one(JOB).inputs
    algorithm, resources = job["algorithmSpecification"], job["resourceConfig"]
    stopping = {
        "MaxRuntimeInSeconds": job["stoppingCondition"]["maxRuntimeInSeconds"],
        "MaxWaitTimeInSeconds": job["stoppingCondition"].get("maxWaitTimeInSeconds"),
    }
    return {
        "trainingJobName": job["trainingJobName"],
        "algorithmSpecification": {
            key: algorithm.get(key)
            for key in (
                "trainingImage",
                "trainingInputMode",
                "containerEntrypoints",
                "containerArguments",
            )
        },
        "hyperParameters": job.get("hyperParameters"),
        "environment": job["environment"],
        "inputs": [
            (
                channel["channelName"],
                channel["inputMode"],
                channel["dataSource"]["s3DataSource"]["s3Uri"],
                channel["dataSource"]["s3DataSource"]["s3DataType"],
                channel["dataSource"]["s3DataSource"]["s3DataDistributionType"],
            )
            for channel in job["inputDataConfigs"]
        ],
        "checkpoint": [job["checkpointConfig"]["s3Uri"], job["checkpointConfig"]["localPath"]],
        "output": [
            job["outputDataConfig"]["s3OutputPath"],
            job["outputDataConfig"]["kmsKeyId"],
            job["outputDataConfig"]["compressionType"],
        ],
        "resources": [
            resources["instanceType"],
            resources["instanceCount"],
            {key: resources.get(key) for key in ("volumeSizeInGb", "volumeKmsKeyId")},
        ],
        "stopping": {key: value for key, value in stopping.items() if value is not None},
        "retries": job.get("retryStrategy", {}).get("maximumRetryAttempts"),
        "flags": [
            job["enableManagedSpotTraining"],
            job["enableNetworkIsolation"],
            job["enableInterContainerTrafficEncryption"],
        ],
        "subnets": job.get("vpcConfig", {}).get("subnets"),
    }


@pytest.mark.parametrize("name", ["plain", "full"])
def test_job_of_a_record_is_the_one_that_the_stack_registers(name: str) -> None:
    more = {"role_arn": ROLE, "security_group_ids": ("sg-1",)} if name == "full" else {}
    request = requests.training(run_of(plan(name)), settings(**more))
    assert as_registered(request) == registered_job(plan(name))
    assert request["RoleArn"] == ROLE


def test_job_has_the_role_of_the_settings_which_the_function_may_pass() -> None:
    other = "arn:aws:iam::123456789012:role/of-the-pipeline"
    assert requests.training(run_of(plan("plain")), settings(role_arn=other))["RoleArn"] == other


def test_champion_of_a_cluster_is_referred_to_a_page_that_exists() -> None:
    known = run_of(plan("plain"))
    on_cluster = {**known.record, "sagemaker": None}
    with pytest.raises(Refused) as caught:
        requests.training(dataclasses.replace(known, record=on_cluster), settings())
    (page,) = re.findall(r"docs/[a-z/-]+\.md", str(caught.value))
    assert (pathlib.Path(__file__).parents[3] / page).is_file()


def test_dataset_version_is_read_by_the_list_of_its_objects() -> None:
    run = run_of(plan("plain"), manifests={"train": "s3://b/list.json"})
    channels = requests.training(run, settings())["InputDataConfig"]
    sources = {c["ChannelName"]: c["DataSource"]["S3DataSource"] for c in channels}
    assert (sources["train"]["S3DataType"], sources["train"]["S3Uri"]) == (
        "ManifestFile",
        "s3://b/list.json",
    )
    assert sources["test"]["S3DataType"] == "S3Prefix"


@pytest.mark.parametrize(
    ("name", "training", "message"),
    [
        ("full", {}, "set training.role_arn"),
        ("full", {"role_arn": ROLE}, "set training.security_group_ids"),
    ],
)
def test_what_the_record_does_not_contain_must_be_set(
    name: str, training: Any, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        requests.training(run_of(plan(name)), settings(**training))


def test_record_of_a_cluster_is_refused_on_sagemaker() -> None:
    run = TrainingRun("churn", "1", {"on": "cluster"}, "s3://b/run.json")
    with pytest.raises(Refused, match="trained on a cluster"):
        requests.training(run, SETTINGS)
