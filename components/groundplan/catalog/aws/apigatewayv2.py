"""Amazon API Gateway, HTTP and WebSocket APIs: resource types."""

from groundplan.catalog.resource_type import (
    NAME,
    SETTING,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
)

TYPES = (
    ResourceType(
        ("aws:apigatewayv2/api:Api",),
        "api",
        cost=Priced("http-api"),
        summary=("protocolType",),
        service=Service("its address is released, and its callers fail"),
    ),
    ResourceType(
        ("aws:apigatewayv2/apiMapping:ApiMapping",),
        "domain of an api",
        cost=NAME,
        service=Service("callers of the domain fail", part=True),
    ),
    ResourceType(
        ("aws:apigatewayv2/authorizer:Authorizer",),
        "authorizer",
        cost=SETTING,
        summary=("authorizerType",),
        safeguard=Safeguard("tokens authorize nobody any more", Level.HIGH),
    ),
    ResourceType(
        ("aws:apigatewayv2/domainName:DomainName",),
        "domain name",
        cost=NAME,
        summary=("domainName",),
        service=Service("callers of the domain fail", named_by=("domainName",)),
    ),
    ResourceType(
        ("aws:apigatewayv2/integration:Integration",),
        "integration",
        cost=SETTING,
        service=Service("the routes that use it fail", part=True),
    ),
    ResourceType(
        ("aws:apigatewayv2/route:Route",),
        "route",
        cost=SETTING,
        summary=("routeKey", "authorizationType"),
        service=Service("callers of this route fail", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:apigatewayv2/stage:Stage",),
        "stage",
        cost=SETTING,
        service=Service("all routes of the API fail", part=True),
    ),
)
