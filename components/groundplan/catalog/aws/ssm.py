"""AWS Systems Manager: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:ssm/parameter:Parameter",),
        "parameter",
        cost=Unpriced(),
        data=DataStore("its value and its history", level=Level.MEDIUM),
    ),
)
