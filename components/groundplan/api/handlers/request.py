"""What is read of a request before its handler: the body as JSON, and what Powertools
and Pydantic read in more than one spelling. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from groundplan.api.handlers.call import RepeatedKey, UnsupportedContent
from groundplan.api.routes import ApiRoute

JSON = "application/json"
KEY = "idempotency-key"
NUMBERS = ("version", "limit", "below")
DECIMAL = re.compile(r"-?[1-9][0-9]*|0")
"""Pydantic reads ` 7`, `+7`, `7.0` and `0_7` as 7, too."""


def checked(event: Mapping[str, Any], route: ApiRoute) -> Mapping[str, Any]:
    """Returns the event of a route, with the content type as Powertools compares it.
    Raises `RequestValidationError`, and where the route writes `UnsupportedContent` and
    `RepeatedKey`."""
    wrong = [each for each in _parameters(event, route) if not _is_plain(*each)]
    if wrong:
        message = "Input should be a whole number in decimal digits"
        raise RequestValidationError(
            [{"type": "int_parsing", "loc": each[:2], "msg": message} for each in wrong]
        )
    return _of_write(event) if route.writes else event


def _parameters(event: Mapping[str, Any], route: ApiRoute) -> Iterator[tuple[str, str, str]]:
    """Returns where each parameter is, its name, and its text."""
    sent = str(event.get("rawPath") or "").split("/")
    for own, part in zip(route.path.split("/"), sent, strict=False):
        if own.startswith("{"):
            yield "path", own[1:-1], part
    for name, value in (event.get("queryStringParameters") or {}).items():
        yield "query", name, str(value)


def _is_plain(_place: str, name: str, text: str) -> bool:
    return name not in NUMBERS or DECIMAL.fullmatch(text) is not None


def _of_write(event: Mapping[str, Any]) -> Mapping[str, Any]:
    headers = {str(key).lower(): str(value) for key, value in (event.get("headers") or {}).items()}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise UnsupportedContent(
            f"The body is {kind or 'of no type'}. Fix: send JSON, with Content-Type: {JSON}"
        )
    if "," in headers.get(KEY, ""):
        # API Gateway joins a repeated header with commas, and there are versions of
        # Powertools that read the first part as the whole.
        raise RepeatedKey("There is more than one idempotency key. Fix: one, without commas")
    return {**event, "headers": {**headers, "content-type": JSON}}


def body(text: str) -> Any:
    """Returns a body as RFC 8259 has it: no member twice, no NaN. Raises
    `JSONDecodeError`, also of what is nested or long beyond Python's limits."""
    try:
        return json.loads(text, object_pairs_hook=_members, parse_constant=_constant)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A member is there twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
