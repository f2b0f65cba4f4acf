"""The API answers as its document says, to whatever is sent; nobody succeeds without
being allowed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import delivery_apis as apis
import hypothesis
import pytest
import schemathesis
from accepted_settings import examples
from api_world import APPROVER, TRAINER, World, world
from groundplan.api.routes import ROUTES, ApiOperation, route_of
from hypothesis import HealthCheck, given, settings
from local_gateway import DOCUMENT, LocalGateway, signature
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

OPERATIONS = tuple(operation.value for operation in ApiOperation)
CALLERS = {
    "EVERYTHING": (APPROVER, OPERATIONS),
    "NOTHING": (TRAINER, ()),
    **{
        name.upper(): (f"arn:aws:sts::123456789012:assumed-role/{name}/jo", (name,))
        for name in OPERATIONS
    },
}
KNOWN = ("endpoint", "dataset")
"""Parameters that name what there is one of."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def account() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patched, world(patched) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(account: World) -> LocalGateway:
    return LocalGateway(apis.serving(), account.api(), CALLERS)


@pytest.fixture(scope="module")
def operations(gateway: LocalGateway) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, gateway)
    found: list[Any] = list(schema.get_all_operations())
    return [each.ok() for each in found]


def run(operation: Any, mode: schemathesis.GenerationMode, number: int) -> None:
    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_documented(case: Any) -> None:
        if mode is schemathesis.GenerationMode.POSITIVE:
            # Else nearly all would be answered that there is no such endpoint.
            case.path_parameters.update({k: "churn" for k in KNOWN if k in case.path_parameters})
        response = case.call(headers=signature("EVERYTHING"))
        case.validate_response(response, checks=CHECKS)

    answers_as_documented()


@pytest.mark.parametrize("number", range(len(ROUTES)))
def test_an_operation_answers_as_documented(operations: list[Any], number: int) -> None:
    operation = operations[number]
    run(operation, schemathesis.GenerationMode.POSITIVE, examples(2))
    if "parameters" in operation.definition.raw:  # else nothing can be wrong
        run(operation, schemathesis.GenerationMode.NEGATIVE, examples(2))


def requests(gateway: LocalGateway, key: str) -> dict[str, int]:
    """Status of a plain request of each route, with a key."""
    from werkzeug.test import Client

    client, found = Client(gateway), {}
    values = {
        "endpoint": "churn",
        "version": "1",
        "release": "r",
        "run": "r",
        "dataset": "churn",
        "digest": "0" * 64,
    }
    for route in ROUTES:
        headers = {"Idempotency-Key": "k", **(signature(key) if key else {})}
        path = route.path.format(**values)
        answer = client.open(path, method=route.method, headers=headers, json={"reason": 1})
        found[route.id] = answer.status_code
    return found


@pytest.mark.parametrize("key", ["", "UNKNOWN", "NOTHING"])
def test_nobody_succeeds_without_being_allowed(gateway: LocalGateway, key: str) -> None:
    assert set(requests(gateway, key).values()) == {403}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_caller_reaches_the_routes_of_its_operation_only(
    gateway: LocalGateway, operation: str
) -> None:
    found = requests(gateway, operation.upper())
    reached = {route for route, status in found.items() if status != 403}
    assert reached == {route.id for route in ROUTES if route.operation.value == operation}


def test_a_route_without_an_authorizer_is_no_way_in(account: World) -> None:
    """The function itself wants to know who calls."""
    gateway = LocalGateway(apis.serving(), account.api(), {})
    opened = [
        (method, pattern, {**inputs, "authorizationType": "NONE"})
        for method, pattern, inputs in gateway.routes
    ]
    gateway.__dict__["routes"] = opened
    assert set(requests(gateway, "").values()) == {401}


def test_callers_that_the_settings_do_not_name_are_refused_although_iam_allows_them(
    account: World,
) -> None:
    limited = replace(account.settings, callers={"approve": [apis.APPROVERS]})
    api = type(account.api())(limited, account.session)
    gateway = LocalGateway(apis.serving(), api, {"ADMIN": (TRAINER, OPERATIONS)})
    found = requests(gateway, "ADMIN")
    refused = {route for route, status in found.items() if status == 403}
    assert refused == {route.id for route in ROUTES if route.operation is ApiOperation.APPROVE}


def test_paths_have_the_routes_of_the_document(operations: list[Any]) -> None:
    found = {(operation.method.upper(), operation.path) for operation in operations}
    assert found == {(route.method, route.path) for route in ROUTES}
    assert all(route_of(method, path) for method, path in found)
