"""Tokens of callers: an issuer with keys of its own, and what API Gateway asks of a
token before it calls a function.

API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers in API
Gateway": the header names a key of the issuer's JWKS, an RSA one; `iss`, `aud` (or
`client_id`, where there is no `aud`), `exp`, `nbf` and `iat` hold; then one of the
route's scopes is in `scope` or `scp`.
"""

import base64
import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ALGORITHM = "RS256"
BEARER = "Bearer "


class Refused(Exception):
    """API Gateway answers in the function's place."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Key:
    """One key of an issuer."""

    id: str
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def token(self, claims: Mapping[str, Any], **header: str) -> str:
        """Returns a signed token."""
        head = {"alg": ALGORITHM, "kid": self.id, "typ": "JWT", **header}
        text = f"{_encoded(head)}.{_encoded(claims)}"
        signature = self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_base64(signature)}"


def unsigned(claims: Mapping[str, Any], kid: str) -> str:
    """Returns a token whose header says that it needs no signature."""
    return f"{_encoded({'alg': 'none', 'kid': kid})}.{_encoded(claims)}."


@dataclass(frozen=True)
class Issuer:
    """Who signs tokens. Its JWKS has the public half of each key."""

    url: str
    keys: Mapping[str, rsa.RSAPublicKey]


@dataclass(frozen=True)
class JwtAuthorizer:
    """An authorizer of an API."""

    issuer: str
    audiences: Sequence[str]

    def claims(
        self,
        header: str,
        scopes: Sequence[str],
        issuers: Mapping[str, Issuer],
        now: datetime.datetime,
    ) -> dict[str, Any]:
        """Returns the claims of the token in a header. Raises `Refused`."""
        try:
            claims = self._valid(header.removeprefix(BEARER), issuers[self.issuer], now.timestamp())
        except (InvalidSignature, KeyError, TypeError, ValueError) as error:
            raise Refused(401, "Unauthorized") from error
        held = str(claims.get("scope") or claims.get("scp") or "").split()
        if scopes and not set(scopes) & set(held):
            raise Refused(403, "Forbidden")
        return claims

    def _valid(self, token: str, issuer: Issuer, now: float) -> dict[str, Any]:
        text, _, signature = token.rpartition(".")
        header, claims = (json.loads(_decoded(part)) for part in text.split("."))
        if header["alg"] != ALGORITHM:
            raise ValueError(f"The algorithm {header['alg']} is not RSA's")
        issuer.keys[header["kid"]].verify(
            _decoded(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        if claims["iss"] != self.issuer:
            raise ValueError("Another issuer")
        named = claims["aud"] if "aud" in claims else claims["client_id"]
        if not set(named if isinstance(named, list) else [named]) & set(self.audiences):
            raise ValueError("Another audience")
        if now >= claims["exp"] or now < claims.get("nbf", now) or now < claims.get("iat", now):
            raise ValueError("Not valid at this time")
        found: dict[str, Any] = claims
        return found


def _encoded(data: Mapping[str, Any]) -> str:
    return _base64(json.dumps(data, sort_keys=True).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
