"""Jobs on SageMaker. A name that exists is the job: CreateTrainingJob refuses it
(`ResourceInUse`), and nothing is started twice."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.retraining.engine.sagemaker import requests
from groundplan.retraining.engine.services import (
    Busy,
    Evaluation,
    JobState,
    JobStatus,
    Refused,
    TrainingRun,
)
from groundplan.retraining.engine.settings import RetrainingSettings

HOUR = 3600.0
LIMITS = ("ResourceLimitExceeded",)
"""Codes of quotas, which are free again when another job has ended."""
STATUSES = {
    "Completed": JobStatus.SUCCEEDED,
    "Failed": JobStatus.FAILED,
    "Stopped": JobStatus.FAILED,
}


class SageMakerJobs:
    """Training and processing jobs."""

    def __init__(self, client: Any, settings: RetrainingSettings) -> None:
        self._client, self._settings = client, settings

    def start_training(self, run: TrainingRun) -> None:
        self._start(self._client.create_training_job, requests.training(run, self._settings))

    def training(self, run: TrainingRun) -> JobState:
        found = self._found(self._client.describe_training_job, TrainingJobName=run.name)
        if found is None:
            return JobState(JobStatus.ABSENT)
        seconds = found.get("BillableTimeInSeconds")
        nodes = found.get("ResourceConfig", {}).get("InstanceCount", 1)
        return JobState(
            STATUSES.get(str(found["TrainingJobStatus"]), JobStatus.RUNNING),
            str(found.get("FailureReason") or found.get("SecondaryStatus", "")),
            str(found.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")),
            None if seconds is None else seconds * nodes / HOUR,
        )

    def stop_training(self, run: TrainingRun) -> None:
        try:
            self._client.stop_training_job(TrainingJobName=run.name)
        except ClientError as error:
            if aws.code(error) != "ValidationException":  # it has ended by itself
                raise

    def start_evaluation(self, job: Evaluation) -> None:
        self._start(self._client.create_processing_job, requests.evaluation(job, self._settings))

    def evaluation(self, job: Evaluation) -> JobState:
        found = self._found(self._client.describe_processing_job, ProcessingJobName=job.name)
        if found is None:
            return JobState(JobStatus.ABSENT)
        start, end = found.get("ProcessingStartTime"), found.get("ProcessingEndTime")
        hours = (end - start).total_seconds() / HOUR if start and end else None
        reason = str(found.get("FailureReason") or found.get("ExitMessage", ""))
        status = STATUSES.get(str(found["ProcessingJobStatus"]), JobStatus.RUNNING)
        return JobState(status, reason, node_hours=hours)

    @staticmethod
    def _start(create: Any, request: Mapping[str, Any]) -> None:
        try:
            create(**request)
        except ClientError as error:
            if aws.is_there_already(error):
                return
            if aws.code(error) in LIMITS:
                raise Busy(aws.words(error)) from error
            if aws.is_transient(error):
                raise
            raise Refused(aws.words(error)) from error

    @staticmethod
    def _found(describe: Any, **name: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = describe(**name)
        except ClientError as error:
            if aws.is_missing(error):
                return None
            raise
        return found
