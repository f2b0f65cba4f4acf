"""API Gateway's part: an HTTP API, whose routes are those of `groundplan.api.routes`,
each with an authorizer."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.api.component.spec import ApiThrottlingSpec, DeliveryApiSpec
from groundplan.api.routes import ROUTES, ApiRoute
from groundplan.tags import Tags

DEFAULT = "$default"
"""The route of all other requests."""
STAGE = "$default"
"""The stage whose URL has no stage."""
TIMEOUT_MS = 30_000
"""The longest of an integration of an HTTP API (quotas of API Gateway)."""
TLS = "TLS_1_2"
LOG_FOLDER = "/aws/vendedlogs/apigateway/"
"""CloudWatch Logs User Guide, "Enable logging from AWS services": groups with these
names need no entry in the account's resource policy, which holds few."""
LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "subject": "$context.authorizer.claims.sub",
    "routeKey": "$context.routeKey",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "integrationLatencyMs": "$context.integrationLatency",
    "error": "$context.error.message",
    "authorizerError": "$context.authorizer.error",
    "integrationError": "$context.integrationErrorMessage",
}
"""Members of a line of the access log (API Gateway Developer Guide, "Customize HTTP API
access logs")."""


class Gateway:
    """The API, its routes, its stage, and who may call which route."""

    def __init__(
        self,
        name: str,
        spec: DeliveryApiSpec,
        *,
        function: aws.lambda_.Function,
        log_group: aws.cloudwatch.LogGroup,
        resource_tags: Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._spec, self._tags = name, spec, resource_tags
        self._child = pulumi.ResourceOptions(parent=parent)
        self._parent = parent
        self.api = aws.apigatewayv2.Api(
            f"{name}-api",
            protocol_type="HTTP",
            description="Models: training runs, versions, approvals, releases",
            disable_execute_api_endpoint=spec.domain is not None,
            tags=resource_tags,
            opts=self._child,
        )
        self.authorizer = self._authorizer()
        self.integration = aws.apigatewayv2.Integration(
            f"{name}-integration",
            api_id=self.api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=TIMEOUT_MS,
            opts=self._child,
        )
        # The API has one stage: the pattern covers its routes and no more.
        self.permission = aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(self.api.execution_arn, "/*"),
            opts=self._child,
        )
        self.routes = {route.id: self._route(route) for route in ROUTES}
        # Requests that no route matches are answered by the function, to callers that
        # are authenticated: 404 and 405 are problems too.
        self.routes[DEFAULT] = self._route(None)
        self.stage = self._stage(log_group)
        self.domain, self.mapping = self._domain()

    def _authorizer(self) -> aws.apigatewayv2.Authorizer | None:
        tokens = self._spec.tokens
        if tokens is None:
            return None
        return aws.apigatewayv2.Authorizer(
            f"{self._name}-authorizer",
            api_id=self.api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration=aws.apigatewayv2.AuthorizerJwtConfigurationArgs(
                issuer=tokens.issuer, audiences=list(tokens.audiences)
            ),
            opts=self._child,
        )

    def _route(self, route: ApiRoute | None) -> aws.apigatewayv2.Route:
        """Creates a route; the one of all other requests without a route."""
        authorization: dict[str, Any] = {"authorization_type": "AWS_IAM"}
        tokens = self._spec.tokens
        if tokens is not None and self.authorizer is not None:
            authorization = {"authorization_type": "JWT", "authorizer_id": self.authorizer.id}
            if route is not None:
                scope = tokens.scopes[route.operation.value]
                authorization["authorization_scopes"] = [scope]
        role = "default" if route is None else route.id.replace("_", "-")
        return aws.apigatewayv2.Route(
            f"{self._name}-{role}",
            api_id=self.api.id,
            route_key=DEFAULT if route is None else route.key,
            target=pulumi.Output.concat("integrations/", self.integration.id),
            opts=self._child,
            **authorization,
        )

    def _stage(self, log_group: aws.cloudwatch.LogGroup) -> aws.apigatewayv2.Stage:
        limits = self._spec.throttling
        return aws.apigatewayv2.Stage(
            f"{self._name}-stage",
            api_id=self.api.id,
            name=STAGE,
            auto_deploy=True,
            access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=log_group.arn, format=json.dumps(LOGGED)
            ),
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=limits.read_rate,
                throttling_burst_limit=limits.read_burst,
                detailed_metrics_enabled=False,
            ),
            route_settings=[_limited(route, limits) for route in ROUTES if route.writes],
            tags=self._tags,
            # API Gateway refuses settings of routes that do not exist.
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=list(self.routes.values())),
        )

    def _domain(
        self,
    ) -> tuple[aws.apigatewayv2.DomainName | None, aws.apigatewayv2.ApiMapping | None]:
        given = self._spec.domain
        if given is None:
            return None, None
        domain = aws.apigatewayv2.DomainName(
            f"{self._name}-domain",
            domain_name=given["name"],
            domain_name_configuration=aws.apigatewayv2.DomainNameDomainNameConfigurationArgs(
                certificate_arn=given["certificate_arn"],
                endpoint_type="REGIONAL",
                security_policy=TLS,
            ),
            tags=self._tags,
            opts=self._child,
        )
        mapping = aws.apigatewayv2.ApiMapping(
            f"{self._name}-mapping",
            api_id=self.api.id,
            domain_name=domain.id,
            stage=self.stage.id,
            opts=self._child,
        )
        return domain, mapping


def _limited(route: ApiRoute, limits: ApiThrottlingSpec) -> aws.apigatewayv2.StageRouteSettingArgs:
    return aws.apigatewayv2.StageRouteSettingArgs(
        route_key=route.key,
        throttling_rate_limit=limits.write_rate,
        throttling_burst_limit=limits.write_burst,
        detailed_metrics_enabled=False,
    )
