"""The record of a registered model version."""

import dataclasses
import hashlib
import json
import math
import subprocess
import sys
from typing import Any

import pytest
from botocore import model, validate  # type: ignore[import-untyped]
from botocore.loaders import Loader  # type: ignore[import-untyped]
from groundplan.release.engine import registry as approvals
from groundplan.release.engine import version_record
from groundplan.release.engine.version_record import ModelTask, Run, StoredFile, Version

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@{DIGEST}"
RECORD: dict[str, Any] = {
    "name": "churn",
    "image": IMAGE,
    "code": {"repository": "https://git.example.com/churn", "revision": "89abcdef" * 5},
    "datasets": {"train": {"uri": "s3://data/churn/2026-11-01/", "version": "2026-11-01"}},
    "parameters": {"epochs": 3},
}


def run(record: Any = None) -> Run:
    text = json.dumps(RECORD if record is None else record, sort_keys=True)
    return Run(
        f"s3://artifacts/runs/churn/{hashlib.sha256(text.encode()).hexdigest()}/run.json", text
    )


VERSION = Version(
    group="ml-churn",
    run=run(),
    model="s3://artifacts/models/churn/abc/model.tar.gz",
    image=IMAGE,
    metrics={"auc": 0.91},
    metrics_file=StoredFile("s3://artifacts/runs/churn/abc/metrics/1.json", DIGEST),
    manifest=StoredFile("s3://artifacts/manifests/prod.json", DIGEST),
    registered_by="arn:aws:sts::123456789012:assumed-role/trainer/sam",
)


def test_a_version_says_where_it_comes_from() -> None:
    assert version_record.problems(VERSION) == []
    assert version_record.properties(VERSION) == {
        "groundplan:schema": "1",
        "groundplan:run": VERSION.run.id,
        "groundplan:run-name": "churn",
        "groundplan:run-record": VERSION.run.uri,
        "groundplan:code-repository": "https://git.example.com/churn",
        "groundplan:code-revision": "89abcdef" * 5,
        "groundplan:training-image": IMAGE,
        "groundplan:dataset:train": "2026-11-01",
        "groundplan:metric:auc": "0.91",
        "groundplan:metrics": "s3://artifacts/runs/churn/abc/metrics/1.json",
        "groundplan:manifest": "s3://artifacts/manifests/prod.json",
        "groundplan:manifest-digest": DIGEST,
        approvals.REGISTERED_BY: "arn:aws:sts::123456789012:assumed-role/trainer/sam",
    }


def test_the_request_is_exactly_this() -> None:
    body = version_record.request(VERSION)

    assert body.pop("CustomerMetadataProperties") == version_record.properties(VERSION)
    identity = body.pop("ClientToken")
    assert body == {
        "ModelPackageGroupName": "ml-churn",
        "ModelPackageDescription": f"churn, run {VERSION.run.id[:10]} [{identity}]",
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": IMAGE,
                    "ImageDigest": DIGEST,
                    "ModelDataUrl": "s3://artifacts/models/churn/abc/model.tar.gz",
                }
            ],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "ModelApprovalStatus": "PendingManualApproval",
        "MetadataProperties": {
            "CommitId": "89abcdef" * 5,
            "Repository": "https://git.example.com/churn",
            "GeneratedBy": VERSION.run.uri,
        },
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {
                    "ContentType": "application/json",
                    "S3Uri": "s3://artifacts/runs/churn/abc/metrics/1.json",
                    "ContentDigest": DIGEST,
                }
            }
        },
    }


def test_folder_uses_the_prefix_data_type() -> None:
    version = dataclasses.replace(
        VERSION, model="s3://artifacts/models/llm/", environment={"LOG_LEVEL": "info"}
    )
    (container,) = version_record.request(version)["InferenceSpecification"]["Containers"]

    assert container["ModelDataSource"] == {
        "S3DataSource": {
            "S3Uri": "s3://artifacts/models/llm/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
    }
    assert "ModelDataUrl" not in container
    assert container["Environment"] == {"LOG_LEVEL": "info"}


@pytest.mark.parametrize(
    "version",
    [
        VERSION,
        dataclasses.replace(VERSION, model="s3://artifacts/models/llm/", description="x" * 3000),
        dataclasses.replace(
            VERSION, group="arn:aws:sagemaker:us-east-1:123456789012:model-package-group/ml-churn"
        ),
        dataclasses.replace(VERSION, metrics={f"m{n}": n / 7 for n in range(35)}),
    ],
)
def test_botocore_takes_the_request(version: Version) -> None:
    data = Loader().load_service_model("sagemaker", "service-2")
    shape = model.ServiceModel(data).operation_model("CreateModelPackage").input_shape
    body = version_record.request(version)

    assert version_record.problems(version) == []
    assert not validate.ParamValidator().validate(body, shape).has_errors()
    assert len(body["ModelPackageDescription"]) <= 1024
    assert body["ModelPackageDescription"].endswith(version_record.marker(version))
    assert 1 <= len(body["ClientToken"]) <= 36


def test_the_same_version_has_the_same_identity_and_another_one_another() -> None:
    other = [
        dataclasses.replace(VERSION, model="s3://artifacts/models/churn/abd/model.tar.gz"),
        dataclasses.replace(VERSION, image=IMAGE.replace("churn@", "serve@")),
        dataclasses.replace(VERSION, environment={"A": "b"}),
        dataclasses.replace(
            VERSION, metrics_file=StoredFile("s3://artifacts/x", "sha256:" + "1" * 64)
        ),
        dataclasses.replace(VERSION, manifest=StoredFile("s3://artifacts/x", "sha256:" + "1" * 64)),
        dataclasses.replace(VERSION, run=run({**RECORD, "name": "other"})),
        dataclasses.replace(VERSION, group="ml-fraud"),
    ]
    same = dataclasses.replace(
        VERSION, registered_by="arn:aws:iam::123456789012:user/kim", description="again"
    )

    assert version_record.identity(same) == version_record.identity(VERSION)
    assert len({version_record.identity(v) for v in [VERSION, *other]}) == len(other) + 1


def test_the_metrics_are_sagemakers_model_quality() -> None:
    document = version_record.metrics_document(
        ModelTask.BINARY_CLASSIFICATION, {"auc": 0.9}, {"new": {"auc": 0.8}}
    )
    assert json.loads(document) == {
        "binary_classification_metrics": {"auc": {"value": 0.9, "standard_deviation": "NaN"}},
        "slices": {"new": {"auc": {"value": 0.8, "standard_deviation": "NaN"}}},
    }


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"group": "ml_churn"}, {"group"}),
        ({"model": "models/churn"}, {"model"}),
        ({"image": "churn:1.4"}, {"image"}),
        ({"metrics": {}}, {"metrics"}),
        ({"metrics": {"auc": math.nan, "f1": True}}, {"metrics.auc", "metrics.f1"}),
        ({"metrics": {f"m{n}": 1.0 for n in range(37)}}, {"metrics"}),
        ({"metrics": {"a(b)": 1.0}}, {"metric:a(b)"}),
        ({"metrics_file": StoredFile("x", "y")}, {"metrics_file.uri", "metrics_file.digest"}),
        ({"manifest": StoredFile("s3://artifacts/m.json", "md5:1")}, {"manifest.digest"}),
        ({"manifest": StoredFile(f"s3://artifacts/{'m' * 300}", DIGEST)}, {"manifest"}),
        ({"registered_by": "sam"}, {"registered_by"}),
        ({"run": Run("s3://artifacts/run.json", run().text)}, {"run.uri"}),
        ({"run": Run(run().uri, run().text + " ")}, {"run.id"}),
        ({"run": Run(run().uri, "nonsense")}, {"run.id", "run.text"}),
        ({"run": run({**RECORD, "image": "churn:1"})}, {"run.image"}),
        (
            {"run": run({**RECORD, "code": {"repository": "r", "revision": "main"}})},
            {"run.code.revision"},
        ),
        ({"run": run({**RECORD, "code": {}})}, {"run.code.repository", "run.code.revision"}),
        ({"run": run({**RECORD, "datasets": {}})}, {"run.datasets"}),
        (
            {"run": run({**RECORD, "datasets": {"train": {"uri": "s3://a/"}}})},
            {"run.datasets.train.version"},
        ),
        ({"run": run({**RECORD, "datasets": ["train"]})}, {"run.datasets"}),
    ],
)
def test_missing_or_invalid_fields_are_reported(change: Any, keys: set[str]) -> None:
    assert {
        problem.key for problem in version_record.problems(dataclasses.replace(VERSION, **change))
    } == keys


def test_version_record_does_not_import_pulumi() -> None:
    code = (
        "import sys, groundplan.release.engine.version_record, "
        "groundplan.release.engine.registration; print('pulumi' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "False\n"
    )
