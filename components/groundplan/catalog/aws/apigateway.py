"""Amazon API Gateway, REST APIs: resource types."""

from groundplan.catalog.resource_type import ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:apigateway/restApi:RestApi",),
        "rest api",
        cost=Unpriced(),
        service=Service("its address is released, and its callers fail"),
    ),
)
