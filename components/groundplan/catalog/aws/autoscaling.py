"""Amazon EC2 Auto Scaling: resource types."""

from groundplan.catalog.resource_type import SETTING, Priced, ResourceType, Service

TYPES = (
    ResourceType(
        ("aws:autoscaling/attachment:Attachment",),
        "attachment",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:autoscaling/group:Group",),
        "group of machines",
        cost=Priced("autoscaling-group"),
        summary=("size=minSize-maxSize",),
        service=Service(
            "what runs on its nodes stops, training included",
            part=True,
            when_replaced="its nodes are terminated; what runs on them, training included, stops",
        ),
    ),
    ResourceType(
        ("aws:autoscaling/lifecycleHook:LifecycleHook",),
        "lifecycle hook",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:autoscaling/policy:Policy",),
        "policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:autoscaling/schedule:Schedule",),
        "schedule",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:autoscaling/tag:Tag",),
        "tag",
        cost=SETTING,
    ),
)
