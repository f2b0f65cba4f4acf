"""AWS Budgets: resource types."""

from groundplan.catalog.resource_type import Free, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("aws:budgets/budget:Budget",),
        "budget",
        cost=Free("public certificates and budgets are free"),  # without budget actions
        safeguard=Safeguard("nobody is notified of overspending"),
    ),
)
