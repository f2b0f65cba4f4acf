"""Events of KServe's payload logger come out as data capture, which the same reader
reads as SageMaker's."""

import contextlib
import itertools
import json
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import recorded_day
from groundplan.model_monitoring.analysis import capture, cloud_events, collector
from groundplan.model_monitoring.analysis.capture import Broken, Captured
from groundplan.model_monitoring.analysis.cloud_events import REQUEST, RESPONSE, Event
from groundplan.model_monitoring.analysis.collector import Collector
from groundplan.model_monitoring.analysis.stores import Folder

AGENT = shutil.which("kserve-agent")


def event(number: int, kind: str, body: str, content_type: str = "application/json") -> Event:
    found = Event.read(
        {
            "Ce-Id": f"id-{number}",
            "Ce-Type": kind,
            "Ce-Time": f"2026-11-28T09:{number % 60:02d}:00.123456789Z",
            "Content-Type": content_type,
        },
        body.encode(),
    )
    assert found is not None
    return found


def pair(number: int) -> list[Event]:
    return [event(number, REQUEST, '[[50, "Oslo"]]'), event(number, RESPONSE, "[0.5]")]


def collecting(folder: pathlib.Path, **options: Any) -> Collector:
    numbers = itertools.count()
    return Collector(Folder(str(folder)), name=lambda: f"{next(numbers):04d}", **options)


def captured(folder: pathlib.Path) -> tuple[list[Captured], Broken]:
    place, broken = Folder(str(folder)), Broken()
    found = [
        item
        for entry in place.entries()
        for item in capture.of_file(place, entry.key, recorded_day.SCHEMA, broken)
    ]
    return found, broken


def test_a_pair_is_read_as_a_line_of_data_capture(tmp_path: pathlib.Path) -> None:
    known = collecting(tmp_path)
    for item in pair(7):
        known.add(item)
    known.flush()
    captures, broken = captured(tmp_path)
    read: list[Any] = list(captures)
    expected = Captured(
        "id-7",
        "id-7",
        "2026-11-28T09:07:00.123Z",
        [{"income": 50, "city": "Oslo"}],
        [{"score": 0.5}],
    )
    assert read == [expected]
    assert broken.total == 0
    assert [entry.key for entry in Folder(str(tmp_path)).entries()] == ["2026/11/28/09/0000.jsonl"]


@pytest.mark.parametrize(
    ("content_type", "asked", "answered"),
    [
        ("text/csv", "50,Oslo", "0.5"),
        ("text/csv; charset=utf-8", "50,Oslo", "0.5\n"),
        ("text/csv", "50,Oslo", '{"predictions": [0.5]}'),
        ("application/json", '{"instances": [[50, "Oslo"]]}', '{"predictions": [0.5]}'),
        ("application/jsonlines", '{"income": 50, "city": "Oslo"}', '{"score": 0.5}'),
    ],
)
def test_each_content_type_of_a_server_is_read(
    tmp_path: pathlib.Path, content_type: str, asked: str, answered: str
) -> None:
    known = collecting(tmp_path)
    known.add(event(1, REQUEST, asked, content_type))
    known.add(event(1, RESPONSE, answered, content_type))
    known.flush()
    (item,), broken = captured(tmp_path)
    assert broken.total == 0
    assert item.inputs is not None
    assert item.outputs is not None
    assert float(item.inputs[0]["income"]) == 50
    assert float(item.outputs[0]["score"]) == 0.5


def test_events_in_any_order_and_twice_come_to_the_same_lines(tmp_path: pathlib.Path) -> None:
    events = [item for number in range(40) for item in pair(number)]
    found = set()
    for seed in range(5):
        mixed = [*events, *events[:10]]
        random.Random(seed).shuffle(mixed)  # noqa: S311 (no secret)
        known = collecting(tmp_path / str(seed))
        for item in mixed:
            known.add(item)
        known.flush()
        ids = frozenset(item.event_id for item in captured(tmp_path / str(seed))[0])
        found.add(ids)
    assert found == {frozenset(f"id-{number}" for number in range(40))}


def test_a_request_that_failed_and_a_health_check_are_no_captures(tmp_path: pathlib.Path) -> None:
    known = collecting(tmp_path)
    known.add(event(1, REQUEST, "[[50]]"))
    known.add(event(2, REQUEST, "", ""))
    known.add(event(2, RESPONSE, "ok", ""))
    known.flush()
    assert captured(tmp_path) == ([], Broken())


def test_what_waits_is_bounded(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MOST_BYTES", 4096)
    known = collecting(tmp_path)
    for number in range(1000):
        known.add(event(number, REQUEST, '[[50, "Oslo"]]'))
    assert len(known._alone) <= 4
    for number in range(995, 1000):
        known.add(event(number, RESPONSE, "[0.5]"))
    for number in range(100):
        for item in pair(number):
            known.add(item)
    assert known._lines_bytes <= 4096
    assert known.dropped > 0


def test_what_cannot_be_written_waits_in_its_order(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = collecting(tmp_path)
    for item in pair(1):
        known.add(item)
    write = Folder.write

    def refuse(*_: Any) -> None:
        raise OSError("unreachable")

    monkeypatch.setattr(Folder, "write", refuse)
    with pytest.raises(OSError, match="unreachable"):
        known.flush()
    monkeypatch.setattr(Folder, "write", write)
    for item in pair(2):
        known.add(item)
    known.flush()
    assert [item.event_id for item in captured(tmp_path)[0]] == ["id-1", "id-2"]


def test_a_share_of_the_requests_is_captured_the_same_in_every_pod(tmp_path: pathlib.Path) -> None:
    one, other = (collecting(tmp_path, percent=20) for _ in range(2))
    sampled = [number for number in range(2000) if one.is_sampled(f"id-{number}")]
    assert 320 < len(sampled) < 480
    assert sampled == [number for number in range(2000) if other.is_sampled(f"id-{number}")]


@contextlib.contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def post(port: int, body: bytes, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", body, named)
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 (this test's server)
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def test_the_collector_takes_what_the_logger_posts(tmp_path: pathlib.Path) -> None:
    known = collecting(tmp_path)
    with listening(collector.server(known, 0, threading.Event())) as port:
        attributes = {"Ce_Id": "a", "Ce_Time": "2026-11-28T09:00:00Z", "Content_Type": "text/csv"}
        assert post(port, b"50,Oslo", Ce_Type=REQUEST, **attributes)[0] == 200
        assert post(port, b"0.5", Ce_Type=RESPONSE, **attributes)[0] == 200
        assert post(port, b"0.5", Ce_Type="other", **attributes)[0] == 400
        with socket.create_connection(("127.0.0.1", port)) as chunked:
            head = f"POST / HTTP/1.1\r\nHost: a\r\nce-id: b\r\nce-type: {REQUEST}\r\n"
            chunked.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            chunked.sendall(b"3\r\n50,\r\n4\r\nOslo\r\n0\r\n\r\n")
            assert chunked.recv(20).startswith(b"HTTP/1.1 200")
    known.flush()
    assert [item.event_id for item in captured(tmp_path)[0]] == ["a"]
    assert known._alone["b", REQUEST].body == b"50,Oslo"


def test_what_is_left_is_written_at_the_end(tmp_path: pathlib.Path) -> None:
    known, end = collecting(tmp_path), threading.Event()
    for item in pair(1):
        known.add(item)
    end.set()
    collector.write(known, threading.Event(), end)
    assert len(captured(tmp_path)[0]) == 1


class Model(BaseHTTPRequestHandler):
    """A model server."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"predictions": [0.5]}')

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Logs nothing."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.skipif(AGENT is None, reason="kserve-agent is not on the PATH (go build ./cmd/agent)")
def test_kserves_own_agent_is_captured(tmp_path: pathlib.Path) -> None:
    known, port = collecting(tmp_path), free_port()
    with (
        listening(collector.server(known, 0, threading.Event())) as collects,
        listening(ThreadingHTTPServer(("127.0.0.1", 0), Model)) as serves,
    ):
        command = [
            str(AGENT), f"--port={port}", f"--component-port={serves}", "--log-mode=all",
            f"--log-url=http://127.0.0.1:{collects}/", "--inference-service=loans",
        ]  # fmt: skip
        agent = subprocess.Popen(command, env={"SERVING_READINESS_PROBE": ""}, stderr=sys.stderr)
        try:
            _reached(port)
            answer = post(port, b'[[50, "Oslo"]]', Content_Type="application/json", Ce_Id="mine")
            assert answer == (200, b'{"predictions": [0.5]}')
            while not known._lines:  # the logger posts after it has answered
                assert agent.poll() is None
        finally:
            agent.kill()
            agent.wait()
    known.flush()
    (item,), broken = captured(tmp_path)
    assert (item.inference_id, item.outputs, broken.total) == ("mine", [{"score": 0.5}], 0)


def _reached(port: int) -> None:
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return


def test_times_of_events_are_texts_in_their_order() -> None:
    times = ["2026-11-28T09:00:00Z", "2026-11-28T09:00:00.1Z", "2026-11-28T09:00:00.123456789Z"]
    found = [cloud_events.milliseconds(time) for time in times]
    assert found == sorted(found)
    assert found[1] == "2026-11-28T09:00:00.100Z"
    assert json.loads(cloud_events.line(*pair(1)))["eventVersion"] == "0"
