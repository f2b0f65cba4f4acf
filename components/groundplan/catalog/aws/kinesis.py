"""Amazon Kinesis: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:kinesis/stream:Stream",),
        "stream",
        cost=Unpriced(),
        data=DataStore("all records in it"),
    ),
)
