"""Amazon Athena: resource types."""

from groundplan.catalog.resource_type import DataStore, Free, Level, ResourceType

TYPES = (
    ResourceType(
        ("aws:athena/workgroup:Workgroup",),
        "Athena workgroup",
        cost=Free("AWS charges for its queries"),
        data=DataStore(
            "its saved queries and its query history",
            level=Level.LOW,
            deletes_contents_if="forceDestroy",
        ),
    ),
)
