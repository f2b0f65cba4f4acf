"""AWS Data Exports: resource types."""

from groundplan.catalog.resource_type import Free, Level, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("aws:bcmdata/export:Export",),
        "data export",
        cost=Free("AWS charges for the bucket that it is written to"),
        safeguard=Safeguard("costs are no longer exported", level=Level.LOW),
    ),
)
