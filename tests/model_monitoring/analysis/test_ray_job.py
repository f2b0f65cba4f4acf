"""A check as a RayJob: it is created once, and its end is the Job's."""

import contextlib
import json
import pathlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from groundplan.model_monitoring.analysis import names, ray_job
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster

TEMPLATE = json.dumps(
    {
        "metadata": {"name": names.JOB_NAME, "namespace": "ml"},
        "spec": {"env": [{"name": names.JOB_VARIABLE, "value": names.JOB_NAME}]},
    }
)
RAYJOBS = "/apis/ray.io/v1/namespaces/ml/rayjobs"


class Server:
    """An API server with RayJobs."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.created = 0
        self.tokens: set[str] = set()
        self.broken = 0

    def answer(self, method: str, path: str, body: Any, token: str) -> tuple[int, Any]:
        self.tokens.add(token)
        if self.broken:
            self.broken -= 1
            return 503, {}
        if method == "POST":
            name = f"{path}/{body['metadata']['name']}"
            if name in self.objects:
                return 409, {}
            self.created += 1
            self.objects[name] = body
            return 201, body
        return (200, self.objects[path]) if path in self.objects else (404, {})


@contextlib.contextmanager
def serving(known: Server, account: pathlib.Path) -> Iterator[Cluster]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._answer(None)

        def _answer(self, body: Any) -> None:
            token = self.headers["Authorization"]
            status, document = known.answer(self.command, self.path, body, token)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            """Logs nothing."""

    (account / "token").write_text("secret\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Cluster(f"http://127.0.0.1:{server.server_address[1]}", account)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_ray_job_has_the_name_of_the_job_and_its_driver_knows_it() -> None:
    found = ray_job.manifest(TEMPLATE, "fraud-29600190")
    assert found["metadata"]["name"] == "fraud-29600190"
    assert found["spec"]["env"][0] == {"name": "GROUNDPLAN_JOB", "value": "fraud-29600190"}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"jobStatus": "SUCCEEDED"}, ""),
        ({"jobStatus": "FAILED", "message": "no baseline"}, "no baseline"),
        ({"jobStatus": "STOPPED"}, "STOPPED"),
        ({"jobDeploymentStatus": "Failed", "reason": "DeadlineExceeded"}, "DeadlineExceeded"),
    ],
)
def test_its_end_is_the_end_of_the_check(
    tmp_path: pathlib.Path, status: dict[str, str], why: str
) -> None:
    known, looks = Server(), []
    wanted = ray_job.manifest(TEMPLATE, "fraud-1")

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        path = f"{RAYJOBS}/fraud-1"
        steps = [{}, {"jobStatus": "RUNNING"}, status]
        known.objects[path]["status"] = steps[min(len(looks), 2)]
        known.broken = len(looks) == 1

    with serving(known, tmp_path) as cluster:
        assert ray_job.run(cluster, wanted, sleep) == why
        # A pod that starts again finds the one that is there.
        assert ray_job.run(cluster, wanted, sleep) == why
    assert known.created == 1
    assert len(looks) == 2
    assert known.tokens == {"Bearer secret"}


def test_a_ray_job_that_is_deleted_is_a_failure(tmp_path: pathlib.Path) -> None:
    known = Server()
    with serving(known, tmp_path) as cluster:
        why = ray_job.run(cluster, ray_job.manifest(TEMPLATE, "a"), lambda _: known.objects.clear())
    assert why == "RayJob a was deleted"
