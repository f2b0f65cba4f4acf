"""The server of models: what it answers, what it refuses, and how it ends."""

import asyncio
import http.client
import io
import json
import pathlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import joblib  # type: ignore[import-untyped]
import pytest
import uvicorn
from groundplan.arguments import with_defaults
from groundplan.serving.kubernetes_endpoint import server as pods
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs, PodMetricsArgs
from starlette.testclient import TestClient

from rehearsal.containers import folders, model
from rehearsal.containers import server as container
from rehearsal.containers.serve import Server
from rehearsal.containers.server import Limits, application
from rehearsal.life import data

ROOT = pathlib.Path(__file__).parents[2]
CSV = {"Content-Type": "text/csv"}
ROW = "14.1,19.3,0.096,0.049,0.18"


@pytest.fixture(scope="module")
def archive() -> bytes:
    """A trained model, packed."""
    buffer = io.BytesIO()
    trained = model.pipeline(imputes=True, regularization=1, seed=1).fit(*data.part(1, "train"))
    joblib.dump(trained, buffer)
    return folders.packed(buffer.getvalue())


@pytest.fixture
def client(archive: bytes) -> Iterator[TestClient]:
    with TestClient(application(Server(archive), Limits(body_bytes=1000))) as found:
        yield found


def test_a_loaded_model_is_healthy(client: TestClient) -> None:
    assert client.get("/ping").status_code == 200


def test_each_row_of_a_csv_has_a_score(client: TestClient, archive: bytes) -> None:
    body = f"{ROW}\n20.5,21,0.1,,0.19\n"
    answer = client.post("/invocations", content=body, headers=CSV)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.text == Server(archive).answer(body)
    assert [0 < float(score) < 1 for score in answer.text.splitlines()] == [True, True]


def test_json_has_the_scores_of_the_same_rows_in_csv(client: TestClient) -> None:
    rows = [[float(value) for value in ROW.split(",")], [20.5, 21, 0.1, None, 0.19]]
    answer = client.post("/invocations", json={"instances": rows})
    assert answer.status_code == 200
    same = client.post("/invocations", content=f"{ROW}\n20.5,21,0.1,,0.19", headers=CSV)
    assert answer.json()["predictions"] == [float(score) for score in same.text.splitlines()]


@pytest.mark.parametrize(
    ("kind", "body", "status", "detail"),
    [
        ("text/csv", b"", 400, "no rows"),
        ("text/csv", b"1,2", 400, "Each row has 5 values"),
        ("text/csv", b"1,2,3,4,five", 400, "no number"),
        ("text/csv", b"1,2,3,4,inf", 400, "infinite"),
        ("text/csv", b"1,2,3,4,\xff", 400, "no UTF-8"),
        ("application/json", b"{", 400, "no JSON"),
        ("application/json", b"[" * 900, 400, "no JSON"),
        ("application/json", b"[1,2,3,4,5]", 400, "instances"),
        ("application/json", b'{"instances": [1]}', 400, "instances"),
        ("application/json", b'{"instances": [[1,2,3,4,"5"]]}', 400, "no number"),
        ("application/json", b'{"instances": [[1,2,3,4,true]]}', 400, "no number"),
        ("application/json", b'{"instances": [[1,2,3,4,1e999]]}', 400, "infinite"),
        ("application/json", b'{"instances": [[1,2,3,4,1' + b"0" * 400 + b"]]}", 400, "no number"),
        ("application/x-npy", b"1,2,3,4,5", 415, "Content-Type"),
        ("text/csv", b"1" * 1001, 413, "more than 1000 bytes"),
    ],
)
def test_what_is_no_request_is_refused_with_its_reason(
    client: TestClient, kind: str, body: bytes, status: int, detail: str
) -> None:
    answer = client.post("/invocations", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert detail in answer.json()["detail"]


def test_a_body_without_a_length_is_counted_as_it_arrives(client: TestClient) -> None:
    chunks = iter([b"1" * 400] * 3)
    answer = client.post("/invocations", content=chunks, headers=CSV)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")


def test_other_paths_and_methods_are_refused_in_the_same_form(client: TestClient) -> None:
    for answer, status in ((client.get("/invocations"), 405), (client.get("/admin"), 404)):
        assert (answer.status_code, answer.json()["status"]) == (status, status)


class Failing(Server):
    """A server whose model raises."""

    def __init__(self) -> None:
        pass

    def answer(self, body: str) -> str:
        raise ValueError(f"This is wrong: {body}")


def test_a_model_that_fails_is_an_error_of_the_server_and_reveals_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with TestClient(application(Failing())) as client:
        answer = client.post("/invocations", content=ROW, headers=CSV)
        assert answer.status_code == 500
        assert ROW not in answer.text
        counted = client.get("/metrics").text
    assert "ValueError" in caplog.text
    assert ROW not in caplog.text
    # What the alerts of a KubernetesEndpoint read.
    assert 'http_requests_total{status="500"} 1.0' in counted
    assert 'http_request_duration_seconds_bucket{le="+Inf"} 1.0' in counted


class Waiting(Server):
    """A server whose model answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may = threading.Event(), threading.Event()

    def answer(self, body: str) -> str:  # noqa: ARG002
        self.asked.set()
        self.may.wait(30)
        return "0.5"


def test_requests_above_the_limit_are_refused_and_health_checks_are_not() -> None:
    server, answers = Waiting(), list[Any]()
    with TestClient(application(server, Limits(requests=1))) as client:

        def ask() -> None:
            answers.append(client.post("/invocations", content=ROW, headers=CSV))

        first = threading.Thread(target=ask)
        first.start()
        assert server.asked.wait(30)
        refused = client.post("/invocations", content=ROW, headers=CSV)
        healthy = client.get("/ping")
        server.may.set()
        first.join(30)
        again = client.post("/invocations", content=ROW, headers=CSV)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert healthy.status_code == 200
    assert [answers[0].status_code, again.status_code] == [200, 200]


@pytest.mark.parametrize("name", ["model.joblib", "model.tar.gz"])
def test_the_model_is_a_file_of_the_folder_or_its_archive(
    tmp_path: pathlib.Path, archive: bytes, name: str
) -> None:
    if name == folders.ARCHIVE:
        (tmp_path / name).write_bytes(archive)
    else:
        joblib.dump(folders.opened(archive), tmp_path / name)
    assert Server.of_folder(tmp_path).answer(ROW) == Server(archive).answer(ROW)


def test_variables_set_the_limits() -> None:
    found = Limits.of({"SERVER_BODY_BYTES": "10", "SERVER_REQUESTS": "2"})
    assert found == Limits(10, 2, Limits.read_seconds)
    assert json.dumps(Limits.of({}).body_bytes) == "6291456"


def test_an_endpoint_reaches_the_image_with_its_own_defaults(client: TestClient) -> None:
    endpoint = with_defaults(KubernetesEndpointArgs, {})
    assert client.get(endpoint["health_path"]).status_code == 200
    text = (ROOT / "images/serving/Dockerfile").read_text(encoding="utf-8")
    assert f"\nEXPOSE {endpoint['port']}\n" in text
    program = pathlib.Path(container.__file__).read_text(encoding="utf-8")
    assert f'"MODEL_FOLDER", "{pods.MODEL_FOLDER}"' in program
    assert f'"SERVER_PORT", "{endpoint["port"]}"' in program
    metrics = with_defaults(PodMetricsArgs, {})
    client.post("/invocations", content=ROW, headers=CSV)
    assert f'{metrics["requests"]}{{status="200"}} 1.0' in client.get(metrics["path"]).text


class Ending(uvicorn.Server):
    """A server whose model answers only after the shutdown has begun."""

    def __init__(self, config: uvicorn.Config, model_server: Waiting) -> None:
        super().__init__(config)
        self.model_server = model_server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.model_server.may.set()
        await super().shutdown(sockets)


def test_a_server_that_is_stopped_completes_what_it_has_begun() -> None:
    waiting, answers = Waiting(), list[Any]()
    server = Ending(container.configuration(application(waiting), 0), waiting)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("POST", "/invocations", ROW, CSV)
            answers.append(connection.getresponse().status)
            connection.close()

        asking = threading.Thread(target=ask)
        asking.start()
        assert waiting.asked.wait(30)
        server.should_exit = True
        asking.join(30)
        serving.join(30)
    assert answers == [200]
    assert not serving.is_alive()


def invoked(receive: Callable[[], Awaitable[Any]], limits: Limits) -> tuple[int, str]:
    """Returns the status of an invocation whose body arrives as `receive` says, and the
    metrics after it."""
    app, sent = application(Failing(), limits), list[Any]()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/invocations",
        "query_string": b"",
        "headers": [(b"content-type", b"text/csv")],
    }

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    with TestClient(app) as client:
        return sent[0]["status"], client.get("/metrics").text


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    status, counted = invoked(never, Limits(read_seconds=0))
    assert status == 408
    assert 'http_requests_total{status="408"} 1.0' in counted


def test_a_client_that_goes_away_is_no_error_of_the_server() -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    status, counted = invoked(gone, Limits())
    assert status == 499
    assert 'status="5' not in counted
