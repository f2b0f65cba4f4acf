"""Amazon Macie: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:macie2/account:Account",),
        "account",
        cost=Unpriced(),
        safeguard=Safeguard("personal data in buckets is no longer detected"),
    ),
)
