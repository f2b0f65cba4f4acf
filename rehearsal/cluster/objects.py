"""The objects of the cluster, and its API server: HTTP, with the tokens of service
accounts, the plan's Roles and bindings, merge patches and versions of objects.

Kubernetes documentation, "Kubernetes API Concepts" and "Using RBAC Authorization".
"""

import copy
import json
import pathlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from groundplan.manifest.model import Manifest

from rehearsal.account.names import Names
from rehearsal.cluster.scraping import kinds
from rehearsal.machine.servers import HOST

STORED = {"Deployment": "deployments", "CronJob": "cronjobs"}
"""Kinds that the API server has -> their resource."""
PATCH = "application/merge-patch+json"


@dataclass
class Objects:
    """The objects by their path."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    number: int = 1

    @classmethod
    def of(cls, manifest: Manifest, names: Names) -> "Objects":
        """Returns what a manifest registers."""
        objects = cls()
        for kind, plural in STORED.items():
            for resource in kinds(manifest, kind):
                each = copy.deepcopy(names.value(resource.inputs))
                group, space = each["apiVersion"], each["metadata"]["namespace"]
                each["metadata"]["generation"] = 1
                path = f"/apis/{group}/namespaces/{space}/{plural}/{each['metadata']['name']}"
                objects.store(path, each)
        return objects

    def store(self, path: str, each: dict[str, Any]) -> None:
        """Writes an object: it has another version then."""
        with self.lock:
            self.number += 1
            each["metadata"]["resourceVersion"] = str(self.number)
            self.found[path] = each

    def of_kind(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Returns the objects of a kind, by their paths."""
        with self.lock:
            found = copy.deepcopy(self.found)
        return [(path, each) for path, each in found.items() if each["kind"] == kind]

    def report(self, path: str, status: Mapping[str, Any]) -> None:
        """Writes the status of an object, as its controller."""
        with self.lock:
            if self.found[path].get("status") != status:
                self.store(path, {**self.found[path], "status": dict(status)})


@dataclass(frozen=True)
class Refusal(Exception):
    """An answer of the API server that is an error."""

    status: HTTPStatus
    message: str


class ApiServer:
    """The API of the cluster."""

    def __init__(self, manifest: Manifest, names: Names, objects: Objects) -> None:
        self.objects = objects
        self.calls: list[str] = []
        self._tokens: dict[str, tuple[str, str]] = {}
        self._roles = {
            (r["metadata"]["namespace"], r["metadata"]["name"]): r["rules"]
            for r in (names.value(each.inputs) for each in kinds(manifest, "Role"))
        }
        self._bindings = [names.value(each.inputs) for each in kinds(manifest, "RoleBinding")]
        self._accounts = {
            (each.inputs["metadata"]["namespace"], each.inputs["metadata"]["name"])
            for each in kinds(manifest, "ServiceAccount")
        }

    def token(self, namespace: str, account: str, folder: pathlib.Path) -> pathlib.Path:
        """Mounts the token of a service account. Returns its folder."""
        if (namespace, account) not in self._accounts:
            raise LookupError(f"The plan has no service account {namespace}/{account}")
        token = f"token-of-{namespace}-{account}"
        self._tokens[token] = namespace, account
        place = folder / f"{namespace}-{account}"
        place.mkdir(parents=True, exist_ok=True)
        (place / "token").write_text(token, encoding="utf-8")
        return place

    def answer(self, verb: str, path: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answers a request. Raises `Refusal`."""
        account = self._tokens.get(token)
        if account is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized")
        self._require(account, verb, path)
        self.calls.append(f"{verb} {path}")
        with self.objects.lock:
            there = self.objects.found.get(path)
            if there is None:
                raise Refusal(HTTPStatus.NOT_FOUND, f"{path} not found")
            if verb == "patch":
                self._patch(path, there, body)
            return copy.deepcopy(self.objects.found[path])

    def _patch(self, path: str, there: dict[str, Any], changes: Mapping[str, Any]) -> None:
        wanted = changes.get("metadata", {}).get("resourceVersion")
        if wanted not in (None, there["metadata"]["resourceVersion"]):
            raise Refusal(HTTPStatus.CONFLICT, "the object has been modified")
        changed = merged(there, changes)
        if changed["spec"] != there["spec"]:
            changed["metadata"]["generation"] = there["metadata"]["generation"] + 1
        self.objects.store(path, changed)

    def _require(self, account: tuple[str, str], verb: str, path: str) -> None:
        _, _, group, _, _, space, resource, name = path.split("/")
        for rule in self._rules(account, space):
            names = rule.get("resourceNames", [name])
            if (
                group in rule["apiGroups"]
                and resource in rule["resources"]
                and verb in rule["verbs"]
                and name in names
            ):
                return
        user = f"system:serviceaccount:{account[0]}:{account[1]}"
        raise Refusal(HTTPStatus.FORBIDDEN, f"{user} cannot {verb} {resource}/{name} in {space}")

    def _rules(self, account: tuple[str, str], space: str) -> Iterator[Mapping[str, Any]]:
        subject = {"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}
        for binding in self._bindings:
            if binding["metadata"]["namespace"] == space and subject in binding["subjects"]:
                yield from self._roles.get((space, binding["roleRef"]["name"]), ())

    def server(self) -> ThreadingHTTPServer:
        """Returns its HTTP server, on a free port."""
        api = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                self._answered("get", {})

            def do_PATCH(self) -> None:
                if self.headers["Content-Type"] != PATCH:
                    self.reply(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, b"{}")
                    return
                self._answered("patch", json.loads(self.body()))

            def _answered(self, verb: str, body: Mapping[str, Any]) -> None:
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                try:
                    found = api.answer(verb, self.path.partition("?")[0], token, body)
                except Refusal as error:
                    self.reply(error.status, json.dumps({"message": error.message}).encode())
                else:
                    self.reply(HTTPStatus.OK, json.dumps(found).encode())

        return ThreadingHTTPServer((HOST, 0), Handler)


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes no log."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Writes nothing."""

    def body(self) -> bytes:
        """Returns the request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, status: HTTPStatus, body: bytes, kind: str = "application/json") -> None:
        """Answers."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def merged(found: Any, changes: Any) -> Any:
    """Returns an object with changes (RFC 7386, "JSON Merge Patch")."""
    if not isinstance(changes, Mapping):
        return copy.deepcopy(changes)
    whole = copy.deepcopy(found) if isinstance(found, dict) else {}
    for key, value in changes.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = merged(whole.get(key), value)
    return whole
