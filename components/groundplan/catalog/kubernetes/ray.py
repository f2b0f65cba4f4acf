"""KubeRay: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType, Service

TYPES = (
    ResourceType(
        ("kubernetes:ray.io/v1:RayCluster",),
        "ray cluster",
        cost=ON_NODES,
        interrupts="jobs that run on it are stopped",
    ),
    ResourceType(
        ("kubernetes:ray.io/v1:RayJob",),
        "ray job",
        cost=ON_NODES,
        interrupts="it is stopped if it still runs",
    ),
    ResourceType(
        ("kubernetes:ray.io/v1:RayService",),
        "ray service",
        cost=ON_NODES,
        service=Service("its model answers no requests", part=True),
    ),
)
