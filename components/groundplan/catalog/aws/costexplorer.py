"""AWS Cost Explorer: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:costexplorer/anomalyMonitor:AnomalyMonitor",),
        "anomaly monitor",
        cost=Unpriced(),
        safeguard=Safeguard("unusual costs are no longer noticed"),
    ),
    ResourceType(
        ("aws:costexplorer/anomalySubscription:AnomalySubscription",),
        "anomaly subscription",
        cost=Unpriced(),
        safeguard=Safeguard("nobody is notified of unusual costs"),
    ),
)
