"""What API Gateway's stand-in asks of a token."""

import datetime
from functools import cache

import pytest

from rehearsal.account.tokens import Issuer, JwtAuthorizer, Key, Refused
from rehearsal.life import token_callers

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)
READ = f"{token_callers.PREFIX}read"
AUTHORIZER = JwtAuthorizer(token_callers.ISSUER, [token_callers.AUDIENCE])


@cache
def key() -> Key:
    return Key("first")


def asked(token: str, *scopes: str) -> str:
    """The subject of a token, or the status of the answer."""
    issuers = {AUTHORIZER.issuer: Issuer(AUTHORIZER.issuer, {key().id: key().private.public_key()})}
    try:
        return str(AUTHORIZER.claims(f"Bearer {token}", scopes, issuers, NOW)["sub"])
    except Refused as error:
        return str(error.status)


def test_each_hostile_token_is_refused() -> None:
    tokens = dict(token_callers.hostile(key(), token_callers.claims(NOW)))
    assert len(tokens) >= 16
    assert {what: asked(token, READ) for what, token in tokens.items()} == dict.fromkeys(
        tokens, "401"
    )


@pytest.mark.parametrize(
    ("difference", "scopes", "expected"),
    [
        ({}, (READ,), "jo"),
        ({"scope": "", "scp": READ}, (READ,), "jo"),
        ({"aud": ["other", token_callers.AUDIENCE]}, (READ,), "jo"),
        ({"scope": ""}, (), "jo"),
        ({"scope": ""}, (READ,), "403"),
        ({"scope": f"{READ}er"}, (READ,), "403"),
        ({"scope": "openid other"}, (READ, "other"), "jo"),
    ],
)
def test_a_token_needs_one_of_the_scopes_of_the_route(
    difference: dict[str, object], scopes: tuple[str, ...], expected: str
) -> None:
    token = key().token({**token_callers.claims(NOW), **difference})
    assert asked(token, *scopes) == expected


def test_a_client_counts_where_a_token_has_no_audience() -> None:
    claims = token_callers.claims(NOW)
    del claims["aud"]
    assert asked(key().token({**claims, "client_id": token_callers.AUDIENCE}), READ) == "jo"
    assert asked(key().token({**claims, "client_id": "other"}), READ) == "401"
