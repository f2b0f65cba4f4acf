"""The HTTP server of the model, as SageMaker and a `KubernetesEndpoint` call it: `GET
/ping`, `POST /invocations`, and `GET /metrics` for Prometheus.

    python -m rehearsal.containers.server
"""

import asyncio
import json
import logging
import os
import pathlib
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import prometheus_client as prometheus
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.containers import model
from rehearsal.containers.serve import Server

CSV, JSON = "text/csv", "application/json"
CLOSED = 499
"""Of a client that went away, as nginx logs it: it is no error of the server."""
Answer = Callable[[str], str]


@dataclass(frozen=True)
class Limits:
    """What the server accepts."""

    body_bytes: int = 6_291_456
    """The most that InvokeEndpoint sends (botocore, sagemaker-runtime
    service-2.json)."""
    requests: int = 64
    """Requests at the same time; more are answered with 503. Their bodies are in
    memory: 64 of the largest are 384 MiB."""
    read_seconds: float = 30.0
    """For the body to arrive."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Limits":
        """Returns the limits that variables set."""
        return cls(
            int(environment.get("SERVER_BODY_BYTES", cls.body_bytes)),
            int(environment.get("SERVER_REQUESTS", cls.requests)),
            float(environment.get("SERVER_READ_SECONDS", cls.read_seconds)),
        )


class Endpoint:
    """The handlers of the paths."""

    def __init__(self, server: Server, limits: Limits) -> None:
        self._answers: Mapping[str, Answer] = {CSV: server.answer, JSON: server.answer_json}
        self._limits, self._running = limits, 0
        self.registry = prometheus.CollectorRegistry()
        # The names that a KubernetesEndpoint looks for (`metrics`). Health checks don't
        # count: they would hide what fails.
        self._requests = prometheus.Counter(
            "http_requests", "Invocations", ["status"], registry=self.registry
        )
        self._seconds = prometheus.Histogram(
            "http_request_duration_seconds", "Time to answer", registry=self.registry
        )

    async def ping(self, _: Request) -> Response:
        """Answers while the event loop runs: the model is loaded before the server
        listens."""
        return JSONResponse({"status": "healthy"})

    async def metrics(self, _: Request) -> Response:
        """Answers with the metrics."""
        return Response(
            prometheus.generate_latest(self.registry), media_type=prometheus.CONTENT_TYPE_LATEST
        )

    async def invoke(self, request: Request) -> Response:
        """Answers with the model's scores."""
        begun, status = time.perf_counter(), HTTPStatus.INTERNAL_SERVER_ERROR.value
        self._running += 1
        try:
            response = await self._invoke(request)
            status = response.status_code
        except HTTPException as error:
            status = error.status_code
            raise
        except ClientDisconnect:
            status = CLOSED
            return Response(status_code=CLOSED)
        finally:
            self._running -= 1
            self._requests.labels(str(status)).inc()
            self._seconds.observe(time.perf_counter() - begun)
        return response

    async def _invoke(self, request: Request) -> Response:
        if self._running > self._limits.requests:
            raise HTTPException(503, "Too many requests at the same time", {"Retry-After": "1"})
        kind = request.headers.get("content-type", CSV).partition(";")[0].strip().lower()
        answer = self._answers.get(kind)
        if answer is None:
            raise HTTPException(415, f"The Content-Type is none of {CSV}, {JSON}")
        body = await self._body(request)
        try:
            return Response(await run_in_threadpool(answer, body), media_type=kind)
        except model.Malformed as error:
            raise HTTPException(400, str(error)) from None
        except Exception as error:  # noqa: BLE001 (what a model may raise)
            # Not its message, which may have values of the request.
            where = "".join(traceback.format_tb(error.__traceback__))
            logging.error("The model has failed: %s\n%s", type(error).__name__, where)
            raise HTTPException(500, "The model has failed") from None

    async def _body(self, request: Request) -> str:
        most, content = self._limits.body_bytes, bytearray()
        too_large = HTTPException(413, f"The body has more than {most} bytes")
        if int(request.headers.get("content-length", 0)) > most:
            raise too_large
        try:
            async with asyncio.timeout(self._limits.read_seconds):
                async for part in request.stream():
                    content += part
                    if len(content) > most:
                        raise too_large
        except TimeoutError:
            raise HTTPException(408, "The body has not arrived in time") from None
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise HTTPException(400, "The body is no UTF-8") from None


async def problem(_: Request, error: Exception) -> Response:
    """Returns an error as problem details (RFC 9457)."""
    status, detail, headers = 500, "The server has failed", None
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, error.detail, error.headers
    document = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    # What was not read of the body would be the next request of the connection.
    closed = {"Connection": "close"} if status in (408, 413) else {}
    return Response(
        json.dumps(document),
        status,
        {**(headers or {}), **closed},
        media_type="application/problem+json",
    )


def application(server: Server, limits: Limits | None = None) -> Starlette:
    """Returns the application that serves a model."""
    endpoint = Endpoint(server, limits or Limits())
    return Starlette(
        routes=[
            Route("/ping", endpoint.ping),
            Route("/invocations", endpoint.invoke, methods=["POST"]),
            Route("/metrics", endpoint.metrics),
        ],
        exception_handlers={HTTPException: problem, Exception: problem},
    )


def configuration(app: Starlette, port: int) -> uvicorn.Config:
    """Returns how the application is served. On SIGTERM uvicorn accepts no more, and
    completes the requests that it has begun. How long that may take is the platform's
    grace period (30 seconds on SageMaker)."""
    return uvicorn.Config(
        app,
        host="0.0.0.0",  # noqa: S104 (a container's only address)
        port=port,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than a load balancer's connections, 60 seconds
    )


def main() -> None:
    """Serves the model of a folder until SIGTERM."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    folder = pathlib.Path(os.environ.get("MODEL_FOLDER", "/opt/ml/model"))
    try:
        server = Server.of_folder(folder)
    except FileNotFoundError:
        sys.exit(f"{folder} has neither model.joblib nor model.tar.gz")
    app = application(server, Limits.of(os.environ))
    uvicorn.Server(configuration(app, int(os.environ.get("SERVER_PORT", "8080")))).run()


if __name__ == "__main__":
    main()
