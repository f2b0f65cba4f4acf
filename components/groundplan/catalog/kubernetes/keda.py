"""KEDA: resource types."""

from groundplan.catalog.resource_type import ON_NODES, Level, ResourceType, Service

TYPES = (
    ResourceType(
        ("kubernetes:keda.sh/v1alpha1:ScaledObject",),
        "autoscaler",
        cost=ON_NODES,
        service=Service("what it scales no longer follows the load", level=Level.MEDIUM, part=True),
    ),
)
