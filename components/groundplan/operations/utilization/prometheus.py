"""Queries of a Prometheus, by its HTTP API: at a URL, or signed, of Amazon Managed
Service for Prometheus."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import NoCredentialsError  # type: ignore[import-untyped]

from groundplan import signed_requests

TIMEOUT_SECONDS = 30
LARGEST = 20_000_000
"""Bytes of an answer."""
MANAGED = re.compile(r"aps-workspaces\.([a-z0-9-]+)\.(amazonaws\.com|amazonaws\.com\.cn)")
"""The host of a workspace of Amazon Managed Service for Prometheus, with its region."""


class Unreachable(Exception):
    """Prometheus, or OpenCost, does not answer; the message says why."""


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus server."""

    url: str
    """With the path of its API's root: `http://localhost:9090`. Requests to a workspace
    of Amazon Managed Service for Prometheus are signed."""

    def vector(self, query: str) -> list[tuple[Mapping[str, str], float]]:
        """Returns the series of an instant query, as labels and value. Raises
        `Unreachable`."""
        answer = fetched(
            f"{self.url.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        )
        try:
            result = answer["data"]["result"]
            found = [(series["metric"], float(series["value"][1])) for series in result]
        except (KeyError, TypeError, ValueError, IndexError):
            raise Unreachable(f"{shown(self.url)} does not answer as Prometheus does") from None
        return [(labels, value) for labels, value in found if value == value]  # no NaN


def fetched(url: str) -> Any:
    """Returns the JSON at an address. Raises `Unreachable`."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        raise Unreachable("the address can't be read") from None
    if parts.scheme not in ("http", "https"):
        raise Unreachable(f"{shown(url)} is not an address. Fix: http:// or https://")
    managed = MANAGED.fullmatch(parts.hostname or "")
    headers = _signature(url, managed[1]) if managed and parts.scheme == "https" else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            data = response.read(LARGEST + 1)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise Unreachable(f"{shown(url)} does not answer: {reason}") from None
    if len(data) > LARGEST:
        raise Unreachable(f"{shown(url)} answers with more than {LARGEST:,} bytes")
    try:
        return json.loads(data)
    except ValueError:
        raise Unreachable(f"{shown(url)} does not answer with JSON") from None


def shown(url: str) -> str:
    """Returns an address without its query and without a password."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _signature(url: str, region: str) -> Mapping[str, str]:
    try:
        return signed_requests.headers("GET", url, "aps", region)
    except NoCredentialsError:
        raise Unreachable("No AWS credentials to sign requests to Prometheus with") from None
