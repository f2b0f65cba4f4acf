"""KServe: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType, Service

TYPES = (
    ResourceType(
        ("kubernetes:serving.kserve.io/v1beta1:InferenceService",),
        "inference service",
        cost=ON_NODES,
        service=Service("its model answers no requests", part=True),
    ),
)
