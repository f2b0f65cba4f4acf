"""SageMaker notebook instances that run and that nobody uses.

A notebook runs until somebody stops it, and SageMaker measures no use. Its Jupyter
server logs each kernel and request.
"""

import datetime
from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Inspection, Situation, without_metrics
from groundplan.operations.utilization.metrics import Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Judgement,
    Kind,
    Resource,
    Verdict,
    not_enough,
    unknown,
)
from groundplan.operations.utilization.scope import team

LOGS = "/aws/sagemaker/NotebookInstances"
"""SageMaker AI Developer Guide, "Log groups and streams that Amazon SageMaker AI sends
to Amazon CloudWatch Logs"; the stream is `<name>/jupyter.log`."""


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the environment's notebooks that run."""
    account = situation.account
    sagemaker = account.client("sagemaker")
    entries = account.pages(
        "sagemaker", "list_notebook_instances", "NotebookInstances", StatusEquals="InService"
    )
    for entry in entries:
        answer = sagemaker.list_tags(ResourceArn=entry["NotebookInstanceArn"])
        tags = tags_of(answer)
        if not situation.scope.has(tags):
            continue
        name, type_ = str(entry["NotebookInstanceName"]), str(entry["InstanceType"])
        yield Resource(
            Kind.NOTEBOOK,
            name,
            name,
            costs.hours(situation.prices, f"sagemaker-notebook-hour/{type_}", 1, type_),
            team(tags),
            entry["LastModifiedTime"],
        )


def judged(
    resource: Resource, _found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether Jupyter has logged anything in the last week."""
    least = thresholds.value("notebook-idle")
    if situation.window.days_since(resource.created) < least:
        return [not_enough("it was started less than a week ago")]
    last = _last_logged(resource.name, situation)
    if last is None:
        return [unknown("its Jupyter server has no log, so its use is not known")]
    days = (situation.window.end - last).total_seconds() / 86_400
    if days < least:
        return [HEALTHY]
    return [
        Judgement(
            Verdict.IDLE,
            f"it runs, and its Jupyter server has logged nothing for {days:.3g} days",
            "stop it: its volume stays, and starting it again takes minutes",
            saving_usd=resource.cost.usd,
            threshold="notebook-idle",
        )
    ]


def _last_logged(name: str, situation: Situation) -> datetime.datetime | None:
    """Returns when the Jupyter server of a notebook last logged; None if it never
    did."""
    try:
        answer = situation.account.client("logs").describe_log_streams(
            logGroupName=LOGS, logStreamNamePrefix=f"{name}/jupyter.log"
        )
    except ClientError as error:
        if aws.is_missing(error):
            return None
        raise
    moments = [
        stream[key]
        for stream in answer["logStreams"]
        for key in ("lastEventTimestamp", "lastIngestionTime")
        if key in stream
    ]
    if not moments:
        return None
    return datetime.datetime.fromtimestamp(max(moments) / 1000, datetime.UTC)


INSPECTION = Inspection(Kind.NOTEBOOK, listed, without_metrics, judged, by_tags=True)
