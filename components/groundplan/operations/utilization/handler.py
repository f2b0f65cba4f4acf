"""The weekly report: what Lambda runs on a schedule.

What is looked at is in the file that `GROUNDPLAN_UTILIZATION` names, a JSON object
(`Settings`); when, in the event: `time` is the scheduled time of EventBridge Scheduler,
so that an event that comes twice, or late, looks at the same hours and writes the same
objects. The summary is sent last, and a marker in the bucket then: an event that comes
twice is announced once, and one that fails in between is announced by its retry.
"""

import datetime
import json
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations.utilization import page, report, summary
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.scope import Scope

VARIABLE = "GROUNDPLAN_UTILIZATION"
ANNOUNCED = "announced"
SUBJECT_LENGTH = 100
"""Amazon SNS API Reference, Publish: the longest subject."""


class InvalidSettings(ValueError):
    """The settings of the function are invalid."""


@dataclass(frozen=True)
class Settings:
    """What a scheduled report looks at, and where it goes."""

    environment: str
    """`ml-prod`, for people."""
    bucket: str
    prefix: str
    """Folder of the reports in the bucket: `reports/utilization/`."""
    topic_arn: str = ""
    """Topic that gets the summary; empty for none."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""
    vpc_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Empty: those of the bucket."""
    namespace: str = "groundplan"
    minimum_instances: int = 1
    days: int = 14
    prometheus_url: str = ""
    opencost_url: str = ""
    cost_explorer: bool = True

    @classmethod
    def read(cls, text: str) -> "Settings":
        """Returns the settings of a JSON object. Raises `InvalidSettings`."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise InvalidSettings(f"the settings are invalid: {error}") from error


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handles an invocation of Lambda. Raises what goes wrong: Lambda tries again then,
    and the event ends in the queue of failed ones."""
    settings = Settings.read(pathlib.Path(os.environ[VARIABLE]).read_text("utf-8"))
    return published(settings, event, Account(os.environ["AWS_REGION"]))


def published(settings: Settings, event: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """Writes the report of an event's time, and sends its summary."""
    now = datetime.datetime.fromisoformat(str(event["time"]))
    tags, why = settings.tags, ""
    if not tags:
        tags, why = report.own_tags(account, settings.bucket)
    scope = Scope(
        endpoints=settings.endpoints,
        cluster=settings.cluster,
        vpc_id=settings.vpc_id,
        tags=tags,
        namespace=settings.namespace,
        minimum_instances=settings.minimum_instances,
    )
    found = report.build(
        account,
        scope,
        days=settings.days,
        now=now,
        sources=report.Sources(
            settings.prometheus_url, settings.opencost_url, settings.cost_explorer
        ),
    )
    if why:
        found.note(why)
    document = report.document(found)
    folder = f"{settings.prefix}{found.window.end:%Y-%m-%dT%H%MZ}"
    title = f"Utilization of {settings.environment}"
    content = json.dumps(document, indent=1, sort_keys=True).encode()
    _write(account, settings, f"{folder}/report.json", content, "application/json")
    shown = page.page(document, title)
    _write(account, settings, f"{folder}/report.html", shown, "text/html; charset=utf-8")
    uri = f"s3://{settings.bucket}/{folder}/report.html"
    if settings.topic_arn and not _is_announced(account, settings, f"{folder}/{ANNOUNCED}"):
        account.client("sns").publish(
            TopicArn=settings.topic_arn,
            Subject=title[:SUBJECT_LENGTH],
            Message=summary.text(document, settings.environment, uri),
        )
        _write(account, settings, f"{folder}/{ANNOUNCED}", b"", "text/plain")
    return {
        "report": uri,
        "findings": len(document["findings"]),
        "savingUsdPerMonth": document["total"]["savingUsdPerMonth"],
    }


def _write(account: Account, settings: Settings, key: str, content: bytes, type_: str) -> None:
    account.client("s3").put_object(
        Bucket=settings.bucket, Key=key, Body=content, ContentType=type_
    )


def _is_announced(account: Account, settings: Settings, key: str) -> bool:
    try:
        account.client("s3").head_object(Bucket=settings.bucket, Key=key)
    except ClientError as error:
        if aws.is_missing(error):
            return False
        raise
    return True
