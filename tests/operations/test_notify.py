"""`groundplan notify`: a test notification reaches every subscriber, or says which it
does not reach."""

import http.server
import json
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.operations import notify
from moto import mock_aws

CHAT = "https://global.sns-api.chatbot.amazonaws.com"
KEY_ADDRESS = "https://events.pagerduty.com/integration/0123456789abcdef/enqueue"


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("sns", region_name="eu-west-1")


def run(tmp_path: pathlib.Path, exports: Any, *options: str) -> Result:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(exports))
    return CliRunner().invoke(main, ["notify", "--outputs", str(file), *options])


def topics(sns: Any) -> dict[str, str]:
    """Returns exports of two topics: with a queue that listens to the first, and a
    pager on the second."""
    sqs = boto3.client("sqs", region_name="eu-west-1")
    every = sns.create_topic(Name="alarms")["TopicArn"]
    urgent = sns.create_topic(Name="urgent")["TopicArn"]
    for topic, name in ((every, "all"), (urgent, "pages")):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    return {"alarmTopicArn": every, "urgentTopicArn": urgent}


def received(name: str) -> list[str]:
    sqs = boto3.client("sqs", region_name="eu-west-1")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["Message"] for message in found]


def test_a_warning_reaches_the_alarm_topic_only(sns: Any, tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, topics(sns))
    assert result.exit_code == 0, result.output
    (message,) = received("all")
    assert "Severity: warning. Nothing is wrong" in message
    assert received("pages") == []


def test_what_is_critical_reaches_the_pager_too(sns: Any, tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, topics(sns), "--severity", "critical", "--json")
    assert result.exit_code == 0, result.output
    assert len(received("all")) == len(received("pages")) == 1
    assert [delivery["to"].split(",")[0] for delivery in json.loads(result.stdout)] == [
        "alarm topic",
        "alarm topic",
        "urgent topic",
        "urgent topic",
    ]


def test_a_subscription_that_nobody_confirmed_is_a_failure(tmp_path: pathlib.Path) -> None:
    class Session:
        """A session whose topic has an unconfirmed subscription; moto confirms all."""

        def client(self, *_: Any, **__: Any) -> Any:
            return self

        def publish(self, **_: Any) -> Any:
            return {"MessageId": "1"}

        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **_: Any) -> Any:
            return [
                {
                    "Subscriptions": [
                        {
                            "SubscriptionArn": notify.PENDING,
                            "Protocol": "email",
                            "Endpoint": "ml@example.com",
                        },
                        {"SubscriptionArn": "arn:1", "Protocol": "https", "Endpoint": KEY_ADDRESS},
                        {"SubscriptionArn": "arn:2", "Protocol": "https", "Endpoint": CHAT},
                    ]
                }
            ]

    exports = {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms"}
    published, mail, pager, chat = notify.send(exports, "eu-west-1", "warning", Session())
    assert published.ok
    assert (mail.to, mail.ok) == ("alarm topic, email ml@example.com", False)
    assert "not confirmed" in mail.detail
    # The path of an address may be a key.
    assert (pager.to, pager.ok) == ("alarm topic, https https://events.pagerduty.com/...", True)
    assert "not this test" in chat.detail


def test_a_topic_without_subscribers_notifies_nobody(sns: Any, tmp_path: pathlib.Path) -> None:
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    result = run(tmp_path, {"alarmTopicArn": topic})
    assert result.exit_code == 1
    assert "nobody is subscribed" in result.output


def test_a_topic_that_is_gone_does_not_stop_the_other(sns: Any, tmp_path: pathlib.Path) -> None:
    exports = topics(sns) | {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:gone"}
    result = run(tmp_path, exports, "--severity", "critical", "--json")
    assert result.exit_code == 1
    first, *rest = json.loads(result.stdout)
    assert (first["to"], first["ok"]) == ("alarm topic", False)
    assert all(delivery["ok"] for delivery in rest)
    assert len(received("pages")) == 1


@pytest.fixture
def alertmanager() -> Iterator[Any]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append((self.path, json.loads(body)))  # type: ignore[attr-defined]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_alertmanager_gets_an_alert_that_ends_by_itself(
    alertmanager: Any, tmp_path: pathlib.Path
) -> None:
    url = f"http://127.0.0.1:{alertmanager.server_port}"
    result = run(tmp_path, {}, "--alertmanager", url, "--severity", "critical")
    assert result.exit_code == 0, result.output
    ((path, (alert,)),) = alertmanager.requests
    assert path == "/api/v2/alerts"
    assert alert["labels"] == {"alertname": "GroundplanTest", "severity": "critical"}
    assert alert["endsAt"] > alert["startsAt"]


def test_an_alertmanager_that_is_not_there_is_a_failure(tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, {}, "--alertmanager", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "not accepted" in result.output
    assert "Traceback" not in result.output


def test_misuse_names_the_fix(tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, {}, "--alertmanager", "localhost:9093")
    assert (result.exit_code, "http://localhost:9093" in result.output) == (2, True)
    result = run(tmp_path, {})
    assert (result.exit_code, "alarmTopicArn" in result.output) == (1, True)


def test_the_alert_manager_of_a_workspace_gets_a_signed_test_alert(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    sent: list[Any] = []

    class Answer:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    def urlopen(request: Any, timeout: float) -> Answer:
        sent.append(request)
        return Answer()

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    endpoint = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"
    exports = {"prometheusEndpoint": endpoint}
    options = ("--alertmanager", "managed", "--region", "eu-west-1", "--severity", "critical")
    result = run(tmp_path, exports, *options)

    assert result.exit_code == 0, result.output
    (request,) = sent
    assert request.full_url == f"{endpoint}alertmanager/api/v2/alerts"
    headers = {key.lower(): value for key, value in request.header_items()}
    assert "/eu-west-1/aps/aws4_request" in headers["authorization"]
    (alert,) = json.loads(request.data)
    assert alert["labels"] == {"alertname": "GroundplanTest", "severity": "critical"}


def test_a_stack_without_a_workspace_has_no_alert_manager_to_send_to(
    tmp_path: pathlib.Path,
) -> None:
    result = run(tmp_path, {}, "--alertmanager", "managed", "--region", "eu-west-1")
    assert result.exit_code == 1
    assert "Fix: export `prometheusEndpoint`" in result.output
