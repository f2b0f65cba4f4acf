"""AWS Organizations: resource types."""

from groundplan.catalog.resource_type import ACCESS, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("aws:organizations/policyAttachment:PolicyAttachment",),
        "organization policy attachment",
        cost=ACCESS,
        summary=("policyId", "targetId"),
        safeguard=Safeguard("its policy no longer limits the account or the unit"),
    ),
)
