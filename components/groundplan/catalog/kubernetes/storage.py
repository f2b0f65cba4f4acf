"""Kubernetes API group `storage.k8s.io`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:storage.k8s.io/v1:StorageClass",),
        "storage class",
        cost=ON_NODES,
    ),
)
