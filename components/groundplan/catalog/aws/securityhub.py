"""AWS Security Hub: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:securityhub/account:Account",),
        "Security Hub",
        cost=Unpriced(),
        safeguard=Safeguard("nothing checks the account or collects its findings"),
    ),
)
