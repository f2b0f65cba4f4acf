"""Who calls: what the authorizer of API Gateway says, and nothing that the request
says itself. Pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.api.routes import ApiOperation
from groundplan.api.settings import IAM, ApiSettings
from groundplan.release.engine.principals import PROPERTY_LENGTH, is_principal

KEPT = re.compile(rb"[0-9A-Za-z_./+@-]")
"""Bytes of a subject that the registry's properties can hold as they are: not the
colon, which ends the issuer, and not the equals sign, which escapes."""


class Unauthenticated(Exception):
    """The authorizer names nobody."""


class Forbidden(Exception):
    """The caller may not do this."""


@dataclass(frozen=True)
class Caller:
    """Who calls."""

    principal: str
    """ARN of the role's session or the user, or `jwt:ISSUER:SUBJECT`."""
    scopes: frozenset[str] = frozenset()


def of_event(event: Mapping[str, Any], settings: ApiSettings) -> Caller:
    """Returns the caller of an event. Raises `Unauthenticated`: API Gateway invokes no
    route without its authorizer, so that is another's event, or a wrong deployment."""
    if settings.authorization == IAM:
        arn = _member(event, "requestContext", "authorizer", "iam").get("userArn")
        if not isinstance(arn, str) or not arn.startswith("arn:"):
            raise Unauthenticated("The request is not signed by an IAM principal")
        return Caller(arn)
    claims = _member(event, "requestContext", "authorizer", "jwt", "claims")
    issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    if not issuer or not subject:
        raise Unauthenticated("The request has no token of an issuer for a subject")
    return Caller(_principal(issuer, subject), _scopes(claims.get("scope") or claims.get("scp")))


def _member(event: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Returns a member of members of an event; an empty one if there is none."""
    found: Any = event
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _scopes(claim: object) -> frozenset[str]:
    """Returns the scopes of a claim: a text with spaces between them (RFC 8693, section
    4.2), or a list, which API Gateway writes as `[a b]`."""
    if isinstance(claim, list):
        return frozenset(str(each) for each in claim)
    text = str(claim or "")
    return frozenset((text[1:-1] if text[:1] + text[-1:] == "[]" else text).split())


def require(caller: Caller, operation: ApiOperation, settings: ApiSettings) -> None:
    """Raises `Forbidden` unless the caller may call an operation. API Gateway has
    decided before: by the caller's IAM policies, or by the route's scopes."""
    name = operation.value
    if settings.authorization != IAM:
        scope = settings.scopes.get(name, "")
        if not scope or scope not in caller.scopes:
            raise Forbidden(f"The token lacks the scope {scope or f'of {name}'}")
        return
    allowed = settings.callers.get(name)
    if allowed is not None and not any(is_principal(each, caller.principal) for each in allowed):
        raise Forbidden(
            f"{caller.principal} is none of those who may {name}: {', '.join(allowed) or 'nobody'}"
        )


def _principal(issuer: str, subject: str) -> str:
    """Returns the principal of a token. Two subjects never have the same one, and it
    fits into a property of the registry as it is: an approval is compared with it."""
    plain = "".join(
        chr(byte) if KEPT.fullmatch(bytes([byte])) else f"={byte:02X}"
        for byte in subject.encode("utf-8", "surrogatepass")
    )
    found = f"jwt:{re.sub(r'[^0-9A-Za-z_./-]', '-', issuer.removeprefix('https://'))}:{plain}"
    if len(found) <= PROPERTY_LENGTH:
        return found
    digest = hashlib.sha256(f"{issuer}\n{subject}".encode("utf-8", "surrogatepass"))
    return f"jwt:{digest.hexdigest()}"
