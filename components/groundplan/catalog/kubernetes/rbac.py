"""Kubernetes API group `rbac.authorization.k8s.io`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",),
        "cluster role",
        cost=ON_NODES,
    ),
    ResourceType(
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",),
        "cluster role binding",
        cost=ON_NODES,
    ),
    ResourceType(
        ("kubernetes:rbac.authorization.k8s.io/v1:Role",),
        "role",
        cost=ON_NODES,
    ),
    ResourceType(
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",),
        "role binding",
        cost=ON_NODES,
    ),
)
