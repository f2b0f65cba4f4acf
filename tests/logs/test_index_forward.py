"""The function that indexes lines, against a fake OpenSearch and a fake SageMaker."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.exceptions import ConnectTimeoutError  # type: ignore[import-untyped]
from groundplan.logs.index import forward, names
from groundplan.logs.index.client import Search, SearchError
from groundplan.logs.index.models import Models
from groundplan.logs.index.records import LONGEST, Settings, batch, lines

SETTINGS = Settings(
    endpoint="search",
    service="es",
    environment="ml-prod",
    store="logs",
    cluster_prefix="/groundplan/ml-prod/logs/",
    teams={"churn-prod": "crm"},
)
MIDNIGHT = 1_795_824_000_000
"""2026-11-28T00:00:00Z in milliseconds."""


class Answer:
    def __init__(self, status: int, body: Any) -> None:
        self.status_code, self.content = status, json.dumps(body).encode()


class Bulk:
    """Answers bulk requests: each item with the next status, 201 at last."""

    def __init__(
        self, statuses: Sequence[int] = (), http: Sequence[int] = (), error: Any = "why"
    ) -> None:
        self.statuses, self.http, self.error = list(statuses), list(http), error
        self.entries: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.sizes: list[int] = []

    def send(self, request: Any) -> Answer:
        if self.http:
            return Answer(self.http.pop(0), {})
        rows = [json.loads(row) for row in request.body.decode().splitlines()]
        self.sizes.append(len(request.body))
        self.entries += list(zip(rows[::2], rows[1::2], strict=True))
        items = [
            {
                "create": {
                    "status": self.statuses.pop(0) if self.statuses else 201,
                    "error": self.error,
                }
            }
            for _ in rows[::2]
        ]
        return Answer(200, {"errors": False, "items": items})


class SageMaker:
    def __init__(self, status: str = "InService", error: Exception | None = None) -> None:
        self.status, self.error, self.calls = status, error, 0

    def describe_endpoint(self, **_: str) -> Mapping[str, Any]:
        self.calls += 1
        if self.error:
            raise self.error
        return {"EndpointStatus": self.status, "EndpointConfigName": "config-3"}

    def describe_endpoint_config(self, **_: str) -> Mapping[str, Any]:
        variants = [{"VariantName": "primary", "ModelName": "churn-3"}]
        shadows = [{"VariantName": "shadow", "ModelName": "churn-4"}]
        return {"ProductionVariants": variants, "ShadowProductionVariants": shadows}

    def describe_model(self, **named: str) -> Mapping[str, Any]:
        arn = f"arn:aws:sagemaker:us-east-1:1:model-package/churn/{named['ModelName'][-1]}"
        return {"Containers": [{"ModelPackageName": arn}]}


def delivered(group: str, *messages: str, stream: str = "primary/i-0a") -> dict[str, Any]:
    events = [
        {"id": f"id-{n}", "timestamp": MIDNIGHT + n - 1, "message": message}
        for n, message in enumerate(messages)
    ]
    return {
        "messageType": "DATA_MESSAGE",
        "logGroup": group,
        "logStream": stream,
        "logEvents": events,
    }


def forwarded(
    content: Mapping[str, Any],
    bulk: Bulk | None = None,
    settings: Settings = SETTINGS,
    sagemaker: SageMaker | None = None,
) -> tuple[dict[str, int], Bulk]:
    bulk = bulk or Bulk()
    waited: list[float] = []
    search = Search(
        "https://search",
        settings.service,
        "us-east-1",
        Credentials("a", "b"),
        bulk,
        lambda: sum(waited),
        waited.append,
    )
    models = Models(sagemaker or SageMaker(), lambda: 1.0)
    return forward.forward(content, settings, search, models), bulk


CLUSTER = "/groundplan/ml-prod/logs/vision"
OF_POD = {"team": "vision", "run": "r1", "message": "hello", "pod": "p", "level": "info"}


def test_what_cloudwatch_delivers_is_unpacked() -> None:
    content = delivered(CLUSTER, "x")
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()
    assert batch({"awslogs": {"data": packed}}) == content


def test_a_line_of_the_cluster_has_its_fields_and_the_index_of_its_day() -> None:
    result, bulk = forwarded(delivered(CLUSTER, json.dumps(OF_POD), json.dumps(OF_POD)))
    assert result == {"indexed": 2, "refused": 0}
    (first, document), (second, _) = bulk.entries
    assert first == {"create": {"_index": "groundplan-logs-2026.11.27", "_id": "id-0"}}
    assert second == {"create": {"_index": "groundplan-logs-2026.11.28", "_id": "id-1"}}
    assert document == {
        **OF_POD,
        "environment": "ml-prod",
        "log_group": CLUSTER,
        "log_stream": "primary/i-0a",
        "@timestamp": "2026-11-27T23:59:59.999+00:00",
    }


def test_the_team_of_a_line_is_that_of_its_log_group_whatever_it_says() -> None:
    forged = {**OF_POD, "team": "speech", "environment": "dev", "other": 1, "log_group": "x"}
    _, bulk = forwarded(delivered(CLUSTER, json.dumps(forged)))
    document = bulk.entries[0][1]
    assert document["team"] == "vision"
    assert document["environment"] == "ml-prod"
    assert document["log_group"] == CLUSTER
    assert "other" not in document


def test_a_line_of_sagemaker_leads_to_its_model() -> None:
    group = "/aws/sagemaker/Endpoints/churn-prod"
    _, bulk = forwarded(delivered(group, "Traceback"))
    document = bulk.entries[0][1]
    assert document["team"] == "crm"
    assert (document["endpoint"], document["variant"]) == ("churn-prod", "primary")
    assert document["model"] == "churn-3"
    assert document["model_version"].endswith("model-package/churn/3")
    _, bulk = forwarded(delivered(group, "x", stream="shadow/i-0b"))
    assert bulk.entries[0][1]["model"] == "churn-4"


@pytest.mark.parametrize(
    "sagemaker", [SageMaker("Updating"), SageMaker(error=ConnectTimeoutError(endpoint_url="x"))]
)
def test_a_model_that_is_not_certain_is_not_named(sagemaker: SageMaker) -> None:
    group = "/aws/sagemaker/Endpoints/churn-prod"
    result, bulk = forwarded(delivered(group, "a", "b"), sagemaker=sagemaker)
    assert result["indexed"] == 2
    assert "model" not in bulk.entries[0][1]
    assert sagemaker.calls == 1


def test_lines_of_training_jobs_and_functions() -> None:
    _, bulk = forwarded(delivered("/aws/sagemaker/TrainingJobs", "x", stream="churn-1a/algo-1-17"))
    assert bulk.entries[0][1]["job"] == "churn-1a"
    text = json.dumps({"level": "ERROR", "message": "no bucket", "requestId": "1"})
    _, bulk = forwarded(delivered("watch-logs-1", text))
    document = bulk.entries[0][1]
    assert (document["level"], document["message"]) == ("error", "no bucket")
    assert document["data"]["requestId"] == "1"
    assert document["team"] == "platform"


@pytest.mark.parametrize("text", ["[1]", "3", '"text"', "plain {", "null"])
def test_a_line_that_is_no_json_object_is_its_message(text: str) -> None:
    for group in (CLUSTER, "watch-logs-1"):
        _, bulk = forwarded(delivered(group, text))
        assert bulk.entries[0][1]["message"] == text


def test_a_value_that_is_too_long_for_an_index_is_cut() -> None:
    text = json.dumps({"a": "x" * 40_000, "b": {"c": ["y" * 40_000]}})
    _, bulk = forwarded(delivered("watch-logs-1", text))
    data = bulk.entries[0][1]["data"]
    assert (len(data["a"]), len(data["b"]["c"][0])) == (LONGEST, LONGEST)


def test_a_control_message_is_no_line() -> None:
    control = {**delivered(CLUSTER, "CWL CONTROL MESSAGE"), "messageType": "CONTROL_MESSAGE"}
    assert list(lines(control, SETTINGS)) == []
    assert forwarded(control)[0] == {"indexed": 0, "refused": 0}


def test_a_batch_that_comes_twice_is_stored_once() -> None:
    content = delivered(CLUSTER, "a", "b")
    _, first = forwarded(content)
    result, second = forwarded(content, Bulk(statuses=[409, 409]))
    assert [action for action, _ in first.entries] == [action for action, _ in second.entries]
    assert result == {"indexed": 2, "refused": 0}


def test_a_line_that_an_index_refuses_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    result, _ = forwarded(delivered(CLUSTER, "a", "b", "c"), Bulk(statuses=[201, 400, 201]))
    assert result == {"indexed": 2, "refused": 1}
    assert [record.message for record in caplog.records] == ['refused: "why"']
    found = json.loads(capsys.readouterr().out)
    assert (found["IndexedLines"], found["RefusedLines"], found["Store"]) == (2, 1, "logs")
    (definition,) = found["_aws"]["CloudWatchMetrics"]
    assert definition["Namespace"] == names.NAMESPACE
    assert definition["Dimensions"] == [["Store"]]


@pytest.mark.parametrize(
    ("logged", "value"),
    [
        (
            "failed to parse field [level] of type [keyword] in document with id '1'.",
            "Preview of field's value: 'hunter2'",
        ),
        (
            'Document contains at least one immense term in field="level".',
            "The prefix of the first immense term is: '[hunter2]...'",
        ),
    ],
)
def test_the_reason_of_a_refused_line_has_no_value_of_it(
    caplog: pytest.LogCaptureFixture, logged: str, value: str
) -> None:
    cause = {"type": "number_format_exception", "reason": 'For input string: "hunter2"'}
    error = {"type": "mapper_parsing_exception", "reason": f"{logged} {value}", "caused_by": cause}
    forwarded(delivered(CLUSTER, "hunter2"), Bulk(statuses=[400], error=error))
    (record,) = caplog.records
    wanted = f"refused: mapper_parsing_exception: {logged} (number_format_exception)"
    assert record.message == wanted


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_search_gets_the_batch_again(status: int) -> None:
    with pytest.raises(SearchError, match=str(status)):
        forwarded(delivered(CLUSTER, "a"), Bulk(statuses=[status]))
    with pytest.raises(SearchError, match=str(status)):
        forwarded(delivered(CLUSTER, "a"), Bulk(http=[status] * 99))
    assert forwarded(delivered(CLUSTER, "a"), Bulk(http=[status]))[0]["indexed"] == 1


def test_a_search_that_refuses_the_role_gets_the_batch_again() -> None:
    with pytest.raises(SearchError, match="403"):
        forwarded(delivered(CLUSTER, "a"), Bulk(http=[403]))


def test_a_collection_has_an_index_for_each_team_and_no_identifiers() -> None:
    settings = Settings(**{**vars(SETTINGS), "service": "aoss"})
    _, bulk = forwarded(delivered(CLUSTER, "a"), settings=settings)
    assert bulk.entries[0][0] == {"create": {"_index": "groundplan-logs-vision"}}


def test_a_large_batch_is_sent_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "MAX_BYTES", 1500)
    result, bulk = forwarded(delivered(CLUSTER, *("x" * 400 for _ in range(9))))
    assert result["indexed"] == 9
    assert len(bulk.sizes) > 1
    assert max(bulk.sizes) <= 1500


def test_an_answer_of_sagemaker_holds_for_five_minutes() -> None:
    sagemaker, now = SageMaker(), [0.0]
    models = Models(sagemaker, lambda: now[0])
    for now[0] in (1.0, 200.0, 299.0, 302.0):
        models.of("churn-prod", "primary")
    assert sagemaker.calls == 2
