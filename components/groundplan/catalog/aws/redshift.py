"""Amazon Redshift: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:redshift/cluster:Cluster",),
        "Redshift cluster",
        cost=Unpriced(),
        data=DataStore(
            "all its data", skips_snapshot_if="skipFinalSnapshot", needs_protection=True
        ),
        service=Service("what queries it fails"),
    ),
)
