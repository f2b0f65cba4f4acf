"""Helm, as pulumi-kubernetes installs charts: resource types."""

from groundplan.catalog.resource_type import ON_NODES, Level, Priced, ResourceType, Service

TYPES = (
    ResourceType(
        ("kubernetes:helm.sh/v4:Chart", "kubernetes:helm.sh/v3:Chart"),
        "Helm chart",
        cost=ON_NODES,
        summary=("chart", "version", "namespace"),
    ),
    ResourceType(
        ("kubernetes:helm.sh/v3:Release",),
        "Helm release",
        cost=Priced("helm-release"),
        summary=("chart", "version", "namespace"),
        service=Service("everything that the chart runs stops", level=Level.MEDIUM, part=True),
    ),
)
