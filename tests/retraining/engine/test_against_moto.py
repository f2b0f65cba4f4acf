"""A whole run against moto and botocore: what the account in memory does, S3 and
SageMaker do too. The endpoint's updates are those of the fake of releases."""

import importlib.util
import json
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from retraining_world import BUCKET, CONFIG, DRIFT, ENDPOINT, SETTINGS, champion, metrics, serve
from retraining_world import publish as publish_version

CHAMPION = f"arn:aws:sagemaker:{SETTINGS.region}:123456789012:model-package/churn/1"


def _fake() -> Any:
    """The fake of releases, by path, because tests are not a package."""
    name = "sagemaker_fake"
    if name not in sys.modules:
        folder = pathlib.Path(__file__).parents[2] / "release" / "engine"
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


fake = _fake()


class Bucket:
    """Puts objects as the account in memory does."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def put(self, key: str, body: str | bytes) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with fake.cloud(monkeypatch) as account:
        s3, sagemaker = account.client("s3"), account.client("sagemaker")
        location = {"LocationConstraint": SETTINGS.region}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        bucket = Bucket(s3)
        package = champion(bucket.put, sagemaker)
        serve(sagemaker, package)
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=CONFIG)
        account.client("sns").create_topic(Name="retraining")
        publish_version(bucket, 2)
        yield account


def works(cloud: Any) -> None:
    """The jobs write what they write."""
    bucket = Bucket(cloud.client("s3"))
    for job in cloud.backend.training_jobs.values():
        folder = job.output_data_config["S3OutputPath"].split("/", 3)[3]
        bucket.put(f"{folder}/{job.training_job_name}/output/model.tar.gz", "model")
    for job in cloud.backend.processing_jobs.values():
        output = job.processing_output_config["Outputs"][0]["S3Output"]["S3Uri"]
        document = json.dumps(metrics(champion_arn=CHAMPION))
        bucket.put(f"{output.split('/', 3)[3]}/metrics.json", document)


def test_run_against_moto_ends_as_against_the_account_in_memory(cloud: Any) -> None:
    retraining = Pipeline(SETTINGS, connect(SETTINGS, fake.SESSION))
    answer = driver.advance(retraining, DRIFT)
    for _ in range(20):
        if answer.step is Step.END:
            break
        works(cloud)
        for package in cloud.backend.model_packages.values():
            package.model_approval_status = "Approved"
        answer = driver.advance(retraining)
    assert answer.outcome is Outcome.RELEASED, answer
    (job,) = cloud.backend.training_jobs
    assert job.startswith("churn-")
    assert cloud.calls.count("CreateTrainingJob") == cloud.calls.count("UpdateEndpoint") == 1
    live = cloud.endpoint(ENDPOINT).endpoint_config_name
    assert live != CONFIG
    assert retraining.context.journal.held() is None
