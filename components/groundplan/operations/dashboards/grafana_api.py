"""Grafana's HTTP API (Grafana documentation, "HTTP API")."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30
LARGEST = 20_000_000
"""Bytes of an answer."""
LOCAL = ("localhost", "127.0.0.1")


class Refused(Exception):
    """Grafana does not answer, or refuses; the message says why."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; None without an answer."""


class _SameAddress(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would take the token to another address."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class Grafana:
    """A Grafana server, and the token that authenticates requests to it."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in LOCAL:
            raise Refused(f"{self.url} is not an https:// address: the token would be readable")

    def found(self, path: str) -> Any | None:
        """Returns what is at a path, None if nothing is."""
        try:
            return self.call("GET", path)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Returns the answer to a request. Raises `Refused`."""
        request = urllib.request.Request(  # noqa: S310 (the scheme is checked)
            f"{self.url.rstrip('/')}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        opener = urllib.request.build_opener(_SameAddress)
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                data = response.read(LARGEST)
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path}: {error.code} {_reason(error)}", error.code) from None
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise Refused(f"{self.url} does not answer: {reason}") from None
        try:
            return json.loads(data or b"null")
        except ValueError:
            raise Refused(f"{method} {path}: the answer is not JSON") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        message = json.loads(error.read(10_000)).get("message")
    except (ValueError, AttributeError, OSError):
        message = None
    return str(message or error.reason)
