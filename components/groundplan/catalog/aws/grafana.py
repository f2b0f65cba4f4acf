"""Amazon Managed Grafana: resource types."""

from groundplan.catalog.resource_type import Priced, ResourceType

TYPES = (
    ResourceType(
        ("aws:grafana/workspace:Workspace",),
        "workspace",
        cost=Priced("grafana-workspace"),
    ),
)
