"""Kubernetes API group `resource.k8s.io` (dynamic resource allocation): resource
types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:resource.k8s.io/v1:ResourceClaimTemplate",),
        "resource claim template",
        cost=ON_NODES,
        interrupts="pods that claim devices by it don't start",
    ),
)
