"""Application Auto Scaling: resource types."""

from groundplan.catalog.resource_type import SETTING, Level, Priced, ResourceType, Service

TARGET = ResourceType(
    ("aws:appautoscaling/target:Target",),
    "scaling target",
    cost=SETTING,
    summary=("capacity=minCapacity-maxCapacity", "resourceId"),
    service=Service(
        "what it scales no longer follows the load",
        level=Level.MEDIUM,
        part=True,
        level_when_replaced=Level.LOW,
    ),
)

TYPES = (
    ResourceType(
        ("aws:appautoscaling/policy:Policy",),
        "scaling policy",
        cost=Priced("scaling-policy"),
        summary=("targetTrackingScalingPolicyConfiguration.targetValue", "policyType"),
        service=Service(
            "what it scales no longer follows the load",
            level=Level.MEDIUM,
            part=True,
            level_when_replaced=Level.LOW,
        ),
    ),
    ResourceType(
        ("aws:appautoscaling/scheduledAction:ScheduledAction",),
        "scheduled action",
        cost=SETTING,
    ),
    TARGET,
)
