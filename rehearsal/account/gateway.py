"""API Gateway: an HTTP API of the plan, which authorizes callers by IAM or by their
tokens, and calls its function, as its routes say.

API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs in API
Gateway" (format 2.0), "Control access to HTTP APIs with IAM authorization in API
Gateway", "Control access to HTTP APIs with JWT authorizers in API Gateway".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

# The clock is set in the modules that are imported before an account is opened.
from groundplan.api.handlers import entry  # noqa: F401

from rehearsal.account.names import ACCOUNT
from rehearsal.account.tokens import JwtAuthorizer, Refused
from rehearsal.permissions.guard import Principal, acting, current
from rehearsal.permissions.policies import Need

if TYPE_CHECKING:
    from rehearsal.account.account import Account

DEFAULT = "$default"
SERVICE = "apigateway.amazonaws.com"
PARAMETER = re.compile(r"\{[^{}]+\}")


class NoSuchRoute(Exception):
    """No route of the plan has a request, or it has no integration."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status: int
    body: Any


@dataclass
class HttpApi:
    """One API."""

    account: "Account"
    id: str
    name: str
    arn: str
    """Its execution ARN, which permissions name."""
    routes: dict[str, str] = field(default_factory=dict)
    """Route key -> ID of its integration."""
    authorizers: dict[str, JwtAuthorizer] = field(default_factory=dict)
    """By ID."""
    scopes: dict[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    """Key of a route that takes tokens -> ID of its authorizer, scopes of which a token
    needs one."""
    integrations: dict[str, str] = field(default_factory=dict)
    """ID -> ARN of its function."""
    stage: str = ""
    log_group: str = ""
    """The group of the access log."""
    number: int = 0

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str = "",
        token: str = "",
    ) -> Answer:
        """Sends a request of the one who acts, with an idempotency key, or a token in
        place of a signature."""
        route = self._route(method, path)
        try:
            authorizer = self._authorized(route, method, path, token)
        except Refused as error:
            answer = Answer(error.status, {"message": str(error)})
            self._noted(answer)
            return answer
        function = self.integrations.get(self.routes[route].removeprefix("integrations/"))
        if function is None:
            raise NoSuchRoute(f"{self.name}: the integration of {route} is not registered")
        context = {
            "aws:SourceArn": f"{self.arn}/{self.stage}/{_of_route(route)}",
            "aws:SourceAccount": ACCOUNT,
        }
        with acting(Principal(SERVICE)):
            self.account.guard.require(Need("lambda:InvokeFunction", function, context))
        self.number += 1
        event = self._event(authorizer, method, path, body, key)
        found = self.account.invoke(function, event)
        answer = Answer(int(found["statusCode"]), json.loads(found["body"]))
        self._noted(answer)
        return answer

    def _authorized(self, route: str, method: str, path: str, token: str) -> dict[str, Any]:
        """Returns what the authorizer of a route says of the caller. Raises
        `Refused`."""
        if route in self.scopes:
            authorizer, scopes = self.scopes[route]
            issuers, now = self.account.issuers, self.account.clock.now
            claims = self.authorizers[authorizer].claims(token, scopes, issuers, now)
            plain = {name: _text(value) for name, value in claims.items()}
            return {"jwt": {"claims": plain, "scopes": list(scopes) or None}}
        caller = current()
        self.account.guard.require(
            Need("execute-api:Invoke", f"{self.arn}/{self.stage}/{method}{path}")
        )
        return {"iam": {"userArn": caller.caller, "accountId": ACCOUNT}}

    def _route(self, method: str, path: str) -> str:
        """Returns the key of a request's route: the one with the fewest parameters."""
        found = [
            key
            for key in self.routes
            if key != DEFAULT and re.fullmatch(_pattern(key), f"{method} {path}")
        ]
        if found:
            return min(found, key=lambda key: key.count("{"))
        if DEFAULT in self.routes:
            return DEFAULT
        raise NoSuchRoute(f"{self.name} has no route {method} {path}")

    def _event(
        self,
        authorizer: Mapping[str, Any],
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        key: str,
    ) -> dict[str, Any]:
        headers = {"content-type": "application/json"} if body is not None else {}
        if body is not None:
            headers["idempotency-key"] = key or f"request-{self.number}"
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": self._route(method, path),
            "rawPath": path,
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": self.id,
                "authorizer": authorizer,
                "http": {"method": method, "path": path},
                "requestId": f"{self.id}-{self.number}",
                "stage": self.stage,
            },
            "isBase64Encoded": False,
        }
        return event if body is None else {**event, "body": json.dumps(body)}

    def _noted(self, answer: Answer) -> None:
        """The metrics of a request, and its line in the access log."""
        failed = float(answer.status >= 500)
        self.account.metrics.put("AWS/ApiGateway", "5xx", {"ApiId": self.id}, failed)
        self.account.metrics.put("AWS/ApiGateway", "Latency", {"ApiId": self.id}, 200)
        self.account.read_log(self.log_group, [{"status": str(answer.status)}])


def _text(value: Any) -> str:
    """A claim as the function gets it: a list is a text in brackets."""
    return f"[{' '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _pattern(key: str) -> str:
    parts = (re.escape(part) for part in PARAMETER.split(key))
    return "[^/]+".join(parts)


def _of_route(route: str) -> str:
    return route if route == DEFAULT else route.replace(" ", "", 1)
