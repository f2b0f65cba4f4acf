"""Requests to the API of a platform, with the standard library: the job that posts a
comment has a token, and as little else as possible."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from groundplan.problems import one_line
from groundplan.pull_requests.provider import PostingError

SECONDS = 30.0
"""The longest that one answer is waited for."""
LARGEST = 20_000_000
"""Bytes of an answer in JSON."""
TRIES = 3
AGAIN = (429, 502, 503, 504)
"""Statuses after which a request is sent again."""
LONGEST_WAIT = 20
"""Seconds that a platform can ask to wait for."""
MOST_PAGES = 50
PAGE = 100
"""Entries of a page."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns a redirection as it is: the token is not for another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def data(self) -> Any:
        """The JSON in it. Raises `PostingError` where there is none."""
        try:
            return json.loads(self.content or b"null")
        except (ValueError, RecursionError):
            raise PostingError("the platform's answer is no JSON") from None


@dataclass(frozen=True)
class Api:
    """An API at an address, with the headers of its token."""

    address: str
    headers: Mapping[str, str] = field(repr=False)
    wait: Callable[[float], None] = time.sleep

    def get(self, path: str) -> Any:
        """Returns the data at a path. Raises `PostingError` where it is refused."""
        return self._accepted("GET", path).data

    def find(self, path: str) -> Any:
        """Returns the data at a path; `None` where there is nothing."""
        answer = self.send("GET", path)
        return None if answer.status == 404 else self._checked("GET", path, answer).data

    def pages(self, path: str) -> Iterator[Any]:
        """Yields the entries of a list that has pages."""
        mark = "&" if "?" in path else "?"
        for number in range(1, MOST_PAGES + 1):
            entries = self.get(f"{path}{mark}per_page={PAGE}&page={number}")
            if not isinstance(entries, list):
                raise PostingError(f"GET {path} returned no list")
            yield from entries
            if len(entries) < PAGE:
                return

    def change(self, method: str, path: str, data: Any = None) -> None:
        """Sends data. Raises `PostingError` where it is refused."""
        self._accepted(method, path, data)

    def download(self, path: str, largest: int) -> bytes:
        """Returns the content at a path, which may be at another host: that gets no
        token. One byte more than `largest` is read, so that its length shows."""
        answer = self.send("GET", path, largest=largest + 1)
        if answer.status in (301, 302, 303, 307, 308):
            target = urljoin(self._url(path), answer.headers.get("location", ""))
            if urlsplit(target).scheme not in ("https", urlsplit(self.address).scheme):
                raise PostingError(f"GET {path} leads to an address without TLS")
            answer = _send("GET", target, {}, None, largest + 1)
        return self._checked("GET", path, answer).content

    def send(self, method: str, path: str, data: Any = None, largest: int = LARGEST) -> Answer:
        """Returns the answer to a request; it is sent again where the platform is
        busy."""
        content = None if data is None else json.dumps(data).encode()
        for attempt in range(1, TRIES + 1):
            answer = _send(method, self._url(path), self.headers, content, largest)
            if answer.status not in AGAIN or attempt == TRIES:
                return answer
            asked = answer.headers.get("retry-after", "")
            self.wait(min(float(asked), LONGEST_WAIT) if asked.isdecimal() else 2.0**attempt)
        raise AssertionError("unreachable")

    def _url(self, path: str) -> str:
        return f"{self.address.rstrip('/')}/{path.lstrip('/')}"

    def _accepted(self, method: str, path: str, data: Any = None) -> Answer:
        return self._checked(method, path, self.send(method, path, data))

    def _checked(self, method: str, path: str, answer: Answer) -> Answer:
        if 200 <= answer.status < 300:
            return answer
        raise PostingError(f"{method} {path} was refused with {answer.status}{_reason(answer)}")


def _send(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None, largest: int
) -> Answer:
    if urlsplit(url).scheme not in ("http", "https"):
        raise PostingError(f"{one_line(url)} is no address of a web server")
    sent = {"User-Agent": "groundplan", "Accept": "application/json", **headers}
    if content is not None:
        sent["Content-Type"] = "application/json"
    request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310 (checked)
    try:
        with OPENER.open(request, timeout=SECONDS) as response:
            found = {key.lower(): value for key, value in response.headers.items()}
            return Answer(response.status, found, response.read(largest))
    except urllib.error.HTTPError as error:
        with error:
            found = {key.lower(): value for key, value in error.headers.items()}
            return Answer(error.code, found, error.read(10_000))
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise PostingError(
            f"{urlsplit(url).netloc} can't be reached: {one_line(str(reason))}"
        ) from None


def _reason(answer: Answer) -> str:
    """Returns what the platform says about a refusal, and what usually helps."""
    try:
        message = json.loads(answer.content).get("message", "")
    except (ValueError, AttributeError, RecursionError):
        message = ""
    said = f": {one_line(str(message))[:200]}" if message else ""
    fix = {
        401: ". Fix: check the token",
        403: ". Fix: give the token the right to comment on pull requests",
    }
    return said + fix.get(answer.status, "")
