"""Amazon EMR: resource types."""

from groundplan.catalog.resource_type import ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:emr/cluster:Cluster",),
        "EMR cluster",
        cost=Unpriced(),
        interrupts="jobs that run on it are stopped",
    ),
)
