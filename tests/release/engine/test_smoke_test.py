"""Recorded requests, sent to an endpoint."""

import dataclasses
import io
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError  # type: ignore[import-untyped]
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.gate_spec import SmokeSpec
from groundplan.release.engine.recorded import Recorded, Recording
from groundplan.release.engine.smoke import MARK, Outcome, Watch, run


def refusal(code: str, original: int | None = None) -> ClientError:
    answer: dict[str, Any] = {
        "Error": {"Code": code, "Message": "refused"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(
        answer | ({"OriginalStatusCode": original} if original else {}), "InvokeEndpoint"
    )


class Model:
    """Returns the answers in order, then repeats the last; an answer is a delay in
    seconds or an error."""

    def __init__(self, *answers: float | Exception, body: bytes = b'{"score": 0.5}') -> None:
        self.answers, self.body, self.now, self.asked = (
            list(answers),
            body,
            0.0,
            list[dict[str, Any]](),
        )

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        self.now += answer
        return {"Body": io.BytesIO(self.body)}

    def sleep(self, seconds: float) -> None:
        self.now += seconds


Send = Callable[..., Outcome]


def send(model: Model, *requests: Recorded, **spec: Any) -> Outcome:
    clients = Clients(None, model, None, None, None)
    recording = Recording(requests or [Recorded("one", b"{}")], "sha256:x")
    return run(
        clients,
        "churn",
        SmokeSpec("s3://artifacts/x", **spec),
        recording,
        Watch(lambda: model.now, model.sleep),
    )


def test_request_is_sent_as_recorded_with_an_inference_id() -> None:
    model = Model(0.02)
    outcome = send(model, Recorded("csv", b"1,2", "text/csv", "application/json"))

    assert model.asked == [
        {
            "EndpointName": "churn",
            "Body": b"1,2",
            "ContentType": "text/csv",
            "Accept": "application/json",
            "InferenceId": MARK,
        }
    ]
    assert outcome.passed
    (answer,) = outcome.requests
    assert dataclasses.asdict(answer) == {
        "name": "csv",
        "ok": True,
        "latency_ms": 20.0,
        "faults": [],
    }
    assert (outcome.digest, outcome.endpoint, outcome.reason) == ("sha256:x", "churn", "")


@pytest.mark.parametrize(
    "error",
    [
        refusal("ModelNotReadyException"),
        refusal("ServiceUnavailable"),
        refusal("ModelError", 503),
        ReadTimeoutError(endpoint_url="x"),
        refusal("ThrottlingException"),
    ],
)
def test_a_model_that_is_not_ready_is_asked_again(error: Exception) -> None:
    model = Model(error, error, 0.01)
    assert send(model).passed
    assert len(model.asked) == 3
    assert model.now == pytest.approx(3.01)


def test_retries_stop_at_the_timeout() -> None:
    model = Model(refusal("ModelNotReadyException"))
    outcome = send(model, Recorded("one", b"1"), Recorded("two", b"2"), timeout_seconds=20)
    assert not outcome.passed
    assert model.now < 20
    assert (
        "2 of 2 recorded requests failed: one: InvokeEndpoint: ModelNotReadyException: refused"
        in outcome.reason
    )


def test_a_slow_request_leaves_no_time_for_the_next() -> None:
    outcome = send(Model(30.0), Recorded("one", b"1"), Recorded("two", b"2"), timeout_seconds=20)
    assert [answer.ok for answer in outcome.requests] == [True, False]
    assert "two: no time was left for it" in outcome.reason


@pytest.mark.parametrize(
    "error",
    [refusal("ModelError", 500), refusal("ValidationError"), refusal("AccessDeniedException")],
)
def test_an_error_of_the_model_is_an_answer(error: Exception) -> None:
    model = Model(error, 0.01)
    assert not send(model).passed
    assert len(model.asked) == 1


@pytest.mark.parametrize("code", ["ThrottlingException", "ExpiredTokenException"])
def test_what_says_nothing_of_the_model_is_raised(code: str) -> None:
    with pytest.raises(ClientError, match=code):
        send(Model(refusal(code)), timeout_seconds=10)


def test_a_request_that_the_container_must_refuse() -> None:
    bad = Recorded("nonsense", b"{", status=400)
    assert send(Model(refusal("ModelError", 400)), bad).passed
    assert "status 200, expected 400" in send(Model(0.01), bad).reason
    assert not send(Model(refusal("ModelError", 500)), bad).passed


def test_of_several_answers_the_fastest_counts() -> None:
    model = Model(2.0, 0.4, 0.05)
    outcome = send(model, max_latency_ms=100)
    assert outcome.passed
    assert outcome.requests[0].latency_ms == pytest.approx(50.0)
    slow = Model(0.3, 0.2, 0.4)
    assert "one: 200 ms, allowed 100 ms" in send(slow, max_latency_ms=100).reason
    assert len(slow.asked) == 3


def test_a_wrong_answer_is_not_asked_for_again() -> None:
    model = Model(0.5)
    outcome = send(
        model, Recorded("one", b"1", values={"$.score": {"min": 0.9}}), max_latency_ms=100
    )
    assert outcome.requests[0].faults == [
        "500 ms, allowed 100 ms",
        "$.score is 0.5, expected at least 0.9",
    ]
    assert len(model.asked) == 1


def test_a_reason_names_three_and_counts_the_rest() -> None:
    requests = [Recorded(str(number), b"1", status=400) for number in range(5)]
    reason = send(Model(0.01), *requests).reason
    assert reason.startswith("5 of 5 recorded requests failed: 0: status 200, expected 400; 1: ")
    assert reason.endswith("; and 2 more")
