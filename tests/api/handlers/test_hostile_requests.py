"""Requests that no client sends by accident: each is the caller's mistake, none is an
error of the API."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from api_world import API_SETTINGS, TRAINER, event, signed
from groundplan.api.handlers import problems
from groundplan.api.handlers.entry import Api
from groundplan.api.handlers.problems import MAX_MEMBERS, MAX_PATH
from groundplan.release.engine.errors import Refused

CHURN = "/v1/endpoints/churn"
DECISION = {"decision": "approve", "reason": "AUC 0.92"}


class _Nowhere:
    """A session that nothing may use."""

    def client(self, *_args: object, **_more: object) -> object:
        raise AssertionError("AWS was called")


API = Api(API_SETTINGS, _Nowhere())


def answered(
    method: str, path: str, changed: Mapping[str, Any] | None = None, **more: Any
) -> tuple[int, dict[str, Any]]:
    headers = {"Idempotency-Key": "k", **more.pop("headers", {})}
    sent = event(method, path, authorizer=signed(TRAINER), headers=headers, **more)
    sent |= changed or {}
    answer = API.answer(sent)
    assert len(answer["body"]) < 50_000
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"reason": "x", "version": ' + "9" * 5000 + "}",
        '{"reason": "x", "version": NaN}',
        '{"reason": "x", "version": -Infinity}',
        '{"reason": "x", "reason": "y"}',
        '\ufeff{"reason": "x"}',
    ],
    ids=["deep", "long number", "NaN", "Infinity", "a member twice", "byte order mark"],
)
def test_a_body_that_is_no_json_is_malformed(text: str) -> None:
    status, problem = answered("POST", f"{CHURN}/releases", text=text)
    assert (status, problem["type"]) == (400, "urn:groundplan:problem:malformed")
    assert len(problem["detail"]) > len("body.0: JSON decode error: ")


@pytest.mark.parametrize(
    "text",
    [
        '{"reason": "x", "version": ' + "[" * 900 + "]" * 900 + "}",
        '{"reason": "x", "version": 1.0}',
        '{"reason": "x", "version": true}',
        '{"reason": "\\ud800"}',
        '{"reason": "x", "\\ud800": 1}',
        json.dumps({"reason": "x", "k" * 1_000_000: 1}),
        json.dumps({"reason": "x", **{f"k{number}": 1 for number in range(2000)}}),
    ],
    ids=["nested", "1.0", "true", "surrogate", "surrogate name", "long name", "many members"],
)
def test_what_is_wrong_with_a_body_is_said_in_a_bounded_answer(text: str) -> None:
    status, problem = answered("POST", f"{CHURN}/releases", text=text)
    assert (status, problem["type"]) == (422, "urn:groundplan:problem:invalid")
    assert 1 <= len(problem["errors"]) <= MAX_MEMBERS
    assert max(len(each["at"]) for each in problem["errors"]) <= MAX_PATH


@pytest.mark.parametrize("kind", ["APPLICATION/JSON", "Application/Json; charset=UTF-8"])
def test_a_content_type_has_no_case(kind: str) -> None:
    status, _ = answered("POST", f"{CHURN}/releases", body={}, headers={"content-type": kind})
    assert status == 422


@pytest.mark.parametrize("key", ["a,b", "a,", ","])
def test_a_request_has_one_idempotency_key(key: str) -> None:
    """API Gateway joins those of two headers: which of them names it?"""
    status, problem = answered(
        "POST", f"{CHURN}/trainings", body={"reason": "x"}, headers={"Idempotency-Key": key}
    )
    assert (status, "more than one" in problem["detail"]) == (422, True)


@pytest.mark.parametrize("version", ["+1", "%201", "1.0", "1_0", "01", "%EF%BC%91", "-1", "0"])
def test_a_version_has_one_spelling(version: str) -> None:
    status, problem = answered("POST", f"{CHURN}/versions/{version}/decision", body=DECISION)
    assert (status, problem["errors"][0]["at"]) == (422, "path.version")


@pytest.mark.parametrize("limit", ["", "+5", "5.0", "1_0", "1,2", "0", "101", "1e1"])
def test_a_limit_has_one_spelling(limit: str) -> None:
    query = {"queryStringParameters": {"limit": limit}}
    status, problem = answered("GET", f"{CHURN}/versions", changed=query)
    assert (status, problem["errors"][0]["at"]) == (422, "query.limit")


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", f"{CHURN}/versions/1/decision", "$default"),
        ("POST", f"{CHURN}/versions/1/decision", "POST /v1/endpoints/{endpoint}/trainings"),
        ("POST", f"{CHURN}/versions/1/decision", "GET /v1/endpoints/{endpoint}"),
        ("POST", f"{CHURN}/versions/1/decision", ""),
        ("GET", CHURN, "GET /v1/endpoints"),
    ],
)
def test_a_caller_who_was_let_in_by_another_route_reaches_nothing(
    method: str, path: str, route: str
) -> None:
    """`.../decision%3F/trainings` is what the policy of a caller who may train allows,
    matches no route, and is `.../decision` when the function has it."""
    body = DECISION if method == "POST" else None
    status, problem = answered(method, path, body=body, changed={"routeKey": route})
    assert (status, problem["type"]) == (404, "urn:groundplan:problem:not-found")


def test_an_encoded_slash_ends_no_part_of_a_path() -> None:
    assert answered("POST", f"{CHURN}/versions/1%2Fdecision", body=DECISION)[0] == 404


@pytest.mark.parametrize("name", ["a.b", "1A", "A-B", ""])
def test_names_of_environment_variables_are_those_that_sagemaker_has(name: str) -> None:
    _, problem = answered("POST", f"{CHURN}/versions", body={"environment": {name: "1"}})
    assert any(each["at"].startswith("body.environment") for each in problem["errors"])


def test_an_error_of_aws_names_no_role_of_the_api() -> None:
    text = (
        "GetObject: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/api-role-1/f is "
        "not authorized to perform: s3:GetObject on resource: arn:aws:s3:::others/a.json"
    )
    found = json.loads(problems.answer(Refused(text)).body or "")
    assert found["detail"] == (
        "GetObject: AccessDenied: The API is not authorized to perform: s3:GetObject on "
        "resource: arn:aws:s3:::others/a.json"
    )
