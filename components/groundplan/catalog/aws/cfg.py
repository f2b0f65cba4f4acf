"""AWS Config: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:cfg/recorder:Recorder",),
        "recorder",
        cost=Unpriced(),
        safeguard=Safeguard("changes in the account are no longer recorded"),
    ),
)
