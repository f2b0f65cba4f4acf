"""Training jobs of the environment are counted to the minute and stopped at a limit;
those of others are not looked at. moto ends jobs at once: requests and answers are
checked against AWS's own model."""

import datetime
from typing import Any

import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.cost_guard.engine import jobs
from groundplan.cost_guard.engine.ledger import Ledger
from groundplan.cost_guard.engine.reading import Reading
from groundplan.facts import prices
from groundplan.operations.utilization.account import Account

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job"
OWN = [{"Key": "environment", "Value": "dev"}, {"Key": "groundplan:team", "Value": "search"}]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    return Account("us-east-1")


def summary(name: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "TrainingJobArn": f"{ARN}/{name}",
        "CreationTime": NOW - 3 * HOUR,
        "TrainingJobStatus": "InProgress",
    }


def described(name: str, status: str, **changed: Any) -> dict[str, Any]:
    config = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30}
    return {
        **{key: value for key, value in summary(name).items() if key != "TrainingJobStatus"},
        "TrainingJobStatus": status,
        "SecondaryStatus": "Training",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model"},
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": config,
        "StoppingCondition": {},
        "TrainingStartTime": NOW - 2 * HOUR,
        **changed,
    }


def test_jobs_that_run_and_that_ended_are_counted(account: Account) -> None:
    reading = Reading(NOW, NOW - HOUR, prices.of("us-east-1"))
    ended = described("ended", "Completed", TrainingEndTime=NOW - HOUR / 2)
    with Stubber(account.client("sagemaker")) as stub:
        running = {"TrainingJobSummaries": [summary("running")]}
        stub.add_response("list_training_jobs", running, {"StatusEquals": "InProgress"})
        stub.add_response("list_tags", {"Tags": OWN}, {"ResourceArn": f"{ARN}/running"})
        stub.add_response("describe_training_job", described("running", "InProgress"))
        changed = [summary("running"), summary("ended"), summary("another's")]
        changed[2]["TrainingJobName"] = "anothers"
        changed[2]["TrainingJobArn"] = f"{ARN}/anothers"
        stub.add_response(
            "list_training_jobs",
            {"TrainingJobSummaries": changed},
            {"LastModifiedTimeAfter": NOW - HOUR},
        )
        stub.add_response("list_tags", {"Tags": OWN}, {"ResourceArn": f"{ARN}/ended"})
        stub.add_response("describe_training_job", ended)
        stub.add_response("list_tags", {"Tags": []}, {"ResourceArn": f"{ARN}/anothers"})
        jobs.read_training_jobs(account, {"environment": "dev"}, reading)
        stub.assert_no_pending_responses()
    (target,) = reading.targets
    assert (target.name, target.team) == ("running", "search")
    # Two instances of 0.23 USD: 2 hours of one job, and 1.5 of the other.
    counted = Ledger(NOW - 4 * HOUR).counted(reading.uses, NOW)
    assert counted.usd == pytest.approx(2 * 0.23 * 3.5)


def test_a_job_that_has_just_ended_needs_no_stop(account: Account) -> None:
    reading = Reading(NOW, NOW, prices.of("us-east-1"))
    with Stubber(account.client("sagemaker")) as stub:
        stub.add_response("list_training_jobs", {"TrainingJobSummaries": [summary("job")]})
        stub.add_response("list_tags", {"Tags": OWN})
        stub.add_response("describe_training_job", described("job", "InProgress"))
        stub.add_response("list_training_jobs", {"TrainingJobSummaries": []})
        jobs.read_training_jobs(account, {"environment": "dev"}, reading)
        (target,) = reading.targets
        stub.add_response("stop_training_job", {}, {"TrainingJobName": "job"})
        jobs.stop_training_job(account, target)
        stub.add_client_error("stop_training_job", "ValidationException", "is Completed")
        jobs.stop_training_job(account, target)


def test_without_tags_no_job_is_the_environments(account: Account) -> None:
    reading = Reading(NOW, NOW, prices.of("us-east-1"))
    with Stubber(account.client("sagemaker")) as stub:
        stub.add_response("list_training_jobs", {"TrainingJobSummaries": [summary("job")]})
        stub.add_response("list_tags", {"Tags": OWN})
        stub.add_response("list_training_jobs", {"TrainingJobSummaries": []})
        jobs.read_training_jobs(account, {}, reading)
    assert reading.targets == []
