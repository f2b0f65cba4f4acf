"""Amazon EventBridge Scheduler: resource types."""

from groundplan.catalog.resource_type import Level, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:scheduler/schedule:Schedule",),
        "schedule",
        cost=Unpriced(),
        service=Service(
            "what it starts no longer runs", level=Level.MEDIUM, level_when_replaced=Level.LOW
        ),
    ),
)
