"""Notebook instances and training jobs with the environment's tags."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.cost_guard.engine.decision import Kind, Target
from groundplan.cost_guard.engine.ledger import Use
from groundplan.cost_guard.engine.reading import Reading
from groundplan.operations.utilization.account import Account, tags_of
from groundplan.operations.utilization.scope import team


def read_notebooks(account: Account, tags: Mapping[str, str], reading: Reading) -> None:
    """Adds the notebooks that run."""
    entries = account.pages(
        "sagemaker", "list_notebook_instances", "NotebookInstances", StatusEquals="InService"
    )
    for entry in entries:
        own = _own(account, str(entry["NotebookInstanceArn"]), tags)
        if own is None:
            continue
        name = str(entry["NotebookInstanceName"])
        usd = reading.price(f"sagemaker-notebook-hour/{entry['InstanceType']}")
        started: datetime.datetime = entry["LastModifiedTime"]
        reading.targets.append(Target(Kind.NOTEBOOK, name, name, team=team(own)))
        reading.uses.append(Use(f"notebook/{name}/{started:%Y%m%dT%H%M%S}", usd, started))


def read_training_jobs(account: Account, tags: Mapping[str, str], reading: Reading) -> None:
    """Adds the training jobs that run, and those that ended since the last run."""
    for entry in _changed_jobs(account, reading.since):
        name = str(entry["TrainingJobName"])
        own = _own(account, str(entry["TrainingJobArn"]), tags)
        if own is None:
            continue
        job = account.client("sagemaker").describe_training_job(TrainingJobName=name)
        running = job["TrainingJobStatus"] == "InProgress"
        if running:
            reading.targets.append(Target(Kind.TRAINING_JOB, name, name, team=team(own)))
        start = job.get("TrainingStartTime") or job["CreationTime"]
        end = None if running else job.get("TrainingEndTime") or reading.now
        reading.uses.append(Use(f"training/{name}", _usd_per_hour(job, reading), start, end))


def _changed_jobs(account: Account, since: datetime.datetime) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    for filters in ({"StatusEquals": "InProgress"}, {"LastModifiedTimeAfter": since}):
        entries = account.pages(
            "sagemaker", "list_training_jobs", "TrainingJobSummaries", **filters
        )
        for entry in entries:
            if entry["TrainingJobName"] not in seen:
                seen.add(str(entry["TrainingJobName"]))
                yield entry


def _usd_per_hour(job: Mapping[str, Any], reading: Reading) -> float:
    config = job["ResourceConfig"]
    groups = config.get("InstanceGroups") or [config]
    return sum(
        int(group.get("InstanceCount") or 0)
        * reading.price(f"sagemaker-training-hour/{group['InstanceType']}")
        for group in groups
    )


def _own(account: Account, arn: str, tags: Mapping[str, str]) -> dict[str, str] | None:
    """Returns the tags of a resource of the environment; None if it is another's."""
    found = tags_of(account.client("sagemaker").list_tags(ResourceArn=arn))
    is_own = bool(tags) and all(found.get(key) == value for key, value in tags.items())
    return found if is_own else None


def stop_notebook(account: Account, target: Target) -> None:
    """Stops a notebook; its disk stays."""
    account.client("sagemaker").stop_notebook_instance(NotebookInstanceName=target.name)


def stop_training_job(account: Account, target: Target) -> None:
    """Stops a training job, which has two minutes to write a checkpoint."""
    try:
        account.client("sagemaker").stop_training_job(TrainingJobName=target.name)
    except ClientError as error:
        if aws.code(error) != "ValidationException" and not aws.is_missing(error):
            raise  # else it has just ended
