"""Reads of an account with boto3: paginated, retried, each once, and read only."""

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
)

from groundplan import aws
from groundplan.operations.preflight.reader import Denied, Missing, Unread

READS = ("batch_get_", "describe_", "get_", "head_", "list_", "simulate_")
"""The beginnings of the operations that this module calls."""

DENIED = frozenset(
    {"403", "AccessDenied", "AccessDeniedException", "AccessDeniedFault", "UnauthorizedOperation"}
)
"""Codes of a call that no policy allows; 403 is S3's to HeadBucket."""

DISABLED = frozenset({"OptInRequired", "AuthFailure", "RegionDisabledException"})
"""Codes of a region that the account has not enabled (AWS General Reference, "Managing
AWS Regions")."""

ACCEPTED = ", ".join(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "*/*",
    ]
)
"""The media types of a registry's manifests, and of anything else."""

LARGEST = 60_000_000
"""Bytes of a page of the web; the largest index of a chart repository has some 20
MB."""

_NO_SUCH = ("NotFound", "NoSuch", "NonExistent")


class Account:
    """The account of the credentials, and the web as this machine reaches it.

    Several threads may read at once; the same question is asked once.
    """

    def __init__(self, session: Any = None, timeout: float = 10) -> None:
        self._session = session or boto3.session.Session()
        self._timeout = timeout
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[str, _Answer] = {}
        self._pages: dict[str, _Answer] = {}

    @cached_property
    def id(self) -> str:
        """The account's ID. Raises `Unread` without valid credentials."""
        return str(self.identity["Account"])

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """The caller's identity."""
        region = self._session.region_name or "us-east-1"
        answer: Mapping[str, Any] = self.read("sts", "get_caller_identity", region=region)
        return answer

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        """Returns the answer of an operation, of all its pages."""
        if not operation.startswith(READS):
            raise ValueError(f"{operation} is no read")
        key = repr((service, operation, region, sorted(request.items())))

        def ask() -> Any:
            return self._asked(service, operation, region, request)

        return self._answer(self._answers, key).of(ask)

    def web(self, address: str, token: str = "") -> str | None:
        """Returns the text at an address; `None` for 404."""
        text: str | None = self._answer(self._pages, address).of(lambda: self._page(address, token))
        return text

    def connects(self, host: str, port: int) -> bool:
        """Returns whether a connection can be opened from here."""
        try:
            socket.create_connection((host, port), timeout=self._timeout).close()
        except OSError:
            return False
        return True

    def _answer(self, answers: dict[str, "_Answer"], key: str) -> "_Answer":
        with self._lock:
            return answers.setdefault(key, _Answer())

    def _client(self, service: str, region: str) -> Any:
        with self._lock:  # sessions are not thread-safe, clients are
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service, region_name=region, config=aws.CONTROL
                )
            return self._clients[key]

    def _asked(self, service: str, operation: str, region: str, request: Mapping[str, Any]) -> Any:
        try:
            client = self._client(service, region)
            if client.can_paginate(operation):
                return client.get_paginator(operation).paginate(**request).build_full_result()
            return getattr(client, operation)(**request)
        except (ClientError, BotoCoreError) as error:
            if is_missing(error):
                raise Missing(aws.message(error)) from None
            kind = Denied if aws.code(error) in DENIED else Unread
            raise kind(why(error, service, operation, region)) from None

    def _page(self, address: str, token: str) -> str | None:
        if not address.startswith("https://"):
            raise Unread(f"{address}: only https is read")
        headers = {"User-Agent": "groundplan", "Accept": ACCEPTED}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 (https only)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310 (https only)
                return bytes(answer.read(LARGEST)).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise Unread(f"{address}: HTTP {error.code}") from None
        except (OSError, ValueError) as error:
            raise Unread(f"{address}: {error}") from None


class _Answer:
    """One question's answer or error, which the first thread that asks waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._result: tuple[Any, Exception | None] | None = None

    def of(self, ask: Callable[[], Any]) -> Any:
        with self._lock:
            if self._result is None:
                try:
                    self._result = (ask(), None)
                except (Unread, Missing) as error:
                    self._result = (None, error)
        answer, failure = self._result
        if failure is not None:
            raise type(failure)(*failure.args)
        return answer


def is_missing(error: BaseException) -> bool:
    """Returns whether AWS says that there is no such thing."""
    return aws.is_missing(error) or any(part in aws.code(error) for part in _NO_SUCH)


def why(error: BaseException, service: str, operation: str, region: str) -> str:
    """Returns why a read failed, and what to do."""
    call = f"{service}:{operation} in {region}"
    code = aws.code(error)
    if code in DENIED:
        return (
            f"no permission for {call}. Fix: allow it to the caller (docs/guides/preflight.md "
            "and lock.md say what is called)"
        )
    if code in DISABLED or isinstance(error, EndpointConnectionError):
        return (
            f"{region} does not answer {service}: it may not be enabled for this account "
            "(`aws account enable-region`), or have no such service"
        )
    if code in aws.EXPIRED or isinstance(error, aws.CREDENTIALS):
        return aws.words(error)
    if aws.is_transient(error):
        return f"throttled or unavailable after every retry: {aws.words(error)}"
    return aws.words(error)
