"""API Gateway on one machine: a WSGI application that routes, authorizes and invokes as
the registered resources of an API say.

It stands for IAM, too: a signature names who signed it, and the caller's policies are
those of `DeliveryApi.grant_invoke`. What a route without an authorizer would do, it
does: it lets everybody in.
"""

import base64
import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from api_world import event, signed
from groundplan.api import openapi
from groundplan.api.handlers.entry import Api
from groundplan.policy_documents import matches
from groundplan.testing import Plan

ROUTE = "aws:apigatewayv2/route:Route"
COMPONENT = "groundplan:index:DeliveryApi"
DOCUMENT = "/openapi.json"
"""Where the document is, for clients of tests; the API itself has no such path."""
SIGNATURE = re.compile(r"AWS4-HMAC-SHA256 Credential=([\w-]+)/")

Start = Callable[[str, list[tuple[str, str]]], Any]


def signature(key: str) -> dict[str, str]:
    """The header of a request that is signed with an access key."""
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20261128/eu-west-1/execute-api"}


@dataclass
class LocalGateway:
    """An API, as it is registered."""

    plan: Plan
    api: Api
    callers: Mapping[str, tuple[str, tuple[str, ...]]]
    """Access key -> principal, and the operations that its policies allow."""
    answered: list[tuple[str, str, int, str]] = field(default_factory=list)
    """Method, path, status and access key of each request."""

    @cached_property
    def routes(self) -> list[tuple[str, re.Pattern[str], Mapping[str, Any]]]:
        """Method, path and resource of each route."""
        found = []
        for resource in self.plan.all(ROUTE).values():
            key = str(resource.inputs["routeKey"])
            if key != "$default":
                method, path = key.split(" ")
                pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
                found.append((method, re.compile(pattern), resource.inputs))
        return found

    @cached_property
    def default(self) -> Mapping[str, Any]:
        found = self.plan.all(ROUTE).values()
        return next(each.inputs for each in found if each.inputs["routeKey"] == "$default")

    @cached_property
    def arns(self) -> Mapping[str, list[str]]:
        """Operation -> ARN patterns of its routes."""
        found: Mapping[str, list[str]] = self.plan.one(COMPONENT).outputs["invokeArns"]
        return found

    def __call__(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == DOCUMENT:
            return self._answer(start, 200, {}, openapi.text())
        method = str(environ["REQUEST_METHOD"])
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_") or key == "CONTENT_TYPE"
        }
        key = next(iter(SIGNATURE.findall(headers.get("authorization", ""))), "")
        status, more, text = self._invoke(method, path, environ, headers, key)
        self.answered.append((method, path, status, key))
        return self._answer(start, status, more, "" if method == "HEAD" else text)

    def _invoke(
        self,
        method: str,
        path: str,
        environ: Mapping[str, Any],
        headers: Mapping[str, str],
        key: str,
    ) -> tuple[int, Mapping[str, str], str]:
        route = self._route(method, path)
        authorizer: Mapping[str, Any] = {}
        if route.get("authorizationType") != "NONE":
            who = self.callers.get(key)
            if who is None or not self._allows(who[1], method, path):
                return 403, {}, json.dumps({"message": "Forbidden"})
            authorizer = signed(who[0])
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else b""
        query = str(environ.get("QUERY_STRING") or "")
        sent = event(
            method,
            urllib.parse.quote(path, safe="/") + (f"?{query}" if query else ""),
            authorizer=authorizer,
            headers=headers,
            text=base64.b64encode(body).decode() if body else None,
            is_base64=bool(body),
        )
        sent["headers"] = dict(headers)
        answer = self.api.answer(sent)
        return int(answer["statusCode"]), answer["headers"], str(answer["body"])

    def _route(self, method: str, path: str) -> Mapping[str, Any]:
        for own, pattern, inputs in self.routes:
            if own == method and pattern.fullmatch(path):
                return inputs
        return self.default

    def _allows(self, operations: Iterable[str], method: str, path: str) -> bool:
        request = f"${{api-api.executionArn}}/$default/{method}{path}"
        patterns = [arn for operation in operations for arn in self.arns[operation]]
        # Requests that no route matches have an ARN of their own: callers of tests are
        # allowed those.
        is_known = any(own == method and pattern.fullmatch(path) for own, pattern, _ in self.routes)
        return not is_known or any(matches(pattern, request) for pattern in patterns)

    @staticmethod
    def _answer(
        start: Start, status: int, headers: Mapping[str, str], text: str
    ) -> Iterable[bytes]:
        content = text.encode()
        found = {"Content-Type": "application/json", **headers}
        start(f"{status} Status", [*((k, str(v)) for k, v in found.items())])
        return [content]
