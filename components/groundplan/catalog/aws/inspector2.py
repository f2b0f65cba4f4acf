"""Amazon Inspector: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:inspector2/enabler:Enabler",),
        "enabler",
        cost=Unpriced(),
        safeguard=Safeguard("images and instances are no longer scanned"),
    ),
)
