"""AWS Cost Explorer: resource types."""

from groundplan.catalog.resource_type import SETTING, Free, ResourceType, Safeguard

FREE = Free("AWS Cost Anomaly Detection is free")
"""AWS Cost Management pricing."""

TYPES = (
    ResourceType(
        ("aws:costexplorer/anomalyMonitor:AnomalyMonitor",),
        "anomaly monitor",
        cost=FREE,
        safeguard=Safeguard("unusual costs are no longer noticed"),
    ),
    ResourceType(
        ("aws:costexplorer/anomalySubscription:AnomalySubscription",),
        "anomaly subscription",
        cost=FREE,
        safeguard=Safeguard("nobody is notified of unusual costs"),
    ),
    ResourceType(
        ("aws:costexplorer/costAllocationTag:CostAllocationTag",),
        "cost allocation tag",
        cost=SETTING,
        safeguard=Safeguard("costs and budgets are no longer known by the tag"),
    ),
)
