"""Amazon MemoryDB: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:memorydb/cluster:Cluster",),
        "MemoryDB cluster",
        cost=Unpriced(),
        data=DataStore("all its data"),
        service=Service("its readers and writers are slow or fail", level=Level.MEDIUM),
    ),
)
