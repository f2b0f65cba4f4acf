"""Amazon Managed Service for Prometheus: resource types."""

from groundplan.catalog.resource_type import Priced, ResourceType

TYPES = (
    ResourceType(
        ("aws:amp/workspace:Workspace",),
        "workspace",
        cost=Priced("prometheus-workspace"),
    ),
)
