"""Amazon S3 Tables: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:s3tables/tableBucket:TableBucket",),
        "table bucket",
        cost=Unpriced(),
        data=DataStore("all tables in it", deletes_contents_if="forceDestroy"),
    ),
)
