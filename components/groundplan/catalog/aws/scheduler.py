"""Amazon EventBridge Scheduler: resource types."""

from groundplan.catalog.resource_type import Free, Level, ResourceType, Service

TYPES = (
    ResourceType(
        ("aws:scheduler/schedule:Schedule",),
        "schedule",
        # EventBridge pricing, "Scheduler": 14 million invocations a month are free.
        cost=Free("14 million invocations a month are free, far more than a schedule has"),
        service=Service(
            "what it starts no longer runs", level=Level.MEDIUM, level_when_replaced=Level.LOW
        ),
    ),
    ResourceType(
        ("aws:scheduler/scheduleGroup:ScheduleGroup",),
        "schedule group",
        cost=Free("its schedules' invocations are charged"),
        # Scheduler User Guide, "Deleting a schedule group": its schedules too.
        service=Service("all schedules in it are deleted, and start nothing", level=Level.MEDIUM),
    ),
)
