"""Amazon GuardDuty: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:guardduty/detector:Detector",),
        "detector",
        cost=Unpriced(),
        safeguard=Safeguard("threats are no longer detected"),
    ),
)
