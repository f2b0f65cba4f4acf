"""JobSet: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:jobset.x-k8s.io/v1alpha2:JobSet",),
        "job set",
        cost=ON_NODES,
        interrupts="it is stopped if it still runs",
    ),
)
