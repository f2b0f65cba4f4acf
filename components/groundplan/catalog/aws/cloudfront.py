"""Amazon CloudFront: resource types."""

from groundplan.catalog.resource_type import ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:cloudfront/distribution:Distribution",),
        "distribution",
        cost=Unpriced(),
        service=Service("its address is released, and its users fail"),
    ),
)
