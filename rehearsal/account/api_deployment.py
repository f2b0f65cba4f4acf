"""Deploys what an HTTP API consists of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from groundplan.manifest.model import Resource

from rehearsal.account.gateway import HttpApi
from rehearsal.account.tokens import JwtAuthorizer
from rehearsal.expectations import NotRehearsed

if TYPE_CHECKING:
    from rehearsal.account.deployment import Deployment


def api(at: "Deployment", resource: Resource, _inputs: Mapping[str, Any]) -> None:
    found, arn = (
        at.names.value(f"${{{resource.name}.{output}}}") for output in ("id", "executionArn")
    )
    at.account.apis[found] = HttpApi(at.account, found, resource.name, arn)


def integration(at: "Deployment", resource: Resource, inputs: Mapping[str, Any]) -> None:
    identity = at.names.value(f"${{{resource.name}.id}}")
    function = inputs["integrationUri"].partition("/functions/")[2]
    api = _api_of(at, resource, inputs)
    api.integrations[identity] = function.removesuffix("/invocations")


def authorizer(at: "Deployment", resource: Resource, inputs: Mapping[str, Any]) -> None:
    configuration = inputs["jwtConfiguration"]
    found = JwtAuthorizer(configuration["issuer"], configuration["audiences"])
    identity = at.names.value(f"${{{resource.name}.id}}")
    _api_of(at, resource, inputs).authorizers[identity] = found


def route(at: "Deployment", resource: Resource, inputs: Mapping[str, Any]) -> None:
    api, key = _api_of(at, resource, inputs), inputs["routeKey"]
    api.routes[key] = inputs["target"]
    if inputs["authorizationType"] == "JWT":
        api.scopes[key] = inputs["authorizerId"], inputs.get("authorizationScopes", ())
    elif inputs["authorizationType"] != "AWS_IAM":
        raise NotRehearsed(f"{resource.name}: {inputs['authorizationType']} is not rehearsed")


def stage(at: "Deployment", resource: Resource, inputs: Mapping[str, Any]) -> None:
    api = _api_of(at, resource, inputs)
    api.stage = inputs["name"]
    log = inputs["accessLogSettings"]["destinationArn"]
    api.log_group = log.partition(":log-group:")[2]


def _api_of(at: "Deployment", resource: Resource, inputs: Mapping[str, Any]) -> HttpApi:
    if inputs["apiId"] not in at.account.apis:
        raise NotRehearsed(f"{resource.name}: there is no API {inputs['apiId']}")
    return at.account.apis[inputs["apiId"]]
