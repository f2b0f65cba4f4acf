"""Kubernetes API group `autoscaling`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, Level, ResourceType, Service

TYPES = (
    ResourceType(
        (
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
        ),
        "autoscaler",
        cost=ON_NODES,
        service=Service("what it scales no longer follows the load", level=Level.MEDIUM, part=True),
    ),
)
