"""Amazon DynamoDB: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:dynamodb/table:Table",),
        "table",
        cost=Unpriced(),
        summary=("billingMode", "hashKey", "rangeKey"),
        data=DataStore(
            "all items in it",
            deletion_protection="deletionProtectionEnabled",
            needs_protection=True,
        ),
    ),
)
