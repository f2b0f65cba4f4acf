"""What Prometheus says of an endpoint's alerts; requests to a workspace are signed."""

import json
import urllib.parse
import urllib.request
from typing import Any

import cluster_world as cluster
import pytest
from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.target import ClusterTarget

LABELS = {"namespace": cluster.SPACE, "endpoint": cluster.NAME}
URL = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"


def rule(name: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "state": "inactive", "health": "ok", "labels": LABELS, **changes}


def on(rules: list[dict[str, Any]], target: dict[str, Any] = cluster.TARGET) -> list[str]:
    answer = json.dumps({"data": {"groups": [{"name": "g", "rules": rules}]}}).encode()
    place = ClusterTarget.read("churn", target)
    return Alerts(place, lambda _url: answer, lambda _seconds: None).on()


def test_only_the_endpoints_own_alerts_count() -> None:
    other = {**LABELS, "namespace": "other"}
    quiet = [rule(name) for name in cluster.NAMES]
    assert on(quiet) == []
    assert on([*quiet, rule("EndpointErrors", labels=other, state="firing")]) == []
    assert on([*quiet[:1], rule("EndpointErrors", state="firing")]) == ["EndpointErrors"]
    assert on([*quiet[:1], rule("EndpointErrors", state="pending")]) == []


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [rule("EndpointDown")],
        [rule("EndpointDown"), rule("EndpointErrors", health="unknown")],
        [rule("EndpointDown"), {"name": "EndpointErrors", "type": "recording", "health": "ok"}],
    ],
)
def test_what_is_unknown_is_not_healthy(rules: list[dict[str, Any]]) -> None:
    (found,) = on(rules)
    assert found.startswith("unknown (")


def test_only_the_endpoints_own_alerts_have_fired() -> None:
    asked: list[str] = []
    found = [{"metric": {"alertname": name}} for name in ("EndpointErrors", "AnotherOne")]

    def fetch(url: str) -> bytes:
        asked.append(urllib.parse.unquote_plus(url))
        return json.dumps({"data": {"result": found}}).encode()

    place = ClusterTarget.read("churn", cluster.TARGET)
    assert Alerts(place, fetch).fired(90.4) == ["EndpointErrors"]
    series = 'ALERTS{alertstate="firing",namespace="serving",endpoint="churn"}'
    assert asked == [f"http://prometheus:9090/api/v1/query?query=max_over_time({series}[90s])"]


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b'{"data": {"groups": [1]}}'])
def test_an_answer_that_cannot_be_read_is_unknown(answer: bytes) -> None:
    place = ClusterTarget.read("churn", cluster.TARGET)
    alerts = Alerts(place, lambda _url: answer, lambda _seconds: None)
    for found in (alerts.on(), alerts.fired(60)):
        assert len(found) == 1
        assert found[0].startswith("unknown (")


def test_what_is_unknown_is_asked_again_for_some_minutes() -> None:
    answers, pauses = iter([b"", b"", b""]), list[float]()
    quiet = {"data": {"groups": [{"rules": [rule(name) for name in cluster.NAMES]}]}}
    place = ClusterTarget.read("churn", cluster.TARGET)
    found = Alerts(place, lambda _url: next(answers, json.dumps(quiet).encode()), pauses.append)
    assert found.on() == []
    assert pauses == [10.0, 30.0, 60.0]


@pytest.mark.parametrize(("url", "signed"), [(URL, True), ("http://prometheus:9090", False)])
def test_requests_to_a_workspace_are_signed(
    monkeypatch: pytest.MonkeyPatch, url: str, signed: bool
) -> None:
    asked: list[urllib.request.Request] = []

    def urlopen(request: urllib.request.Request, timeout: int) -> Any:
        asked.append(request)
        raise OSError("enough")

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    place = ClusterTarget.read("churn", {**cluster.TARGET, "prometheus_url": url})
    alerts = Alerts(place, sleep=lambda _seconds: None)
    alerts.fired(60)
    assert all(("aws4_request" in (r.get_header("Authorization") or "")) is signed for r in asked)
    asked.clear()
    alerts.on()
    assert asked[0].full_url == f"{url.rstrip('/')}/api/v1/rules"
    authorization = asked[0].get_header("Authorization") or ""
    assert ("/eu-west-1/aps/aws4_request" in authorization) is signed
