"""Gateway API: resource types."""

from groundplan.catalog.resource_type import ON_NODES, Priced, ResourceType, Service

TYPES = (
    ResourceType(
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway",),
        "gateway",
        cost=Priced("kubernetes-gateway"),
        service=Service("its callers fail", part=True),
    ),
    ResourceType(
        ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",),
        "httproute",
        cost=ON_NODES,
        service=Service("its callers fail", part=True),
    ),
)
