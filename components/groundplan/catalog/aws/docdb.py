"""Amazon DocumentDB: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:docdb/cluster:Cluster",),
        "DocumentDB cluster",
        cost=Unpriced(),
        data=DataStore(
            "all its data",
            deletion_protection="deletionProtection",
            skips_snapshot_if="skipFinalSnapshot",
        ),
        service=Service("its readers and writers fail", deletion_protection="deletionProtection"),
    ),
)
