"""Who may call: what the authorizer says decides, of each route."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from api_world import (
    API_SETTINGS,
    APPROVER,
    OF_TOKENS,
    SCOPES,
    TRAINER,
    World,
    event,
    signed,
    with_token,
)
from groundplan.api.handlers import caller
from groundplan.api.handlers.entry import Api
from groundplan.api.routes import ROUTES, ApiOperation, ApiRoute
from groundplan.api.settings import ApiSettings
from groundplan.release.engine import registry

PATHS = {
    "endpoint": "churn",
    "version": "1",
    "release": "r",
    "run": "r",
    "dataset": "churn",
    "digest": "0" * 64,
}


def request(route: ApiRoute, authorizer: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] | None = None if route.method == "GET" else {}
    return event(route.method, route.path.format(**PATHS), body, authorizer=authorizer)


class _Nowhere:
    """A session that nothing may use."""

    def client(self, *_args: object, **_more: object) -> object:
        raise AssertionError("AWS was called")


@pytest.mark.parametrize(
    ("settings", "authorizer"),
    [
        (API_SETTINGS, {}),
        (API_SETTINGS, {"iam": {}}),
        (API_SETTINGS, {"iam": {"userArn": ""}}),
        (API_SETTINGS, with_token("kim", *SCOPES.values())),
        (API_SETTINGS, {"lambda": {"userArn": TRAINER}}),
        (OF_TOKENS, {}),
        (OF_TOKENS, signed(TRAINER)),
        (OF_TOKENS, with_token("", *SCOPES.values())),
        (OF_TOKENS, with_token("kim", *SCOPES.values(), issuer="")),
        (API_SETTINGS, {"iam": "arn:aws:iam::123456789012:user/kim"}),
        (API_SETTINGS, {"iam": {"userArn": [TRAINER]}}),
        (API_SETTINGS, {"iam": {"userArn": "123456789012"}}),
        (API_SETTINGS, {"iam": None, "userArn": TRAINER}),
        (OF_TOKENS, {"jwt": None}),
        (OF_TOKENS, {"jwt": {"claims": ["sub", "iss"]}}),
        (OF_TOKENS, {"jwt": {"claims": {"scope": "groundplan/read"}}}),
    ],
)
def test_nobody_is_served_without_the_authorizer_of_the_api(
    settings: ApiSettings, authorizer: Mapping[str, Any]
) -> None:
    api = Api(settings, _Nowhere())
    found = {route.id: api.answer(request(route, authorizer))["statusCode"] for route in ROUTES}
    assert set(found.values()) == {401}, found


def test_a_token_needs_the_scope_of_the_route() -> None:
    api = Api(OF_TOKENS, _Nowhere())
    for route in ROUTES:
        own = SCOPES[route.operation.value]
        others = [scope for scope in SCOPES.values() if scope != own]
        for scopes in (others, [f"{own}s"], [own.upper()], []):
            answer = api.answer(request(route, with_token("kim", *scopes)))
            assert answer["statusCode"] == 403, route
        caller.require(caller.Caller("kim", frozenset([own])), route.operation, OF_TOKENS)


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "openid groundplan/read"},
        {"scope": "[openid groundplan/read]"},
        {"scope": ["openid", "groundplan/read"]},
        {"scp": "groundplan/read  openid"},
        {"scope": "", "scp": ["groundplan/read"]},
    ],
)
def test_scopes_are_read_as_issuers_and_api_gateway_write_them(claims: dict[str, Any]) -> None:
    jwt = {"claims": {"iss": "https://login.example.com", "sub": "kim", **claims}}
    found = caller.of_event({"requestContext": {"authorizer": {"jwt": jwt}}}, OF_TOKENS)
    caller.require(found, ApiOperation.READ, OF_TOKENS)
    for operation in ApiOperation:
        if operation is not ApiOperation.READ:
            with pytest.raises(caller.Forbidden):
                caller.require(found, operation, OF_TOKENS)


@pytest.mark.parametrize("scope", ["groundplan/read]", "groundplan/read,openid", "groundplan/*"])
def test_a_scope_is_compared_as_a_whole(scope: str) -> None:
    jwt = {"claims": {"iss": "https://login.example.com", "sub": "kim", "scope": scope}}
    found = caller.of_event({"requestContext": {"authorizer": {"jwt": jwt}}}, OF_TOKENS)
    with pytest.raises(caller.Forbidden):
        caller.require(found, ApiOperation.READ, OF_TOKENS)


@pytest.mark.parametrize("operation", ApiOperation)
def test_operations_are_limited_to_the_callers_that_the_settings_name(
    operation: ApiOperation,
) -> None:
    settings = replace(
        API_SETTINGS,
        callers={operation.value: ["arn:aws:iam::123456789012:role/teams/approvers"]},
    )
    caller.require(caller.Caller(APPROVER), operation, settings)
    for other in (
        TRAINER,
        "arn:aws:iam::123456789012:user/approvers",
        "arn:aws:sts::999999999999:assumed-role/approvers/kim",
        "arn:aws:sts::123456789012:assumed-role/approvers-of-others/kim",
        "arn:aws:sts::123456789012:federated-user/approvers",
        "arn:aws:iam::123456789012:root",
    ):
        with pytest.raises(caller.Forbidden):
            caller.require(caller.Caller(other), operation, settings)
    nobody = replace(API_SETTINGS, callers={operation.value: []})
    with pytest.raises(caller.Forbidden):
        caller.require(caller.Caller(APPROVER), operation, nobody)


def principal(subject: str, issuer: str = "https://login.example.com") -> str:
    claims = {"requestContext": {"authorizer": with_token(subject, issuer=issuer)}}
    return caller.of_event(claims, OF_TOKENS).principal


def test_subjects_of_tokens_are_two_persons_in_the_registry_exactly_if_they_are_two() -> None:
    subjects = ["kim", "Kim", "auth0|kim", "auth0-kim", "a:kim", "a=3Akim", "kím", "k" * 300]
    found = [principal(subject) for subject in subjects]
    assert len({registry.person(each) for each in found}) == len(subjects)
    for each in found:
        assert len(each) <= registry.PROPERTY_LENGTH
        assert not set(each) - set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/=+-@"
        )


def test_a_person_with_a_token_does_not_approve_what_that_person_registered(
    account: World,
) -> None:
    api = Api(OF_TOKENS, account.session)

    def post(subject: str, path: str, body: object, scope: str) -> tuple[int, Any]:
        sent = event(
            "POST",
            f"/v1/endpoints/churn/{path}",
            body,
            authorizer=with_token(subject, SCOPES[scope]),
            headers={"Idempotency-Key": path},
        )
        answer = api.answer(sent)
        return answer["statusCode"], json.loads(answer["body"])

    status, found = post("auth0|jo", "versions", account.registration(), "register")
    assert status == 201, found
    path = f"versions/{found['version']}/decision"
    decision = {"decision": "approve", "reason": "better"}
    status, problem = post("auth0|jo", path, decision, "approve")
    assert (status, "registered" in problem["detail"]) == (409, True)
    status, found = post("auth0|kim", path, decision, "approve")
    assert (status, found["approved_by"]) == (200, "jwt:login.example.com/shop:auth0=7Ckim")
