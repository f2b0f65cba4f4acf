"""Connects the services of a pipeline on SageMaker."""

from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.target import Target
from groundplan.retraining.engine.notifications import Topic
from groundplan.retraining.engine.sagemaker.jobs import SageMakerJobs
from groundplan.retraining.engine.sagemaker.models import SageMakerModels
from groundplan.retraining.engine.sagemaker.releases import SageMakerReleases
from groundplan.retraining.engine.services import Services
from groundplan.retraining.engine.settings import RetrainingSettings

GONE = ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken")
"""Codes of a token that nobody waits for any more."""


@dataclass(frozen=True)
class StepFunctions:
    """The executions of the state machine."""

    client: Any

    def is_running(self, execution: str) -> bool:
        try:
            found = self.client.describe_execution(executionArn=execution)
        except ClientError as error:
            if aws.code(error) == "ExecutionDoesNotExist":
                return False
            raise
        return bool(found["status"] == "RUNNING")

    def wake(self, token: str) -> None:
        try:
            self.client.send_task_success(taskToken=token, output="{}")
        except ClientError as error:
            if aws.code(error) not in GONE:
                raise


def connect(settings: RetrainingSettings, session: Any = None) -> Services:
    """Returns the services of a pipeline, of a session or of the one that the
    environment describes."""
    session = session or boto3.session.Session()
    clients = Clients.connect(settings.region, session)
    target = Target.read(settings.endpoint, settings.release_target)

    def client(service: str) -> Any:
        return session.client(service, region_name=settings.region, config=aws.CONTROL)

    return Services(
        s3=clients.s3,
        jobs=SageMakerJobs(clients.sagemaker, settings),
        models=SageMakerModels(clients, target, settings),
        releases=SageMakerReleases(clients, target),
        executions=StepFunctions(client("stepfunctions")),
        notifications=Topic(client("sns"), settings.topic_arn) if settings.topic_arn else None,
    )
