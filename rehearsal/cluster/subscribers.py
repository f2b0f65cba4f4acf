"""Amazon SNS for Alertmanager: it accepts what SNS accepts, from whom the plan's
policies allow, and notes what the plan's subscribers get.

API reference, Publish: a subject is ASCII, has no line break and fewer than 100
characters; a message is not empty.
"""

import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan import catalog
from groundplan.manifest.model import Manifest

from rehearsal.account.names import Names
from rehearsal.cluster.objects import Quiet
from rehearsal.machine.servers import HOST

MOST = 100
ACCEPTED = (
    "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
)
REFUSED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>"
    "<RequestId>1</RequestId></ErrorResponse>"
)


class Invalid(Exception):
    """What SNS refuses."""


@dataclass(frozen=True)
class Notification:
    """What a topic's subscribers get."""

    at: float
    topic: str
    subject: str
    message: str


@dataclass
class Topics:
    """The topics of the plan, and their subscribers."""

    subscribers: Mapping[str, list[str]]
    """Protocols of the subscribers by the topic's ARN."""
    allow: Callable[[str], None]
    """Raises the error of a topic that the sender may not publish to."""
    sent: list[Notification] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, manifest: Manifest, names: Names, allow: Callable[[str], None]) -> "Topics":
        """Returns the topics of a manifest."""
        found: dict[str, list[str]] = {}
        for resource in manifest:
            key = catalog.key(resource.type) if resource.custom else ""
            inputs = names.value(resource.inputs) if key.startswith("sns.") else {}
            if key == "sns.Topic":
                found.setdefault(names.arn(resource), [])
            elif key == "sns.TopicSubscription":
                found.setdefault(inputs["topic"], []).append(inputs["protocol"])
        return cls(found, allow)

    def publish(self, form: Mapping[str, str]) -> None:
        """Accepts a notification. Raises `Invalid`, and `ClientError` of who may
        not."""
        topic, subject = form.get("TopicArn", ""), form.get("Subject")
        if topic not in self.subscribers:
            raise Invalid("Invalid parameter: TopicArn")
        self.allow(topic)
        if subject is not None and not (
            0 < len(subject) < MOST and subject.isascii() and subject.isprintable()
        ):
            raise Invalid(f"Invalid parameter: Subject ({len(subject)} characters: {subject})")
        if not form.get("Message"):
            raise Invalid("Invalid parameter: Empty message")
        sent = Notification(time.monotonic(), topic, subject or "", form["Message"])
        self.sent.append(sent)

    def received(self, protocol: str, *texts: str) -> list[Notification]:
        """Returns what a subscriber got with all these texts in its subject."""
        topics = [topic for topic, found in self.subscribers.items() if protocol in found]
        return [
            each
            for each in self.sent
            if each.topic in topics and all(text in each.subject for text in texts)
        ]

    def server(self) -> ThreadingHTTPServer:
        """Returns the HTTP server of SNS' query API, on a free port."""
        topics = self

        class Handler(Quiet):
            def do_POST(self) -> None:  # noqa: N802 (http.server)
                form = dict(urllib.parse.parse_qsl(self.body().decode(), keep_blank_values=True))
                status, answer = topics.answered(form)
                self.reply(status, answer.encode(), "text/xml")

        return ThreadingHTTPServer((HOST, 0), Handler)

    def answered(self, form: Mapping[str, Any]) -> tuple[HTTPStatus, str]:
        """Returns the answer of SNS to a request."""
        try:
            if form.get("Action") != "Publish":
                raise Invalid(f"{form.get('Action')} is not rehearsed")
            self.publish(form)
        except Invalid as error:
            self.refused.append(str(error))
            return HTTPStatus.BAD_REQUEST, REFUSED.format("InvalidParameter", error)
        except ClientError as error:
            self.refused.append(str(error))
            return HTTPStatus.FORBIDDEN, REFUSED.format("AuthorizationError", error)
        return HTTPStatus.OK, ACCEPTED
