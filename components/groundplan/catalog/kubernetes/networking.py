"""Kubernetes API group `networking.k8s.io`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, Priced, ResourceType, Service

TYPES = (
    ResourceType(
        ("kubernetes:networking.k8s.io/v1:Ingress",),
        "ingress",
        cost=Priced("kubernetes-ingress"),
        service=Service("callers from outside the cluster fail", part=True),
    ),
    ResourceType(
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy",),
        "network policy",
        cost=ON_NODES,
    ),
)
