"""The OpenAPI document is written from the models, is valid, and is what is stored."""

import copy
import json
import pathlib
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from groundplan.api import openapi
from groundplan.api.handlers import problems
from groundplan.api.handlers.once import REPLAYED
from groundplan.api.routes import ROUTES

STORED = pathlib.Path(__file__).parents[2] / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = openapi.document()


def test_the_stored_document_is_what_the_models_say() -> None:
    assert STORED.read_text(encoding="utf-8") == openapi.text(), "run `make openapi`"


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT)).validate()
    wrong = copy.deepcopy(DOCUMENT)
    del wrong["info"]["title"]
    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict(wrong).validate()


def test_each_route_is_described_with_its_scope_and_its_errors() -> None:
    for route in ROUTES:
        found = DOCUMENT["paths"][route.path][route.method.lower()]
        assert found["operationId"] == route.id
        assert found["security"] == [
            {"signature": []},
            {"token": [f"groundplan/{route.operation.value}"]},
        ]
        assert found["description"]
        for status in ("404", "409", "422", "503"):
            content = found["responses"][status]["content"]
            assert list(content) == ["application/problem+json"]
        for status in ("401", "403", "429"):
            # API Gateway's own are JSON.
            content = found["responses"][status]["content"]
            assert set(content) == {"application/problem+json", "application/json"}
        keys = [each["name"] for each in found.get("parameters", ()) if each["in"] == "header"]
        assert keys == (["idempotency-key"] if route.writes else [])


def test_each_type_of_problem_is_described_where_it_can_come_up() -> None:
    kinds = [kind for _, kind in problems.KINDS if kind is not problems.METHOD]
    for kind in [*kinds, problems.UNAVAILABLE]:
        described = [
            found["responses"][str(kind.status)]
            for path in DOCUMENT["paths"].values()
            for found in path.values()
            if kind.type in found["responses"].get(str(kind.status), {}).get("description", "")
        ]
        assert described, kind
        for each in described:
            assert set(kind.headers) <= set(each.get("headers", ())), kind


def test_answers_of_writes_may_be_replayed() -> None:
    for route in ROUTES:
        responses = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]
        for status, found in responses.items():
            replayed = REPLAYED in found.get("headers", ())
            assert replayed == (route.writes and status.startswith("2")), (route, status)


def test_no_body_names_who_calls() -> None:
    text = json.dumps(
        {
            name: found
            for name, found in DOCUMENT["components"]["schemas"].items()
            if "Request" in name
        }
    )
    assert not [word for word in ("_by", "principal", "caller_", "user") if f'"{word}' in text]
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if name.endswith("Request"):
            assert schema["additionalProperties"] is False, name
