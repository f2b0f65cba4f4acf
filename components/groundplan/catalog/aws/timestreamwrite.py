"""Amazon Timestream: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:timestreamwrite/table:Table",),
        "table",
        cost=Unpriced(),
        data=DataStore("all records in it", needs_protection=True),
    ),
)
