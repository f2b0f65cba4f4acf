"""Kubernetes API group `policy`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("kubernetes:policy/v1:PodDisruptionBudget",),
        "pod disruption budget",
        cost=ON_NODES,
        safeguard=Safeguard("all pods that it protected may be evicted at once"),
    ),
)
