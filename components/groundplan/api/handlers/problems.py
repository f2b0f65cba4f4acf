"""Errors as problem+json (RFC 9457): the engine's words, and what the caller can do."""

import binascii
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.api.handlers.call import (
    MethodNotAllowed,
    NotFound,
    RepeatedKey,
    UnsupportedContent,
)
from groundplan.api.handlers.caller import Forbidden, Unauthenticated
from groundplan.api.handlers.once import KeyReused
from groundplan.api.models.answers import InvalidMember, Problem
from groundplan.data.versions.errors import Damaged, DatasetError, NotCommitted
from groundplan.release.engine import errors
from groundplan.retraining.engine import services

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 30
MALFORMED_BODY = "json_invalid"
"""Powertools' type of the error of a body that is no JSON."""
MAX_MEMBERS, MAX_PATH = 20, 200
"""What an answer says of a request: members, and characters of where each is. An answer
of more than 6 MB, such as one on all members of a body of that size, is none (Lambda
quotas)."""

CALLED_AS = re.compile(r"User: arn:\S+ is not authorized")
"""AWS's words on who called, which is the API's own role."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """A kind of problem."""

    status: int
    name: str
    title: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return f"urn:groundplan:problem:{self.name}"


AGAIN = {"Retry-After": str(RETRY_SECONDS)}
MALFORMED = Kind(400, "malformed", "The body can't be read")
UNAUTHENTICATED = Kind(401, "unauthenticated", "Nobody is authenticated")
FORBIDDEN = Kind(403, "forbidden", "The caller may not do this")
NOT_FOUND = Kind(404, "not-found", "There is no such thing")
METHOD = Kind(405, "method-not-allowed", "The path has no such method")
REFUSED = Kind(409, "refused", "It can't be done; nothing was changed")
BUSY = Kind(409, "busy", "Something else is under way; nothing was changed", AGAIN)
CONTENT = Kind(415, "unsupported-content", "The body is not JSON")
INVALID = Kind(422, "invalid", "The request is not valid")
REUSED = Kind(422, "idempotency-key-reused", "The key was used for another request")
BROKEN = Kind(500, "unexpected", "It failed, and a person is needed")
UNFINISHED = Kind(503, "unfinished", "It was begun, and is not over", AGAIN)
UNAVAILABLE = Kind(503, "unavailable", "AWS did not answer", AGAIN)

KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (Unauthenticated, UNAUTHENTICATED),
    (Forbidden, FORBIDDEN),
    (NotFound, NOT_FOUND),
    (NotFoundError, NOT_FOUND),
    (NotCommitted, NOT_FOUND),
    (MethodNotAllowed, METHOD),
    (UnsupportedContent, CONTENT),
    (RepeatedKey, INVALID),
    (KeyReused, REUSED),
    (UnicodeDecodeError, MALFORMED),
    (binascii.Error, MALFORMED),
    (errors.Busy, BUSY),
    (services.Busy, BUSY),
    (errors.Refused, REFUSED),
    (services.Refused, REFUSED),
    (errors.Unfinished, UNFINISHED),
    (Damaged, BROKEN),
    (DatasetError, REFUSED),
)
"""The first class that an error is of decides."""


def answer(error: Exception, instance: str = "") -> Response[str]:
    """Returns the answer of an error."""
    kind = _kind(error)
    members = [] if kind is BROKEN else _members(error)
    headers = dict(kind.headers)
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.methods)
    if kind.status >= 500:
        # docs/runbooks/api-failing.md has these words.
        log.error("problem %s: %s", kind.name, error, exc_info=error)
    problem = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=CALLED_AS.sub("The API is not authorized", _detail(error, kind)),
        instance=instance,
        errors=members,
    )
    return Response(
        status_code=kind.status,
        content_type=CONTENT_TYPE,
        headers={**headers},
        body=problem.model_dump_json(exclude_defaults=True),
    )


def _kind(error: Exception) -> Kind:
    if isinstance(error, RequestValidationError):
        if _is_of_answer(error):
            return BROKEN
        return MALFORMED if _is_malformed(error) else INVALID
    found = next((kind for known, kind in KINDS if isinstance(error, known)), None)
    if found is not None:
        return found
    cause = error.__cause__ if isinstance(error, errors.ReleaseError) else error
    if isinstance(cause, ClientError | BotoCoreError) and aws.is_transient(cause):
        return UNAVAILABLE
    return BROKEN


def _is_malformed(error: RequestValidationError) -> bool:
    return any(each.get("type") == MALFORMED_BODY for each in error.errors())


def _is_of_answer(error: RequestValidationError) -> bool:
    """Whether an answer is not what the document says: Powertools has one error for
    both."""
    return any(tuple(each.get("loc", ()))[:1] == ("response",) for each in error.errors())


def _detail(error: Exception, kind: Kind) -> str:
    if isinstance(error, RequestValidationError) and kind is not BROKEN:
        return "; ".join(f"{each.at}: {each.message}" for each in _members(error)) or kind.title
    if isinstance(error, NotFoundError):
        return "The API has no such path. Fix: see its OpenAPI document"
    if isinstance(error, UnicodeDecodeError | binascii.Error):
        return "The body is no UTF-8. Fix: send JSON"
    if kind is BROKEN and not isinstance(error, errors.ReleaseError | DatasetError):
        # What is unknown may tell of the account's inside: the log has it.
        return "Fix: look the request's id up in the logs of the API's function"
    if isinstance(error, ClientError | BotoCoreError):
        return f"{aws.words(error)}. Fix: send the same request, with its key, again"
    return str(error)


def _members(error: Exception) -> list[InvalidMember]:
    if not isinstance(error, RequestValidationError):
        return []
    return [
        InvalidMember(at=_at(each.get("loc", ())), message=_message(each))
        for each in error.errors()[:MAX_MEMBERS]
    ]


def _at(location: Any) -> str:
    return ".".join(str(part) for part in location)[:MAX_PATH]


def _message(found: Mapping[str, Any]) -> str:
    message = str(found.get("msg", ""))
    if found.get("type") != MALFORMED_BODY:
        return message
    return f"{message}: {found.get('ctx', {}).get('error', '')}"
