"""Requests to a domain or a collection, signed with the function's credentials."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore import exceptions  # type: ignore[import-untyped]
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]

JSON = "application/json"
TRANSIENT = frozenset({429, 500, 502, 503, 504})
SECONDS = 60


class SearchError(Exception):
    """A request was refused; the message has the status and the reason."""

    def __init__(self, what: str, status: int, reason: str) -> None:
        super().__init__(f"{what}: {status}, {reason}")
        self.status = status


@dataclass(frozen=True)
class Response:
    """What was answered."""

    status: int
    body: Any
    """JSON; an empty object for anything else."""
    text: str


class HttpSession(Protocol):
    """The used part of `botocore.httpsession.URLLib3Session`."""

    def send(self, request: Any) -> Any: ...


@dataclass(frozen=True)
class Search:
    """A domain or a collection."""

    endpoint: str
    """`https://...`, without a slash at the end."""
    service: str
    """`es` or `aoss`."""
    region: str
    credentials: Any
    session: HttpSession
    clock: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Returns the answer to one request. A body that is not text is sent as
        JSON."""
        data = body if isinstance(body, str | bytes) else json.dumps(body, sort_keys=True)
        content = b"" if body is None else (data.encode() if isinstance(data, str) else data)
        request = AWSRequest(method, f"{self.endpoint}{path}", data=content)
        request.headers["Content-Type"] = JSON
        # A collection asks for it (OpenSearch Service Developer Guide, "Ingesting data
        # into Amazon OpenSearch Serverless collections", signing requests).
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(content).hexdigest()
        for name, value in (headers or {}).items():
            request.headers[name] = value
        SigV4Auth(self.credentials, self.service, self.region).add_auth(request)
        answer = self.session.send(request.prepare())
        return _response(answer.status_code, answer.content)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        accepted: tuple[int, ...] = (),
        patience: float = SECONDS,
        also_transient: frozenset[int] = frozenset(),
    ) -> Response:
        """Returns the answer to a request that succeeds, or whose status is `accepted`.

        Tries again for `patience` seconds where the search is not reached or busy.
        Raises `SearchError` otherwise.
        """
        until, pause = self.clock() + patience, 1.0
        while True:
            try:
                answer = self.send(method, path, body, headers)
            except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
                answer = Response(599, {}, str(error))
            if answer.status < 300 or answer.status in accepted:
                return answer
            again = answer.status in TRANSIENT | also_transient or answer.status == 599
            if not again or self.clock() + pause > until:
                raise SearchError(f"{method} {path}", answer.status, answer.text[:500])
            self.sleep(pause)
            pause = min(pause * 2, 30.0)


def _response(status: int, content: bytes) -> Response:
    text = content.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    return Response(status, body, text)


def connect(endpoint: str, service: str) -> Search:
    """Returns the search at a host, with the function's own credentials."""
    import boto3  # type: ignore[import-untyped]
    from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped]

    session = boto3.Session()
    return Search(
        endpoint=f"https://{endpoint}",
        service=service,
        region=session.region_name,
        credentials=session.get_credentials(),
        session=URLLib3Session(timeout=(5, 60)),
    )
