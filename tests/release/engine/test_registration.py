"""Registration of model versions, against moto."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.data.versions import documents, manifest
from groundplan.data.versions.keys import DatasetKeys
from groundplan.release.engine.candidates import Candidate
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.registration import register
from groundplan.release.engine.version_record import ModelTask
from moto import mock_aws

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@{DIGEST}"
MANIFEST = manifest.written("churn", (), manifest.Description())
VERSION = f"churn@{documents.digest(MANIFEST)}"
RECORD = json.dumps(
    {
        "name": "churn",
        "image": IMAGE,
        "code": {"repository": "https://git.example.com/churn", "revision": "89abcdef" * 5},
        "datasets": {"train": {"uri": "s3://data/churn/", "version": VERSION}},
    }
)
RUN = hashlib.sha256(RECORD.encode()).hexdigest()
CANDIDATE = Candidate(
    group="ml-churn",
    record_uri=f"s3://artifacts/runs/churn/{RUN}/run.json",
    model="s3://artifacts/models/churn/model.tar.gz",
    image=IMAGE,
    task=ModelTask.BINARY_CLASSIFICATION,
    metrics={"auc": 0.91},
    slices={"new": {"auc": 0.85}},
    manifest_uri="s3://artifacts/manifests/prod.json",
)


@pytest.fixture(scope="module")
def account() -> Iterator[Clients]:
    with mock_aws():
        session = boto3.session.Session("testing", "testing", region_name="us-east-1")
        clients = Clients.connect("us-east-1", session)
        clients.s3.create_bucket(Bucket="artifacts")
        for key, body in {
            f"runs/churn/{RUN}/run.json": RECORD,
            "models/churn/model.tar.gz": "model",
            "models/folder/weights": "model",
            "manifests/prod.json": "{}",
            f"runs/churn/{'0' * 64}/run.json": RECORD,
            DatasetKeys("churn").version(documents.digest(MANIFEST)): MANIFEST.decode(),
        }.items():
            clients.s3.put_object(Bucket="artifacts", Key=key, Body=body.encode())
        yield clients


@pytest.fixture
def clients(account: Clients, request: pytest.FixtureRequest) -> Clients:
    """Returns clients with a separate model package group for each test."""
    account.sagemaker.create_model_package_group(ModelPackageGroupName=group(request))
    return account


def group(request: pytest.FixtureRequest) -> str:
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]


@pytest.fixture
def candidate(request: pytest.FixtureRequest) -> Candidate:
    return dataclasses.replace(CANDIDATE, group=group(request))


def test_a_version_waits_for_approval_with_all_that_says_where_it_comes_from(
    clients: Clients, candidate: Candidate
) -> None:
    registered = register(clients, candidate)

    assert (registered.created, registered.version) == (True, 1)
    package = clients.sagemaker.describe_model_package(ModelPackageName=registered.arn)
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    message = package["CustomerMetadataProperties"]
    assert (message["groundplan:run"], message["groundplan:dataset:train"]) == (RUN, VERSION)
    assert message["groundplan:registered-by"].startswith("arn:aws:sts::123456789012:")
    assert message["groundplan:manifest-digest"] == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"


def test_metrics_are_stored_beside_the_record(clients: Clients, candidate: Candidate) -> None:
    registered = register(clients, candidate)

    statistics = clients.sagemaker.describe_model_package(ModelPackageName=registered.arn)[
        "ModelMetrics"
    ]["ModelQuality"]["Statistics"]
    bucket, _, key = statistics["S3Uri"].removeprefix("s3://").partition("/")
    body = clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert key.startswith(f"runs/churn/{RUN}/metrics/")
    assert statistics["ContentDigest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert json.loads(body)["slices"]["new"]["auc"]["value"] == 0.85


def test_registration_is_idempotent(clients: Clients, candidate: Candidate) -> None:
    first = register(clients, candidate)
    again = register(clients, dataclasses.replace(candidate, description="in other words"))
    other = register(clients, dataclasses.replace(candidate, metrics={"auc": 0.92}))

    assert (again.arn, again.created) == (first.arn, False)
    assert (other.version, other.created) == (2, True)


def test_a_folder_can_be_a_model(clients: Clients, candidate: Candidate) -> None:
    assert (
        register(
            clients, dataclasses.replace(candidate, model="s3://artifacts/models/folder/")
        ).version
        == 1
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"model": "s3://artifacts/models/none/model.tar.gz"},
            "no model at s3://artifacts/models/none/model.tar.gz",
        ),
        ({"model": "s3://artifacts/models/none/"}, "no model at s3://artifacts/models/none/"),
        (
            {"record_uri": "s3://artifacts/runs/churn/none/run.json"},
            "record_uri: there is nothing at",
        ),
        (
            {"record_uri": f"s3://artifacts/runs/churn/{'0' * 64}/run.json"},
            "the record is not the run's own",
        ),
        (
            {"manifest_uri": "s3://artifacts/manifests/none.json"},
            "manifest_uri: there is nothing at",
        ),
        ({"manifest_uri": "manifest.json"}, 'manifest_uri is "manifest.json"'),
        ({"image": "churn:1", "metrics": {}}, "2 problems"),
        ({"group": "none"}, "CreateModelPackage"),
    ],
)
def test_what_cannot_be_registered_is_refused_and_leaves_nothing(
    clients: Clients, candidate: Candidate, change: Any, message: str
) -> None:
    def keys() -> set[str]:
        return {
            entry["Key"] for entry in clients.s3.list_objects_v2(Bucket="artifacts")["Contents"]
        }

    before = keys()
    with pytest.raises(Refused, match=message):
        register(clients, dataclasses.replace(candidate, **change))
    if "group" not in change:
        assert keys() == before
    assert (
        clients.sagemaker.list_model_packages(ModelPackageGroupName=candidate.group)[
            "ModelPackageSummaryList"
        ]
        == []
    )


def test_retryable_error_is_raised_to_the_caller(
    clients: Clients, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(**_: Any) -> Any:
        raise ClientError(
            {"Error": {"Code": "ThrottlingException", "Message": "later"}}, "CreateModelPackage"
        )

    monkeypatch.setattr(clients.sagemaker, "create_model_package", throttled)
    with pytest.raises(ClientError, match="later"):
        register(clients, candidate)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (f"clicks@sha256:{'0' * 64}", "is not committed in artifacts"),
        ("2026-11-01", "'2026-11-01' names no committed dataset version"),
        ("churn:latest", "'churn:latest' names no committed dataset version"),
    ],
)
def test_a_version_whose_dataset_is_not_committed_is_refused(
    clients: Clients, candidate: Candidate, version: str, message: str
) -> None:
    record = RECORD.replace(VERSION, version)
    key = f"runs/churn/{hashlib.sha256(record.encode()).hexdigest()}/run.json"
    clients.s3.put_object(Bucket="artifacts", Key=key, Body=record.encode())

    with pytest.raises(Refused, match=message):
        register(clients, dataclasses.replace(candidate, record_uri=f"s3://artifacts/{key}"))
