"""AWS CloudTrail: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:cloudtrail/trail:Trail",),
        "trail",
        cost=Unpriced(),
        safeguard=Safeguard("calls in the account are no longer recorded"),
    ),
)
