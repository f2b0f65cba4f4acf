"""Kubernetes API group `apiextensions.k8s.io`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, DataStore, ResourceType

TYPES = (
    # Kubernetes: "When you delete a CustomResourceDefinition, the server will uninstall
    # the RESTful API endpoint and delete all custom objects stored in it."
    ResourceType(
        ("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",),
        "custom resource definition",
        cost=ON_NODES,
        summary=("metadata.name", "spec.scope"),
        data=DataStore("all objects of its kind in the cluster"),
    ),
)
