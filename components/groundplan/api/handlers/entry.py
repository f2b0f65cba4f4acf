"""What Lambda calls: an event of an HTTP API, format 2.0. Authorizes the caller, then
Powertools' resolver takes over."""

import logging
import os
from collections.abc import Mapping
from typing import Any

from groundplan.api.handlers import caller, problems, request
from groundplan.api.handlers.call import Call, MethodNotAllowed, NotFound, calling
from groundplan.api.handlers.connections import Connections
from groundplan.api.handlers.resolver import resolver
from groundplan.api.routes import methods_of, route_of
from groundplan.api.settings import ApiSettings, from_environment

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


class Api:
    """The API, with its clients."""

    def __init__(self, settings: ApiSettings, session: Any = None) -> None:
        self._settings, self._connections = settings, Connections(session)
        self._resolver = resolver()

    def answer(self, event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:
        """Returns the response of an event. What goes wrong is a problem: nothing is
        raised."""
        identity = str((event.get("requestContext") or {}).get("requestId") or "")
        try:
            call = self._call(event)
            with calling(call):
                read = request.checked(event, call.route)
                found: dict[str, Any] = self._resolver.resolve(read, context)
        except Exception as error:  # noqa: BLE001 (each error has its answer)
            found = _plain(problems.answer(error, identity))
        return found

    def _call(self, event: Mapping[str, Any]) -> Call:
        """Returns the request of an event, once the caller may make it."""
        who = caller.of_event(event, self._settings)
        method, path = _method(event), str(event.get("rawPath") or "/")
        route = route_of(method, path)
        if route is None:
            methods = methods_of(path)
            if methods:
                raise MethodNotAllowed(methods)
        if route is None or event.get("routeKey") != route.key:
            # API Gateway decodes the path, and ends it at an encoded question mark,
            # after it has decided on the route and on the caller (captures of events:
            # hotsock/voker, pull request 8): what it let in as another route, or as
            # none, isn't this one.
            raise NotFound(f"The API has no path {path}. Fix: see its OpenAPI document")
        caller.require(who, route.operation, self._settings)
        log.info("%s by %s", route.id, who.principal)
        return Call(self._settings, self._connections, who, route, path)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    return _api().answer(event, context)


_KNOWN: list[Api] = []


def _api() -> Api:
    """Returns the API of this process: clients live as long as it does."""
    if not _KNOWN:
        _KNOWN.append(Api(from_environment(os.environ)))
    return _KNOWN[0]


def _method(event: Mapping[str, Any]) -> str:
    http = (event.get("requestContext") or {}).get("http") or {}
    return str(http.get("method") or "")


def _plain(answer: Any) -> dict[str, Any]:
    headers = {**answer.headers, "Content-Type": answer.content_type}
    return {
        "statusCode": answer.status_code,
        "headers": headers,
        "body": answer.body,
        "isBase64Encoded": False,
        "cookies": [],
    }
