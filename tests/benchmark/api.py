"""Load on the API, served on this machine over moto, by clients that each wait for
their answer:

    PYTHONPATH=tests/strategies .venv/bin/python tests/benchmark/api.py 200 1 4 16

The first number is requests of each client. The function answers one request at a time,
as an instance of Lambda does; what a client waits for is the others.
"""

import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import delivery_apis as apis
import httpx
import pytest
from api_world import APPROVER, world
from local_gateway import LocalGateway, signature
from werkzeug.serving import make_server

PATHS = (
    "/v1/endpoints",
    "/v1/endpoints/churn",
    "/v1/endpoints/churn/versions",
    "/v1/endpoints/churn/releases",
    "/v1/endpoints/churn/trainings",
    "/v1/datasets/churn/versions",
)
OPERATIONS = ("read", "train", "register", "approve", "release")


class OneAtATime:
    """A WSGI application that answers one request at a time."""

    def __init__(self, app: Any) -> None:
        self._app, self._lock = app, threading.Lock()

    def __call__(self, environ: Mapping[str, Any], start: Any) -> Iterable[bytes]:
        with self._lock:
            return list(self._app(environ, start))


def client(url: str, number: int, count: int) -> list[tuple[float, int]]:
    """Sends requests, one after the other: five that read, and one that writes."""
    found = []
    with httpx.Client(base_url=url, headers=signature("EVERYTHING"), timeout=60) as http:
        for index in range(count):
            begun = time.perf_counter()
            if index % 6 == 5:
                headers = {"Idempotency-Key": f"{number}-{index}"}
                body = {"reason": "load"}
                answer = http.post("/v1/endpoints/churn/trainings", json=body, headers=headers)
            else:
                answer = http.get(PATHS[(number + index) % len(PATHS)])
            found.append((time.perf_counter() - begun, answer.status_code))
    return found


def load(url: str, clients: int, count: int) -> str:
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        found = [
            each
            for results in pool.map(lambda number: client(url, number, count), range(clients))
            for each in results
        ]
    seconds = time.perf_counter() - begun
    waits = sorted(wait for wait, _ in found)
    cuts = statistics.quantiles(waits, n=100)
    statuses = dict(sorted(Counter(status for _, status in found).items()))
    return (
        f"{clients:>3} clients: {len(found)} requests in {seconds:.1f} s, "
        f"{len(found) / seconds:.0f}/s; p50 {cuts[49] * 1000:.0f} ms, "
        f"p95 {cuts[94] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms; {statuses}"
    )


def main(count: int, clients: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched, world(patched) as account:
        callers = {"EVERYTHING": (APPROVER, OPERATIONS)}
        gateway = LocalGateway(apis.serving(), account.api(), callers)
        server = make_server("127.0.0.1", 0, OneAtATime(gateway), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        for number in clients:
            sys.stdout.write(load(url, number, count) + "\n")
        server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(each) for each in sys.argv[2:]])
