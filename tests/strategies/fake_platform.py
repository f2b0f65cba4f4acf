"""A platform of the tests' own on this machine: GitHub, GitLab and Azure DevOps, as far
as comments on pull requests go."""

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

OLD, NEW = "a" * 40, "b" * 40
OWN, OTHER = "own", "somebody"


@dataclass
class Platform:
    """The state of a platform."""

    address: str = ""
    head: str = NEW
    is_open: bool = True
    pulls: list[dict[str, Any]] = field(default_factory=list)
    """Pull requests of GitHub; of the others there is one, number 7."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    """`id`, `author`, `text`, of the pull request `number`, in their order."""
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    archive: bytes = b""
    refuse: dict[str, list[int]] = field(default_factory=dict)
    """Method -> the statuses of its next answers."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """The tokens that the host of archives received."""

    def texts(self, number: int = 7, author: str = OWN) -> list[str]:
        return [
            str(comment["text"])
            for comment in self.comments
            if (comment["number"], comment["author"]) == (number, author)
        ]

    def add(self, text: str, author: str = OWN, number: int = 7) -> None:
        place = max([comment["id"] for comment in self.comments], default=100) + 1
        self.comments.append({"id": place, "author": author, "text": text, "number": number})

    def upload(self, *entries: tuple[str, bytes], size: int = 0) -> None:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, content in entries:
                archive.writestr(name, content)
        self.archive = data.getvalue()
        entry = {"id": 5, "name": "preview", "size_in_bytes": size or len(self.archive)}
        self.artifacts.append(entry)

    def pull(self, number: int = 7, **changed: Any) -> None:
        """Adds a pull request of GitHub."""
        found = {
            "number": number,
            "state": "open",
            "head": {"sha": self.head, "ref": "topic", "repo": {"id": 2}},
            "base": {"repo": {"full_name": "org/shop"}},
        }
        self.pulls.append(found | changed)


Found = tuple[int, Any]


def github(platform: Platform, method: str, path: str, data: Any) -> Found | None:
    """What GitHub answers."""
    root = "/repos/org/shop"
    if match := re.fullmatch(rf"{root}/pulls/(\d+)", path):
        found = [pull for pull in platform.pulls if pull["number"] == int(match[1])]
        return (200, found[0]) if found else (404, {"message": "Not Found"})
    if path == f"{root}/pulls":
        return 200, [pull for pull in platform.pulls if pull["state"] == "open"]
    if match := re.fullmatch(rf"{root}/issues/(\d+)/comments", path):
        return _comments(platform, method, int(match[1]), data, _github_comment)
    if match := re.fullmatch(rf"{root}/issues/comments/(\d+)", path):
        return _change(platform, method, int(match[1]), (data or {}).get("body"))
    if path.endswith("/artifacts"):
        return 200, {"artifacts": platform.artifacts}
    return None


def gitlab(platform: Platform, method: str, path: str, data: Any) -> Found | None:
    """What GitLab answers."""
    root = "/projects/31/merge_requests/7"
    if path == "/user":
        return 200, {"id": OWN}
    if path == root:
        state = "opened" if platform.is_open else "merged"
        return 200, {"state": state, "sha": platform.head}
    if path == f"{root}/notes":
        return _comments(platform, method, 7, data, _note)
    if match := re.fullmatch(rf"{root}/notes/(\d+)", path):
        return _change(platform, method, int(match[1]), (data or {}).get("body"))
    return None


def azure(platform: Platform, method: str, path: str, data: Any) -> Found | None:
    """What Azure DevOps answers."""
    root = "/ml team/_apis/git/repositories/r-1/pullRequests/7"
    if path == "/_apis/connectionData":
        return 200, {"authenticatedUser": {"id": OWN}}
    if path == root:
        status = "active" if platform.is_open else "completed"
        head = {"commitId": platform.head}
        return 200, {"status": status, "lastMergeSourceCommit": head}
    if path == f"{root}/threads":
        if method == "POST":
            platform.add(data["comments"][0]["content"])
            return 200, {}
        return 200, {"value": [_thread(c) for c in platform.comments]}
    if match := re.fullmatch(rf"{root}/threads/(\d+)/comments/1", path):
        return _change(platform, method, int(match[1]), (data or {}).get("content"))
    return None


def _comments(platform: Platform, method: str, number: int, data: Any, shown: Any) -> Found:
    if method == "POST":
        platform.add(data["body"], number=number)
        return 201, {}
    return 200, [shown(c) for c in platform.comments if c["number"] == number]


def _change(platform: Platform, method: str, place: int, text: Any) -> Found:
    if method == "DELETE":
        platform.comments = [c for c in platform.comments if c["id"] != place]
        return 204, None
    for comment in platform.comments:
        if comment["id"] == place:
            comment["text"] = text
            return 200, {}
    return 404, {}


def _github_comment(comment: dict[str, Any]) -> dict[str, Any]:
    login = "github-actions[bot]" if comment["author"] == OWN else comment["author"]
    return {"id": comment["id"], "body": comment["text"], "user": {"login": login}}


def _note(comment: dict[str, Any]) -> dict[str, Any]:
    return {"id": comment["id"], "body": comment["text"], "author": {"id": comment["author"]}}


def _thread(comment: dict[str, Any]) -> dict[str, Any]:
    first = {"id": 1, "content": comment["text"], "author": {"id": comment["author"]}}
    return {"id": comment["id"], "comments": [first]}


ANSWERS = (github, gitlab, azure)


@contextmanager
def served() -> Iterator[Platform]:
    """A platform that answers on this machine."""
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = json.loads(self.rfile.read(length)) if length else None
            path = unquote(urlsplit(self.path).path)
            platform.requests.append((self.command, path))
            if path == "/archive":
                platform.tokens.append(self.headers.get("Authorization") or "")
                return self._send(200, platform.archive)
            if path.endswith("/zip"):
                return self._send(302, b"", location=f"{platform.address}/archive")
            if statuses := platform.refuse.get(self.command):
                return self._send(statuses.pop(0), b'{"message": "no"}', retry_after="0")
            for answer in ANSWERS:
                found = answer(platform, self.command, path, data)
                if found:
                    return self._send(found[0], json.dumps(self._page(found[1])).encode())
            return self._send(404, b'{"message": "Not Found"}')

        def _page(self, data: Any) -> Any:
            """A page of a list."""
            query = parse_qs(urlsplit(self.path).query)
            if not isinstance(data, list) or "page" not in query:
                return data
            size, number = int(query["per_page"][0]), int(query["page"][0])
            return data[size * (number - 1) : size * number]

        def _send(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
