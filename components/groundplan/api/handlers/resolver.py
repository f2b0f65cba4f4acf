"""The routes as Powertools' resolver, with what the OpenAPI document says of each."""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any, get_args

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn, OpenIdConnect

from groundplan.api.handlers import problems, request
from groundplan.api.handlers.once import REPLAYED
from groundplan.api.handlers.problems import Kind
from groundplan.api.handlers.table import HANDLERS
from groundplan.api.models.answers import Problem
from groundplan.api.routes import ROUTES, ApiRoute

VERSION = "1.0.0"
SIGNATURE, TOKEN = "signature", "token"
READING = (
    problems.UNAUTHENTICATED,
    problems.FORBIDDEN,
    problems.NOT_FOUND,
    problems.REFUSED,
    problems.INVALID,
    problems.BROKEN,
    problems.UNAVAILABLE,
)
WRITING = (
    *READING,
    problems.MALFORMED,
    problems.CONTENT,
    problems.REUSED,
    problems.BUSY,
    problems.UNFINISHED,
)
OF_GATEWAY = {
    401: "API Gateway: the token is not valid",
    403: "API Gateway: the caller may not, or nobody signed",
    413: "API Gateway: the request has more than 10 MB",
    429: "API Gateway: too many requests",
    500: "API Gateway: the API failed",
    504: "API Gateway: the API did not answer in time",
}
"""Errors of API Gateway itself, which are JSON with a message. Not in the words of
`HTTPStatus`, which another Python has others of."""
TEXT = {"schema": {"type": "string"}}
HEADERS = {
    "Retry-After": {"description": "Seconds after which to try again", **TEXT},
    REPLAYED: {"description": "`true` if an earlier request with the key was answered so", **TEXT},
}
SUCCESS = {
    "register_version": (HTTPStatus.OK, HTTPStatus.CREATED),
    "start_release": (HTTPStatus.OK, HTTPStatus.ACCEPTED),
    "start_rollback": (HTTPStatus.OK, HTTPStatus.ACCEPTED),
    "start_training": (HTTPStatus.ACCEPTED,),
}
MEANING = {
    HTTPStatus.OK: "It is so",
    HTTPStatus.CREATED: "It was created",
    HTTPStatus.ACCEPTED: "It was begun",
}


def resolver() -> APIGatewayHttpResolver:
    """Returns the resolver of all routes."""
    app = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=request.body)
    for route in ROUTES:
        _add(app, route, HANDLERS[route.id])
    app.exception_handler(Exception)(lambda error: problems.answer(error, _request(app)))
    return app


def schemes() -> dict[str, Any]:
    """Returns the security schemes: one of both, as the API is deployed."""
    named: dict[str, Any] = {"name": "Authorization", "in": APIKeyIn.header}
    signature = APIKey(
        **named,
        description="AWS Signature Version 4 of the service `execute-api`",
    )
    token = OpenIdConnect(
        openIdConnectUrl="https://issuer.example.com/.well-known/openid-configuration",
        description="A token of the issuer that the API is deployed with",
    )
    return {SIGNATURE: signature, TOKEN: token}


def _add(app: APIGatewayHttpResolver, route: ApiRoute, handler: Callable[..., Any]) -> None:
    words = " ".join((inspect.getdoc(handler) or "").split())
    app.route(
        re.sub(r"\{(\w+)\}", r"<\1>", route.path),
        method=route.method,
        operation_id=route.id,
        summary=words.partition(". ")[0].rstrip("."),
        description=words,
        tags=[route.path.split("/")[2]],
        responses=_responses(route, handler),
        security=[{SIGNATURE: []}, {TOKEN: [f"groundplan/{route.operation.value}"]}],
    )(handler)


def _responses(route: ApiRoute, handler: Callable[..., Any]) -> dict[int, Any]:
    model = inspect.signature(handler).return_annotation
    if getattr(model, "__origin__", None) is Response:
        (model,) = get_args(model)
    found: dict[int, Any] = {
        status.value: {
            "description": MEANING[status],
            "content": {"application/json": {"model": model}},
            **_headers([REPLAYED] if route.writes else []),
        }
        for status in SUCCESS.get(route.id, (HTTPStatus.OK,))
    }
    kinds: tuple[Kind, ...] = WRITING if route.writes else READING
    for status in sorted({*(kind.status for kind in kinds), *OF_GATEWAY}):
        found[status] = _error(status, [kind for kind in kinds if kind.status == status])
    return found


def _error(status: int, kinds: Sequence[Kind]) -> dict[str, Any]:
    """Returns what the document says of a status: the types of its problems."""
    forms = [problems.CONTENT_TYPE, *(["application/json"] if status in OF_GATEWAY else [])]
    described = [f"`{kind.type}`: {kind.title}" for kind in kinds]
    described += [OF_GATEWAY[status]] if status in OF_GATEWAY else []
    return {
        "description": ". ".join(described),
        "content": {form: {"model": Problem} for form in forms},
        **_headers({name for kind in kinds for name in kind.headers}),
    }


def _headers(names: Iterable[str]) -> dict[str, Any]:
    found = {name: HEADERS[name] for name in sorted(names)}
    return {"headers": found} if found else {}


def _request(app: APIGatewayHttpResolver) -> str:
    """Returns the id of the request under way."""
    context = app.current_event.raw_event.get("requestContext") or {}
    return str(context.get("requestId") or "")
