"""Amazon API Gateway, HTTP and WebSocket APIs: resource types."""

from groundplan.catalog.resource_type import ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:apigatewayv2/api:Api",),
        "api",
        cost=Unpriced(),
        service=Service("its address is released, and its callers fail"),
    ),
)
