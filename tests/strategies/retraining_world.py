"""What a run starts from: a champion that serves, its record, a newer dataset version,
and data to evaluate on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from groundplan.data.versions import DatasetObject, manifest, parts
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from groundplan.retraining.engine.settings import (
    EvaluationSettings,
    LimitSettings,
    RetrainingSettings,
    TrainingSettings,
)
from groundplan.training.job import record

ENDPOINT, BUCKET, REGION = "ml-prod-churn", "artifacts", "eu-west-1"
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/churn@{DIGEST}"
MODEL_IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/serve@{DIGEST}"
CONFIG = f"{ENDPOINT}-config"
GATES = {
    "metrics": {
        "auc": {"min": 0.8, "max_regression": 0.01, "slices": {"data=recent": {}}},
    }
}
TARGET: dict[str, Any] = {
    "endpoint": ENDPOINT,
    "region": REGION,
    "variant": "primary",
    "instance_type": "ml.m5.xlarge",
    "instance_count": 2,
    "role_arn": "arn:aws:iam::123456789012:role/churn",
    "model_package_group": "churn",
    "deployment_config": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}},
    "gates": GATES,
    "audit": {"bucket": BUCKET, "prefix": "releases"},
}
SETTINGS = RetrainingSettings(
    endpoint=ENDPOINT,
    region=REGION,
    bucket=BUCKET,
    dataset="churn:latest",
    release_target=TARGET,
    topic_arn="arn:aws:sns:eu-west-1:123456789012:retraining",
    training=TrainingSettings(role_arn="arn:aws:iam::123456789012:role/training", usd_per_hour=2.0),
    evaluation=EvaluationSettings(
        held_out="s3://artifacts/held-out/", recent="s3://artifacts/recent/", usd_per_hour=0.5
    ),
    limits=LimitSettings(usd_per_run=20, usd_per_month=50, bake_minutes=0),
)
DRIFT: dict[str, Any] = {
    "id": "1",
    "source": "groundplan.model-monitoring",
    "detail-type": "Model Monitoring Check",
    "detail": {
        "monitor": "churn",
        "end": "2026-11-28T00:00:00Z",
        "digest": "sha256:abc",
        "statuses": {"data_drift": "alarm", "quality": "ok"},
        "alarms": [{"reason": "distance 0.3 of age"}],
    },
}
QUALITY: dict[str, Any] = {
    **DRIFT,
    "detail": {**DRIFT["detail"], "digest": "sha256:def", "statuses": {"quality": "alarm"}},
}
SCHEDULED = {"kind": "schedule", "time": "2026-11-28T06:00:00Z"}
PERSON = {"kind": "person", "id": "1", "reason": "a new season", "by": "jo"}
API = {"kind": "api", "id": "7", "reason": "the shop has new products", "by": "shop"}
LOOK = {"kind": "look"}


def tag_event(tag: str = "latest") -> dict[str, Any]:
    """The event of S3 when a tag moves."""
    key = f"datasets/churn/tags/{tag}.json"
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": BUCKET}, "object": {"key": key}},
    }


def dataset(number: int, passed: bool = True, folder: str = "") -> tuple[bytes, bytes, str]:
    """The manifest of a dataset version, its list of objects, and its digest."""
    where = folder or f"datasets/churn/objects/{number}/"
    objects = [DatasetObject(part, f"{where}{part}.parquet", "v1", 10, "") for part in "ab"]
    content = parts.lines(objects)
    quality = manifest.Description(quality={"passed": passed})
    text = manifest.written("churn", (parts.described(objects, content),), quality)
    return text, content, hashlib.sha256(text).hexdigest()


def version(number: int) -> str:
    """A dataset version, as records name it."""
    return f"churn@sha256:{dataset(number)[2]}"


def trained(number: int, **changes: Any) -> dict[str, Any]:
    """The record of a run that trained on a dataset version."""
    return {
        "schema": 1,
        "name": "churn",
        "image": IMAGE,
        "command": [],
        "arguments": ["--epochs", "3"],
        "code": {"repository": "https://git.example.com/churn", "revision": "89abcdef" * 5},
        "datasets": {
            "train": {
                "uri": f"s3://{BUCKET}/datasets/churn/versions/{dataset(number)[2]}.json",
                "version": version(number),
            }
        },
        "parameters": {"depth": 6},
        "environment": {"LOG_LEVEL": "info"},
        "secrets": {},
        "seed": 7,
        "nodes": 2,
        "processes_per_node": 1,
        "max_runtime_seconds": 7200,
        "max_restarts": 1,
        "bucket": BUCKET,
        "checkpoint_prefix": "checkpoints/churn/",
        "output_prefix": "models/churn/",
        "on": "sagemaker",
        "sagemaker": {
            "instance_type": "ml.m5.xlarge",
            "volume_gib": 100,
            "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/volumes",
            "dataset_mode": "fast-file",
            "spot": False,
            "max_wait_seconds": None,
            "network": None,
            "network_isolation": True,
            "traffic_encryption": True,
            "role_arn": None,
        },
        **changes,
    }


def publish(account: Any, number: int, tag: str = "latest", **changes: Any) -> None:
    """Publishes a dataset version."""
    text, content, digest = dataset(number, **changes)
    account.put(f"datasets/churn/versions/{digest}.json", text)
    part = parts.compressed(content)
    account.put(f"datasets/churn/parts/{hashlib.sha256(content).hexdigest()}.jsonl.gz", part)
    found = {"dataset": "churn", "tag": tag, "digest": f"sha256:{digest}", "sequence": number}
    account.put(f"datasets/churn/tags/{tag}.json", json.dumps(found))


def champion(s3_put: Any, sagemaker: Any) -> str:
    """Registers the version that serves, trained on the first dataset version."""
    text = record.canonical(trained(1))
    run = record.run_id(text)
    s3_put(f"runs/churn/{run}/run.json", text)
    s3_put("manifests/prod.json", "{}")
    s3_put("models/churn/1/model.tar.gz", "model")
    s3_put("metrics/1.json", json.dumps({"metrics": {"auc": {"value": 0.9}}}))
    return str(
        sagemaker.create_model_package(
            ModelPackageGroupName="churn",
            InferenceSpecification={
                "Containers": [
                    {
                        "Image": MODEL_IMAGE,
                        "ImageDigest": DIGEST,
                        "ModelDataUrl": f"s3://{BUCKET}/models/churn/1/model.tar.gz",
                        "Environment": {"THRESHOLD": "0.5"},
                    }
                ],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            ModelApprovalStatus="Approved",
            ModelMetrics={
                "ModelQuality": {
                    "Statistics": {
                        "ContentType": "application/json",
                        "S3Uri": f"s3://{BUCKET}/metrics/1.json",
                    }
                }
            },
            CustomerMetadataProperties={
                "groundplan:run": run,
                "groundplan:run-record": f"s3://{BUCKET}/runs/churn/{run}/run.json",
                "groundplan:manifest": f"s3://{BUCKET}/manifests/prod.json",
                "groundplan:registered-by": "arn:aws:sts::123456789012:assumed-role/ci/build",
            },
        )["ModelPackageArn"]
    )


def serve(sagemaker: Any, package: str) -> None:
    """Creates what the champion is served by, but for the endpoint."""
    sagemaker.create_model(
        ModelName=f"{ENDPOINT}-model",
        PrimaryContainer={"ModelPackageName": package},
        ExecutionRoleArn=TARGET["role_arn"],
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=CONFIG,
        ProductionVariants=[
            {
                "VariantName": "primary",
                "ModelName": f"{ENDPOINT}-model",
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 2,
            }
        ],
    )


def metrics(
    candidate: float = 0.92, champion_arn: str = "", recent: float | None = None
) -> dict[str, Any]:
    """The document of an evaluation; the champion has 0.9 everywhere."""

    def side(value: float, other: float) -> dict[str, Any]:
        return {
            "metrics": {"auc": {"value": value}},
            "slices": {"data=recent": {"auc": {"value": other}}},
        }

    return {
        "schema": 1,
        "dataset": "held-out",
        **side(candidate, candidate if recent is None else recent),
        "champion": {"package_arn": champion_arn, **side(0.9, 0.9)},
    }


def evaluated(**values: Any) -> Any:
    """What an evaluation writes."""

    def write(account: Any, request: Mapping[str, Any]) -> None:
        output = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        arn = request["Environment"]["GROUNDPLAN_CHAMPION_ID"]
        key = f"{output.split('/', 3)[3]}/metrics.json"
        account.put(key, json.dumps(metrics(champion_arn=arn, **values)))

    return write


def furnish(account: Any) -> Any:
    """Fills an account in memory."""
    package = champion(account.put, account.client("sagemaker"))
    serve(account.client("sagemaker"), package)
    account.serve(ENDPOINT, CONFIG)
    publish(account, 1)
    publish(account, 2)
    account.evaluate = evaluated()
    account.calls.clear()
    return account


def pipeline(account: Any, **changes: Any) -> Pipeline:
    """A pipeline, as in another process."""
    settings = replace(SETTINGS, **changes)
    return Pipeline(settings, connect(settings, account))


def approve(account: Any, who: str = "assumed-role/approver/kim", reason: str = "better") -> None:
    """A person approves all versions that wait."""
    for package in account.packages.values():
        if package["ModelApprovalStatus"] == "PendingManualApproval":
            package["ModelApprovalStatus"] = "Approved"
            package["ApprovalDescription"] = reason
            package.setdefault("CustomerMetadataProperties", {})["groundplan:approved-by"] = (
                f"arn:aws:sts::123456789012:{who}"
            )


def serving(account: Any) -> str:
    """The version that serves."""
    config = account.configs[account.endpoints[ENDPOINT].config]
    model = account.models[config["ProductionVariants"][0]["ModelName"]]
    container = model.get("PrimaryContainer") or model["Containers"][0]
    return str(container["ModelPackageName"])
