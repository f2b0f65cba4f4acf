"""A test notification: published to the alarm topics of a deployed environment, and to
its Alertmanager."""

import datetime
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
)

from groundplan import aws, signed_requests

PENDING = "PendingConfirmation"
"""The ARN of a subscription that nobody has confirmed (SNS API Reference,
ListSubscriptionsByTopic)."""

TOPICS = {"alarmTopicArn": "alarm topic", "urgentTopicArn": "urgent topic"}
"""Export -> what it is. The urgent topic gets what is critical."""


@dataclass(frozen=True)
class Delivery:
    """What became of the test notification at one place."""

    to: str
    """`alarm topic, email ml@example.com`."""
    ok: bool
    detail: str


def send(
    exports: Mapping[str, Any], region: str, severity: str, session: Any = None
) -> list[Delivery]:
    """Publishes the test notification to the topics of a severity, and returns who gets
    it. An error of AWS at one topic stops no other."""
    client = (session or boto3.session.Session()).client(
        "sns", region_name=region, config=aws.CONTROL
    )
    found: list[Delivery] = []
    for export, what in TOPICS.items():
        arn = exports.get(export)
        if not arn or (export == "urgentTopicArn" and severity != "critical"):
            continue
        try:
            done = client.publish(
                TopicArn=arn, Subject="Groundplan: test notification", Message=_text(severity)
            )
            found.append(Delivery(what, True, f"published, message {done['MessageId']}"))
            found += _subscribers(client, arn, what)
        except (ClientError, BotoCoreError) as error:
            found.append(Delivery(what, False, aws.words(error)))
    return found


def alert(url: str, severity: str) -> Delivery:
    """Sends a test alert to Alertmanager's API, which routes it as every alert. It
    resolves by itself after five minutes."""
    return _posted("Alertmanager", f"{url.rstrip('/')}/api/v2/alerts", severity)


def managed_alert(endpoint: str, region: str, severity: str, session: Any = None) -> Delivery:
    """Sends a test alert to the alert manager of a workspace of Amazon Managed Service
    for Prometheus, by a signed request to its `endpoint`."""
    what = "alert manager of the workspace"
    url = f"{endpoint.rstrip('/')}/alertmanager/api/v2/alerts"

    def signed(body: bytes, plain: Mapping[str, str]) -> dict[str, str]:
        return signed_requests.headers(
            "POST", url, "aps", region, body=body, plain=plain, session=session
        )

    try:
        return _posted(what, url, severity, signed)
    except NoCredentialsError:
        return Delivery(what, False, "no AWS credentials. Fix: set AWS_PROFILE or sign in")


def _posted(
    what: str,
    url: str,
    severity: str,
    sign: Callable[[bytes, Mapping[str, str]], dict[str, str]] | None = None,
) -> Delivery:
    now = datetime.datetime.now(datetime.UTC)
    body = json.dumps(
        [
            {
                "labels": {"alertname": "GroundplanTest", "severity": severity},
                "annotations": {"summary": "Test notification", "description": _text(severity)},
                "startsAt": now.isoformat(),
                "endsAt": (now + datetime.timedelta(minutes=5)).isoformat(),
            }
        ]
    ).encode()
    headers = {"Content-Type": "application/json"}
    if sign is not None:
        headers = sign(body, headers)
    request = urllib.request.Request(url, body, headers)  # noqa: S310 (the command accepts http and https only)
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            return Delivery(what, True, "accepted")
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return Delivery(what, False, f"not accepted: {reason}")


def _text(severity: str) -> str:
    return (
        f"This is a test of the notifications. Severity: {severity}. Nothing is wrong, and nobody "
        "has to act. Who was to get it and did not, is not notified of alarms either."
    )


def _subscribers(client: Any, topic_arn: str, what: str) -> Iterator[Delivery]:
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
    found = [subscription for page in pages for subscription in page["Subscriptions"]]
    if not found:
        yield Delivery(what, False, "nobody is subscribed")
    for subscription in found:
        to = f"{what}, {subscription['Protocol']} {_shown(subscription['Endpoint'])}"
        if subscription["SubscriptionArn"] == PENDING:
            detail = "not confirmed, so nothing is delivered: answer AWS's confirmation request"
            yield Delivery(to, False, detail)
        elif ".chatbot." in subscription["Endpoint"]:
            detail = "a channel of a chat: it shows CloudWatch alarms, not this test"
            yield Delivery(to, True, detail)
        else:
            yield Delivery(to, True, "delivered by SNS: look whether it has arrived")


def _shown(endpoint: str) -> str:
    """Returns an endpoint; of an address only its host, as its path may be a key."""
    parts = urlsplit(endpoint)
    return (
        f"{parts.scheme}://{parts.hostname}/..." if parts.scheme in ("http", "https") else endpoint
    )
