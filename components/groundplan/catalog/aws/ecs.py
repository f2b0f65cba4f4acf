"""Amazon ECS: resource types."""

from groundplan.catalog.resource_type import Free, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:ecs/cluster:Cluster",),
        "ECS cluster",
        cost=Free("the service it describes runs elsewhere"),
        service=Service("everything that runs on it stops"),
    ),
    ResourceType(
        ("aws:ecs/service:Service",),
        "ECS service",
        cost=Unpriced(),
        summary=("desiredCount", "launchType"),
        service=Service("its tasks stop, and its callers fail", part=True),
    ),
    ResourceType(
        ("aws:ecs/taskDefinition:TaskDefinition",),
        "task definition",
        cost=Free("the service it describes runs elsewhere"),
    ),
)
